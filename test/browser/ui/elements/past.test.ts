import { assert } from 'chai';
import { ERRORS } from '../../../../shared/errors.ts';
import type { RestoreRequest } from '../../../../web/bridge/engine-api.ts';
import type { EntryChange } from '../../../../web/bridge/history-api.ts';
import '../../../../web/ui/pages/hf-page-compare.ts';
import '../../../../web/ui/pages/hf-page-search.ts';
import '../../../../web/ui/pages/hf-page-versions.ts';
import { tokens } from '../../../../web/ui/tokens.ts';
import { byTestId, deep, deepAll, hasTestId, mount, textOf, type, unmountAll, until } from '../dom.ts';
import { fakeSnapshots, fakeSourceId, SIGNED_IN } from '../fake-engine.ts';
import { FAKE_CHANGES, fakeHits } from '../fake-past.ts';
import { fakeModel, type FakeModelOptions } from '../fake-model.ts';

type PageName = 'hf-page-compare' | 'hf-page-search' | 'hf-page-versions';

const snapshots = fakeSnapshots();
const idOf = (start: string): string => start.padEnd(32, '0');

async function open(name: PageName, properties: object, options: FakeModelOptions = {}) {
  const fake = fakeModel({
    session: SIGNED_IN,
    snapshots,
    changes: FAKE_CHANGES,
    hits: fakeHits(snapshots),
    ...options,
  });
  await fake.model.start();
  await fake.model.snapshots.refresh();
  const page = document.createElement(name);
  Object.assign(page, { model: fake.model, ...properties });
  await mount(page);
  return { page, ...fake };
}

before(() => {
  if (tokens.styleSheet !== undefined) document.adoptedStyleSheets = [tokens.styleSheet];
});

describe('a comparison', () => {
  afterEach(unmountAll);

  const sides = { fromId: idOf('03'), toId: idOf('01') };
  const rows = (page: Element) => deepAll(page, '[data-testid="diff-row"]');

  it('tells what was added, changed, moved and removed, with sizes', async () => {
    const { page, engine } = await open('hf-page-compare', sides);
    await until('the rows', () => rows(page).length === FAKE_CHANGES.length);
    assert.deepEqual(engine.callsOf('diffSnapshots'), [{ before: idOf('03'), after: idOf('01') }]);
    for (const [kind, count] of [
      ['added', '3'],
      ['changed', '2'],
      ['moved', '1'],
      ['removed', '1'],
    ] as const)
      assert.equal(textOf(byTestId(page, `diff-${kind}`)), count);
    for (const words of ['from Unsorted/IMG_0412.jpg', '+ 3.2 MB', '− 302 B', '822 MB'])
      assert.include(textOf(page), words);
  });

  it('is filtered by kind and by name', async () => {
    const { page } = await open('hf-page-compare', sides);
    await until('the rows', () => rows(page).length > 0);
    deep(page, '[data-testid="diff-kind"][data-kind="added"]').click();
    await until('fewer', () => rows(page).length === 4);
    type(byTestId(page, 'diff-filter'), 'unsorted');
    await until('those of a folder, old or new', () => rows(page).length === 2);
    assert.include(textOf(byTestId(page, 'diff-count')), '2 differences');
  });

  it('says when two are the same, and why they can’t be compared', async () => {
    const same = await open('hf-page-compare', sides, { changes: [] });
    await until('the words', () => textOf(same.page).includes('They are the same'));
    unmountAll();
    const fake = fakeModel({ session: SIGNED_IN, snapshots });
    await fake.model.start();
    fake.engine.failures.set('diffSnapshots', 'chunk-missing');
    const page = document.createElement('hf-page-compare');
    Object.assign(page, { model: fake.model, ...sides });
    await mount(page);
    await until('the reason', () => textOf(page).includes(ERRORS['chunk-missing'].words));
  });

  it('swaps its sides', async () => {
    const { page, model } = await open('hf-page-compare', sides);
    byTestId(page, 'compare-swap').click();
    const route = model.router.route.value;
    assert.deepEqual(route.page === 'compare' ? [route.before, route.after] : [], [idOf('01'), idOf('03')]);
  });

  it('draws 10,000 differences a window at a time', async () => {
    const changes = Array.from({ length: 10_000 }, (_, index): EntryChange => ({
      kind: 'added',
      path: ['folder', `${index}.txt`],
      sizeBytes: index,
    }));
    const { page } = await open('hf-page-compare', sides, { changes });
    await until('the rows', () => rows(page).length > 0);
    assert.isBelow(rows(page).length, 100);
    const list = byTestId(page, 'diff-list');
    list.scrollTop = list.scrollHeight;
    await until('the last', () => rows(page).at(-1)?.dataset.path === 'folder/9999.txt');
    assert.isBelow(rows(page).length, 100);
  });
});

describe('the search', () => {
  afterEach(unmountAll);

  const hits = (page: Element) => deepAll(page, '[data-testid="search-hit"]');

  it('waits until one stops typing, and says in which snapshots something is', async () => {
    const { page, engine, model } = await open('hf-page-search', { text: '' });
    for (const text of ['l', 'li', 'lisbon']) type(byTestId(page, 'search-input'), text);
    await until('the hits', () => hits(page).length === 4);
    assert.deepEqual(
      engine.callsOf('search').map((call) => (call as { text: string }).text),
      ['lisbon'],
    );
    assert.include(textOf(page), '4 entries found');
    const notes = deep(page, '[data-name="lisbon notes.txt"]');
    assert.include(textOf(notes), '5 snapshots');
    assert.include(textOf(notes), 'Photos/2026/11 lisbon');
    assert.equal(deep(notes, 'mark').textContent, 'lisbon');
    assert.deepEqual(model.router.route.value, { page: 'search', text: 'lisbon' });
  });

  it('leads to the folder in the newest snapshot, and to the versions of a file', async () => {
    const { page } = await open('hf-page-search', { text: 'lisbon notes' });
    const hit = await until('the hit', () => hits(page)[0]);
    assert.equal(deep(hit, 'a.path').getAttribute('href'), `#/snapshots/${idOf('01')}/2026/11%20lisbon`);
    assert.equal(
      deep(hit, 'a.versions').getAttribute('href'),
      `#/versions/${fakeSourceId('Photos')}/2026/11%20lisbon/lisbon%20notes.txt`,
    );
  });

  it('says when nothing is called so, and why it failed', async () => {
    const { page, engine } = await open('hf-page-search', { text: 'nowhere' });
    await until('the words', () => textOf(page).includes('Nothing is called “nowhere”'));
    engine.failures.set('search', 'offline');
    type(byTestId(page, 'search-input'), 'notes');
    await until('the reason', () => textOf(page).includes(ERRORS.offline.words));
    engine.failures.set('search', 'cancelled');
    type(byTestId(page, 'search-input'), 'lisb');
    await until('the ended search', () => engine.callsOf('search').length === 3);
    type(byTestId(page, 'search-input'), 'lisbon');
    await until('the next one', () => hits(page).length === 4);
  });

  it('asks nothing for an empty field', async () => {
    const { page, engine } = await open('hf-page-search', { text: 'lisbon' });
    await until('the hits', () => hits(page).length === 4);
    type(byTestId(page, 'search-input'), '  ');
    await until('no hits', () => hits(page).length === 0);
    assert.lengthOf(engine.callsOf('search'), 1);
  });
});

describe('the versions of a file', () => {
  afterEach(unmountAll);

  const file = { sourceId: fakeSourceId('Photos'), path: ['2026', 'notes.txt'] };

  it('are listed newest first, with the snapshots that hold them', async () => {
    const { page } = await open('hf-page-versions', file);
    await until('the versions', () => deepAll(page, '[data-testid="version"]').length === 3);
    assert.deepEqual(
      deepAll(page, '[data-testid="version"]').map(({ dataset }) => dataset.size),
      ['48200', '46500', '44800'],
    );
    assert.include(textOf(page), 'In 2 snapshots');
    assert.include(textOf(page), '+ 1.7 KB');
  });

  it('are looked at and restored from the snapshot that has them', async () => {
    const { page, engine } = await open('hf-page-versions', file);
    await until('the versions', () => hasTestId(page, 'version-preview'));
    deepAll(page, '[data-testid="version-preview"]')[1]?.click();
    await until('the preview', () => hasTestId(page, 'preview-text'));
    assert.deepEqual(engine.callsOf('openPreview')[0], { snapshotId: idOf('05'), path: file.path });
    deepAll(page, '[data-testid="version-restore"]')[1]?.click();
    (await until('the dialog', () => byTestId(page, 'restore-file'))).click();
    await until('the request', () => engine.callsOf('restore').length === 1);
    const [request] = engine.callsOf('restore') as RestoreRequest[];
    assert.deepEqual(request?.selection, [file.path]);
    assert.equal(request?.snapshotId, idOf('05'));
  });

  it('say when there is none', async () => {
    const { page } = await open('hf-page-versions', { ...file, sourceId: fakeSourceId('Nothing') });
    await until('the words', () => textOf(page).includes('No version of this file is there'));
  });
});

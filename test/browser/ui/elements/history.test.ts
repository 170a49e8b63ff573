import { assert } from 'chai';
import { ERRORS } from '../../../../shared/errors.ts';
import '../../../../web/ui/pages/hf-page-check.ts';
import '../../../../web/ui/pages/hf-page-snapshots.ts';
import '../../../../web/ui/pages/hf-page-trash.ts';
import { groupByTime } from '../../../../web/ui/timeline-groups.ts';
import { tokens } from '../../../../web/ui/tokens.ts';
import { byTestId, deep, deepAll, hasTestId, mount, textOf, unmountAll, until } from '../dom.ts';
import { FAKE_NOW_MS, fakeJob, fakeSnapshot, fakeSnapshots, fakeSources, SIGNED_IN } from '../fake-engine.ts';
import { fakeModel, type FakeModelOptions } from '../fake-model.ts';
import { choose } from '../menu.ts';

type PageName = 'hf-page-snapshots' | 'hf-page-trash' | 'hf-page-check';

async function open<Name extends PageName>(name: Name, options: FakeModelOptions = {}) {
  const fake = fakeModel({
    session: SIGNED_IN,
    snapshots: fakeSnapshots(),
    sources: fakeSources(),
    ...options,
  });
  await fake.model.start();
  const page = document.createElement(name);
  page.model = fake.model;
  await mount(page);
  return { page, ...fake };
}

const idOf = (start: string): string => start.padEnd(32, '0');

function rowOf(root: Element, start: string): HTMLElement {
  const link = deep(root, `[data-snapshot="${idOf(start)}"]`);
  const host = (link.getRootNode() as ShadowRoot).host;
  return host as HTMLElement;
}

function tick(root: Element, start: string): void {
  const box = byTestId<HTMLInputElement>(rowOf(root, start), 'choose-snapshot');
  box.checked = true;
  box.dispatchEvent(new Event('change', { bubbles: true, composed: true }));
}

before(() => {
  if (tokens.styleSheet !== undefined) document.adoptedStyleSheets = [tokens.styleSheet];
});

describe('the history', () => {
  afterEach(unmountAll);

  it('is grouped by source, newest first, with what each snapshot is', async () => {
    const { page } = await open('hf-page-snapshots');
    await until('the groups', () => deepAll(page, '[data-testid="source-group"]').length === 3);
    assert.deepEqual(
      deepAll(page, '[data-testid="source-group"]').map(({ dataset }) => dataset.name),
      ['Photos', 'Documents', 'Thesis'],
    );
    for (const words of ['18,204 files', '48.2 GB', '2 hours ago', '3 problems', 'Chrome on Linux'])
      assert.include(textOf(page), words);
    for (const words of ['Today', 'Yesterday', 'Pinned', 'Partial', 'Full'])
      assert.include(textOf(page), words);
  });

  it('has days for a month, and months before that', () => {
    const at = (days: number) => fakeSnapshot(String(days), 'Photos', days * 86_400_000, 1, 1);
    const groups = groupByTime([at(0), at(0), at(1), at(20), at(40), at(41), at(80)], FAKE_NOW_MS);
    assert.deepEqual(
      groups.map(({ title, snapshots }) => [title, snapshots.length]),
      [
        ['Today', 2],
        ['Yesterday', 1],
        ['Wednesday 4 November', 1],
        ['October 2026', 2],
        ['September 2026', 1],
      ],
    );
  });

  it('shows the first five of a source until asked for all, and leaves the trash out', async () => {
    const { page } = await open('hf-page-snapshots');
    const photos = await until('the group', () => deep(page, '[data-name="Photos"]'));
    assert.equal(deepAll(photos, '[data-testid="snapshot-row"]').length, 5);
    byTestId(photos, 'show-more').click();
    await until('the rest', () => deepAll(photos, '[data-testid="snapshot-row"]').length === 7);
    assert.equal(deepAll(photos, `[data-snapshot="${idOf('0a')}"]`).length, 0);
    assert.include(textOf(byTestId(page, 'to-trash')), 'Trash (2)');
  });

  it('can be about one source', async () => {
    const { page } = await open('hf-page-snapshots');
    page.sourceId = fakeSnapshots()[1]?.sourceId;
    await until('one group', () => deepAll(page, '[data-testid="source-group"]').length === 1);
    assert.equal(byTestId(page, 'source-group').dataset.name, 'Documents');
  });

  it('says what to do when there is none', async () => {
    const { page } = await open('hf-page-snapshots', { snapshots: [] });
    await until('the words', () => textOf(page).includes('No snapshots yet'));
  });

  it('shows what it has and why there may be more, when listing fails', async () => {
    const { page, engine, model } = await open('hf-page-snapshots');
    await until('the rows', () => hasTestId(page, 'snapshot-row'));
    engine.failures.set('listSnapshots', 'offline');
    await model.snapshots.refresh();
    await until('the words', () => textOf(page).includes(ERRORS.offline.words));
    assert.isTrue(hasTestId(page, 'snapshot-row'));
  });

  it('compares two that are chosen, the older one first', async () => {
    const { page, model } = await open('hf-page-snapshots');
    await until('the rows', () => hasTestId(page, 'snapshot-row'));
    tick(page, '01');
    await until('the bar', () => byTestId(page, 'compare-chosen').hasAttribute('disabled'));
    tick(page, '03');
    await until('two', () => !byTestId(page, 'compare-chosen').hasAttribute('disabled'));
    byTestId(page, 'compare-chosen').click();
    assert.deepEqual(model.router.route.value, {
      page: 'compare',
      before: idOf('03'),
      after: idOf('01'),
    } as unknown as typeof model.router.route.value);
  });

  it('compares one with the one before it, from its menu', async () => {
    const { page, model } = await open('hf-page-snapshots');
    await until('the rows', () => hasTestId(page, 'snapshot-row'));
    choose(byTestId(rowOf(page, '01'), 'snapshot-menu'), 'compare');
    const route = model.router.route.value;
    assert.equal(route.page === 'compare' ? route.before : route.page, idOf('03'));
  });

  it('pins and unpins', async () => {
    const { page, model } = await open('hf-page-snapshots');
    await until('the rows', () => hasTestId(page, 'snapshot-row'));
    choose(byTestId(rowOf(page, '01'), 'snapshot-menu'), 'pin');
    await until('the pin', () => textOf(rowOf(page, '01')).includes('Pinned'));
    choose(byTestId(rowOf(page, '01'), 'snapshot-menu'), 'unpin');
    await until('no pin', () => !textOf(rowOf(page, '01')).includes('Pinned'));
    assert.equal(model.notices.toasts.value.length, 0);
  });

  it('removes to the trash, with a way back in the toast', async () => {
    const { page, model, engine } = await open('hf-page-snapshots');
    await until('the rows', () => hasTestId(page, 'snapshot-row'));
    tick(page, '01');
    (await until('the bar', () => byTestId(page, 'remove-chosen'))).click();
    await until('it to go', () => deepAll(page, `[data-snapshot="${idOf('01')}"]`).length === 0);
    const toast = await until('the toast', () => model.notices.toasts.value[0]);
    toast.onAction?.();
    await until('it to come back', () => deepAll(page, `[data-snapshot="${idOf('01')}"]`).length === 1);
    assert.deepEqual(
      engine.callsOf('markSnapshots').map((call) => (call as { mark: string }).mark),
      ['trashed', 'kept'],
    );
  });

  it('does not offer to remove what is pinned', async () => {
    const { page } = await open('hf-page-snapshots');
    await until('the rows', () => hasTestId(page, 'snapshot-row'));
    tick(page, '04');
    await until('the bar', () => byTestId(page, 'remove-chosen').hasAttribute('disabled'));
    assert.include(textOf(byTestId(page, 'pin-chosen')), 'Unpin');
  });

  it('verifies a snapshot as deep as chosen', async () => {
    const { page, engine, model } = await open('hf-page-snapshots');
    await until('the rows', () => hasTestId(page, 'snapshot-row'));
    choose(byTestId(rowOf(page, '03'), 'snapshot-menu'), 'verify');
    const depth = await until('the dialog', () => byTestId<HTMLInputElement>(page, 'verify-depth'));
    depth.value = 'full';
    depth.dispatchEvent(new Event('change', { bubbles: true }));
    byTestId(page, 'verify-start').click();
    await until('the call', () => engine.callsOf('verify').length === 1);
    assert.deepEqual(engine.callsOf('verify')[0], { snapshotId: idOf('03'), depth: 'full' });
    await until('the page of checks', () => model.router.route.value.page === 'check');
  });
});

describe('the trash', () => {
  afterEach(unmountAll);

  it('tells how many days each snapshot has left, the shortest time first', async () => {
    const { page } = await open('hf-page-trash');
    await until('the list', () => hasTestId(page, 'trashed'));
    assert.deepEqual(
      deepAll(page, '[data-testid="trashed"]').map(({ dataset }) => dataset.days),
      ['3', '21'],
    );
    assert.include(textOf(page), '3 days left');
  });

  it('brings one back, and all', async () => {
    const { page, model } = await open('hf-page-trash');
    (await until('the button', () => byTestId(page, 'bring-back'))).click();
    await until('one less', () => deepAll(page, '[data-testid="trashed"]').length === 1);
    await model.snapshots.mark([fakeSnapshots()[0]?.snapshotId ?? ('' as never)], 'trashed');
    await until('two again', () => deepAll(page, '[data-testid="trashed"]').length === 2);
    byTestId(page, 'restore-all-trashed').click();
    await until('none', () => textOf(page).includes('The trash is empty'));
  });

  it('says why something can’t come back', async () => {
    const { page, engine } = await open('hf-page-trash');
    engine.failures.set('markSnapshots', 'snapshot-missing');
    (await until('the button', () => byTestId(page, 'bring-back'))).click();
    await until('the words', () => textOf(page).includes(ERRORS['snapshot-missing'].words));
  });
});

describe('checks', () => {
  afterEach(unmountAll);

  const [newest, second] = fakeSnapshots();
  const damage =
    newest === undefined || second === undefined
      ? []
      : [
          { snapshotId: newest.snapshotId, path: ['2026', 'a.jpg'] },
          { snapshotId: fakeSnapshots()[2]?.snapshotId ?? newest.snapshotId, path: ['2026', 'a.jpg'] },
          { snapshotId: second.snapshotId },
        ];

  it('say when nothing is damaged', async () => {
    const { page } = await open('hf-page-check');
    await until('the words', () => hasTestId(page, 'damage-none'));
  });

  it('name what is damaged by source and file, and heal it with a backup', async () => {
    const { page, engine } = await open('hf-page-check', { damage });
    await until('the sources', () => deepAll(page, '[data-testid="damaged-source"]').length === 2);
    const photos = deep(page, '[data-testid="damaged-source"][data-name="Photos"]');
    assert.include(textOf(photos), '2026/a.jpg');
    assert.include(textOf(photos), '2 snapshots');
    assert.include(textOf(page), 'The list of its files');
    byTestId(photos, 'heal').click();
    await until('the backup', () => engine.callsOf('backUpSource').length === 1);
    assert.deepEqual(engine.callsOf('backUpSource')[0], {
      sourceId: newest?.sourceId,
      mode: 'incremental',
    });
  });

  it('show the verification that runs, and what it found', async () => {
    const { page, engine } = await open('hf-page-check');
    engine.emit({ type: 'job', job: fakeJob({ kind: 'verify', title: 'Photos' }) });
    const card = await until('the job', () => byTestId(page, 'job'));
    assert.equal(card.dataset.kind, 'verify');
    engine.emit({
      type: 'job',
      job: fakeJob({
        kind: 'verify',
        phase: 'done',
        endedAtMs: FAKE_NOW_MS,
        problemsTotal: 1,
        problems: [
          { code: 'storage-damaged', words: ERRORS['storage-damaged'].words, action: 'stop', path: 'x/y' },
        ],
      }),
    });
    await until('the problem', () => textOf(page).includes('x/y'));
  });

  it('say why the server’s list can’t be had', async () => {
    const fake = fakeModel({ session: SIGNED_IN, snapshots: fakeSnapshots() });
    await fake.model.start();
    fake.engine.failures.set('listDamage', 'offline');
    const page = document.createElement('hf-page-check');
    page.model = fake.model;
    await mount(page);
    await until('the words', () => textOf(page).includes(ERRORS.offline.words));
  });
});

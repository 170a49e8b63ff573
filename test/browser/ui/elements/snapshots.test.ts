import { assert } from 'chai';
import { ERRORS } from '../../../../shared/errors.ts';
import type { SnapshotId } from '../../../../shared/ids.ts';
import type { RestoreRequest } from '../../../../web/bridge/engine-api.ts';
import { problemFor } from '../../../../web/bridge/problems.ts';
import type { HfEntryList } from '../../../../web/ui/components/hf-entry-list.ts';
import '../../../../web/ui/pages/hf-page-snapshot.ts';
import { tokens } from '../../../../web/ui/tokens.ts';
import { byTestId, deep, deepAll, hasTestId, mount, textOf, unmountAll, until } from '../dom.ts';
import { fakeJob, fakeSnapshots, manyFiles, SIGNED_IN } from '../fake-engine.ts';
import { fakeModel, type FakeModelOptions } from '../fake-model.ts';

const snapshotId = '01'.padEnd(32, '0') as SnapshotId;

async function openSnapshot(options: FakeModelOptions = {}) {
  const fake = fakeModel({ session: SIGNED_IN, snapshots: fakeSnapshots(), ...options });
  await fake.model.start();
  const page = document.createElement('hf-page-snapshot');
  Object.assign(page, { model: fake.model, snapshotId, path: [] });
  await mount(page);
  return { page, ...fake };
}

function rowNames(root: Element): readonly (string | undefined)[] {
  return deepAll(root, '[data-testid="entry-row"]').map(({ dataset }) => dataset.name);
}

function row(root: Element, name: string): HTMLElement {
  return deep(root, `[data-testid="entry-row"][data-name="${name}"]`);
}

function press(root: Element, key: string, init: KeyboardEventInit = {}): void {
  byTestId(root, 'entry-list').dispatchEvent(
    new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init }),
  );
}

before(() => {
  if (tokens.styleSheet !== undefined) document.adoptedStyleSheets = [tokens.styleSheet];
});

describe('the file browser', () => {
  afterEach(unmountAll);

  it('opens folders by click, and has the way back in its address', async () => {
    const { page, model } = await openSnapshot();
    await until('the rows', () => rowNames(page).length > 0);
    deep(row(page, '2025'), '.name').click();
    assert.deepEqual(model.router.route.value, { page: 'snapshot', snapshotId, path: ['2025'] });
    page.path = ['2025', 'x'];
    await until('the crumbs', () => textOf(deep(page, 'hf-breadcrumbs')) === 'Photos 2025 x');
  });

  it('marks files that kept changing while they were read, in words', async () => {
    const { page } = await openSnapshot({
      folder: () => [
        { kind: 'file', name: 'mail.mbox', sizeBytes: 5, changedWhileRead: true },
        { kind: 'file', name: 'still.txt', sizeBytes: 5 },
      ],
    });
    await until('the rows', () => rowNames(page).length === 2);
    assert.include(textOf(row(page, 'mail.mbox')), 'Changed while it was read');
    assert.isFalse(hasTestId(row(page, 'still.txt'), 'entry-changed'));
  });

  it('restores what is selected, by path', async () => {
    const { page, engine } = await openSnapshot();
    await until('the rows', () => rowNames(page).length > 0);
    deep(row(page, '2025'), '.check wa-icon').click();
    await until('the selection', () => row(page, '2025').getAttribute('aria-selected') === 'true');
    deep(row(page, 'notes.txt'), '.check').click();
    await until('both', () => textOf(page).includes('Restore 2 items'));
    (await until('the button', () => byTestId(page, 'restore-selection'))).click();
    (await until('the dialog', () => byTestId(page, 'restore-zip'))).click();
    await until('the request', () => engine.callsOf('restore').length === 1);
    const [request] = engine.callsOf('restore') as RestoreRequest[];
    assert.deepEqual(request?.selection, [['2025'], ['notes.txt']]);
    assert.include(request?.target, { kind: 'stream', as: 'zip' });
  });

  it('restores everything as the whole snapshot', async () => {
    const { page, engine } = await openSnapshot();
    (await until('the button', () => byTestId(page, 'restore-all'))).click();
    (await until('the dialog', () => byTestId(page, 'restore-zip'))).click();
    await until('the request', () => engine.callsOf('restore').length === 1);
    assert.deepEqual((engine.callsOf('restore') as RestoreRequest[])[0]?.selection, [[]]);
  });

  it('offers one selected file as itself', async () => {
    const { page, engine } = await openSnapshot();
    await until('the rows', () => rowNames(page).length > 0);
    deep(row(page, 'notes.txt'), '.check').click();
    (await until('the button', () => byTestId(page, 'restore-selection'))).click();
    (await until('the dialog', () => byTestId(page, 'restore-file'))).click();
    await until('the request', () => engine.callsOf('restore').length === 1);
    assert.include((engine.callsOf('restore') as RestoreRequest[])[0]?.target, {
      kind: 'stream',
      as: 'file',
    });
  });

  it('reports how the restore ended, with each file that had a problem', async () => {
    const { page, engine } = await openSnapshot();
    (await until('the button', () => byTestId(page, 'restore-all'))).click();
    (await until('the dialog', () => byTestId(page, 'restore-zip'))).click();
    const jobId = await until(
      'the job',
      () =>
        deep<HTMLElement & { job: { progress: { jobId: ReturnType<typeof fakeJob>['jobId'] } } }>(
          page,
          'hf-restore-report',
        ).job.progress.jobId,
    );
    const problems = [{ ...problemFor('target-exists'), path: 'a/b.txt' }];
    engine.emit({
      type: 'job',
      job: fakeJob({ jobId, kind: 'restore', phase: 'done', filesDone: 41, problems, problemsTotal: 1 }),
    });
    const report = await until('the report', () => byTestId(page, 'restore-report'));
    assert.equal(report.dataset.files, '41');
    assert.include(textOf(page), 'a/b.txt');
    assert.include(textOf(page), 'Restored, with problems');
  });

  it('is worked by keyboard alone', async () => {
    const { page, model } = await openSnapshot();
    await until('the rows', () => rowNames(page).length > 0);
    press(page, 'ArrowDown');
    press(page, ' ');
    await until('the selection', () => row(page, '2025').getAttribute('aria-selected') === 'true');
    await until(
      'the active row',
      () => byTestId(page, 'entry-list').getAttribute('aria-activedescendant') === 'row-1',
    );
    press(page, 'ArrowDown', { shiftKey: true });
    await until('two selected', () => textOf(page).includes('Restore 2 items'));
    press(page, 'a', { ctrlKey: true });
    await until('all selected', () => textOf(page).includes('Restore 10 items'));
    press(page, 'Escape');
    await until('none selected', () => hasTestId(page, 'restore-all'));
    press(page, 'Home');
    press(page, 'Enter');
    assert.deepEqual(model.router.route.value, { page: 'snapshot', snapshotId, path: ['2024'] });
  });

  it('draws a folder of 100,000 files a window at a time, and reaches its end', async () => {
    const { page } = await openSnapshot({ folder: () => manyFiles(100_000) });
    await until('the rows', () => rowNames(page).length > 0);
    assert.isBelow(rowNames(page).length, 100);
    const list = byTestId(page, 'entry-list');
    list.scrollTop = list.scrollHeight;
    await until('the last row', () => rowNames(page).includes('IMG_100000.jpg'));
    assert.isBelow(rowNames(page).length, 100);
    press(page, 'Home');
    await until('the first row', () => rowNames(page).includes('IMG_00001.jpg'));
  });

  it('scrolls through 100,000 files and draws what is in sight, and little else, at each step', async () => {
    const { page } = await openSnapshot({ folder: () => manyFiles(100_000) });
    await until('the rows', () => rowNames(page).length > 0);
    const list = byTestId(page, 'entry-list');
    for (let step = 1; step <= 60; step++) {
      list.scrollTop = (step * list.scrollHeight) / 61;
      list.dispatchEvent(new Event('scroll'));
      await deep<HfEntryList>(page, 'hf-entry-list').updateComplete;
      const rows = rowNames(page);
      assert.isBelow(rows.length, 100);
      const middle = (list.scrollTop + list.clientHeight / 2) / list.scrollHeight;
      const inSight = `IMG_${String(Math.ceil(middle * 100_000)).padStart(5, '0')}.jpg`;
      assert.include(rows, inSight);
    }
  });

  it('sorts by a column and back', async () => {
    const { page } = await openSnapshot();
    await until('the rows', () => rowNames(page).length > 0);
    const list = deep<HfEntryList>(page, 'hf-entry-list');
    const size = deep(list, '[role="columnheader"].size button');
    size.click();
    await list.updateComplete;
    const sizes = list.rows.filter(({ kind }) => kind === 'file').map(({ sizeBytes }) => sizeBytes);
    assert.deepEqual(
      sizes,
      [...sizes].sort((a, b) => a - b),
    );
    size.click();
    await list.updateComplete;
    assert.equal(deep(list, '[role="columnheader"].size').getAttribute('aria-sort'), 'descending');
  });

  it('says when a folder was empty, when it can’t be read, and when the snapshot is gone', async () => {
    const empty = await openSnapshot({ folder: () => [] });
    await until('the words', () => textOf(empty.page).includes('This folder is empty'));
    unmountAll();
    const damaged = await openSnapshot();
    damaged.engine.failures.set('listFolder', 'seal-broken');
    damaged.page.path = ['2024'];
    await until('the words', () => textOf(damaged.page).includes(ERRORS['seal-broken'].words));
    unmountAll();
    const gone = await openSnapshot({ snapshots: [] });
    await until('the words', () => textOf(gone.page).includes('This snapshot is not there'));
  });
});

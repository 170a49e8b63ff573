import { assert } from 'chai';
import type { BackupRequest } from '../../../../web/bridge/engine-api.ts';
import type { SnapshotId } from '../../../../shared/ids.ts';
import { problemFor } from '../../../../web/bridge/problems.ts';
import '../../../../web/ui/components/hf-confirm-dialog.ts';
import { chartLine } from '../../../../web/ui/components/hf-speed-chart.ts';
import '../../../../web/ui/pages/hf-page-backup.ts';
import { byTestId, deep, deepAll, hasTestId, mount, textOf, type, unmountAll, until } from '../dom.ts';
import { FAKE_NOW_MS, fakeJob, SIGNED_IN } from '../fake-engine.ts';
import { fakeModel, type FakeModelOptions } from '../fake-model.ts';

async function open(options: FakeModelOptions = {}) {
  const fake = fakeModel({ session: SIGNED_IN, ...options });
  await fake.model.start();
  const page = document.createElement('hf-page-backup');
  page.model = fake.model;
  await mount(page);
  const dialog = document.createElement('hf-confirm-dialog');
  dialog.model = fake.model;
  await mount(dialog);
  return { page, dialog, ...fake };
}

function give(input: HTMLInputElement, files: readonly File[]): void {
  const transfer = new DataTransfer();
  for (const file of files) transfer.items.add(file);
  input.files = transfer.files;
  input.dispatchEvent(new Event('change'));
}

describe('the backup page', () => {
  afterEach(unmountAll);

  it('backs up files that were chosen', async () => {
    const { page, engine } = await open();
    give(byTestId<HTMLInputElement>(page, 'files-input'), [
      new File(['a'], 'a.txt'),
      new File(['b'], 'b.txt'),
    ]);
    await until('the job', () => hasTestId(page, 'job'));
    const [request] = engine.callsOf('backUp') as BackupRequest[];
    assert.equal(request?.sourceName, 'Chosen files');
    assert.equal(byTestId(page, 'job-phase').dataset.phase, 'scanning');
  });

  it('says so when a chosen folder is empty', async () => {
    const { page, model } = await open();
    give(byTestId<HTMLInputElement>(page, 'folder-input'), []);
    assert.include(model.notices.toasts.value[0]?.text, 'no files');
  });

  it('accepts files that are dragged over it, and nothing else', async () => {
    const { page } = await open();
    const zone = byTestId(page, 'drop-zone');
    const text = new DataTransfer();
    text.setData('text/plain', 'x');
    const over = (dataTransfer: DataTransfer) =>
      !zone.dispatchEvent(new DragEvent('dragover', { dataTransfer, cancelable: true, bubbles: true }));
    assert.isFalse(over(text));
    const files = new DataTransfer();
    files.items.add(new File(['a'], 'a.txt'));
    assert.isTrue(over(files));
    await until('the zone to light up', () => zone.hasAttribute('data-over'));
  });

  it('says so when something without files was dropped', async () => {
    const { page, model } = await open();
    byTestId(page, 'drop-zone').dispatchEvent(
      new DragEvent('drop', { dataTransfer: new DataTransfer(), cancelable: true, bubbles: true }),
    );
    await until('the words', () => model.notices.toasts.value[0]?.text.includes('no file or folder'));
  });

  it('marks files that kept changing among those with a problem', async () => {
    const { page, engine } = await open();
    const problems = [
      { ...problemFor('source-restless'), path: 'mail/inbox.mbox' },
      { ...problemFor('source-unreadable'), path: 'x/locked.xls' },
    ];
    engine.emit({ type: 'job', job: fakeJob({ problems, problemsTotal: 2 }) });
    const list = await until('the list', () => deep(page, 'hf-problem-list'));
    const marked = await until('the mark', () => deep(list, 'li[data-code="source-restless"]'));
    assert.include(textOf(marked), problemFor('source-restless').words);
    assert.lengthOf(deepAll(list, 'li wa-icon'), 1);
  });

  it('shows what the engine tells of a running job', async () => {
    const { page, engine } = await open();
    engine.emit({
      type: 'job',
      job: fakeJob({
        problems: [{ ...problemFor('source-unreadable'), path: 'x/locked.xls' }],
        problemsTotal: 1,
      }),
    });
    await until('the job', () => hasTestId(page, 'job'));
    const text = await until('its numbers', () =>
      textOf(page).includes('11,377 of 18,204') ? textOf(page) : undefined,
    );
    for (const words of [
      '62 %',
      '30.1 GB of 48.2 GB',
      '4.8 GB',
      '84.3 MB/s',
      'about 3 min 34 s',
      '2 min 11 s',
      'x/locked.xls',
      'IMG_20261103_174512.jpg',
    ]) {
      assert.include(text, words);
    }
  });

  it('pauses and resumes', async () => {
    const { page, engine } = await open({ jobs: [fakeJob()] });
    (await until('the button', () => byTestId(page, 'job-pause'))).click();
    (await until('the other button', () => byTestId(page, 'job-resume'))).click();
    await until('it to run again', () => byTestId(page, 'job-phase').dataset.phase === 'running');
    assert.equal(engine.callsOf('pauseJob').length + engine.callsOf('resumeJob').length, 2);
  });

  it('stops only after the person said so', async () => {
    const { page, dialog, engine } = await open({ jobs: [fakeJob()] });
    const stop = await until('the button', () => byTestId(page, 'job-stop'));
    stop.click();
    (await until('the question', () => byTestId(dialog, 'confirm-no'))).click();
    await until('it to go', () => !hasTestId(dialog, 'confirm-no'));
    assert.isEmpty(engine.callsOf('cancelJob'));
    stop.click();
    (await until('the question', () => byTestId(dialog, 'confirm-yes'))).click();
    await until('the end', () => byTestId(page, 'job-phase').dataset.phase === 'cancelled');
  });

  it('shows the server’s receipt and leads to the snapshot', async () => {
    const snapshotId = 'ab'.repeat(16) as SnapshotId;
    const job = fakeJob({
      phase: 'done',
      endedAtMs: FAKE_NOW_MS,
      receipt: { snapshotId, receivedAtMs: FAKE_NOW_MS },
    });
    const { page, model } = await open({ jobs: [job] });
    await until('the receipt', () => byTestId(page, 'job-receipt').dataset.snapshot === snapshotId);
    assert.include(
      deep<HTMLElement & { href: string }>(page, '[data-testid="open-snapshot"]').href,
      `#/snapshots/${snapshotId}`,
    );
    byTestId(page, 'job-dismiss').click();
    await until('the card to go', () => !hasTestId(page, 'job'));
    assert.isEmpty(model.jobs.jobs.value);
  });

  it('says why a job waits, without alarm, and why one failed', async () => {
    const { page, engine } = await open();
    engine.emit({ type: 'job', job: fakeJob({ phase: 'waiting', problem: problemFor('storage-full') }) });
    await until('the reason', () => byTestId(page, 'problem').dataset.action === 'retry');
    engine.emit({ type: 'job', job: fakeJob({ phase: 'failed', problem: problemFor('seal-broken') }) });
    await until('the other reason', () => byTestId(page, 'problem').dataset.code === 'seal-broken');
  });

  it('hides the speed chart, and remembers that', async () => {
    const { page, model } = await open({ jobs: [fakeJob()] });
    await until('the chart', () => deepAll(page, 'hf-speed-chart').length === 1);
    byTestId(page, 'toggle-chart').click();
    await until('it to go', () => deepAll(page, 'hf-speed-chart').length === 0);
    assert.isFalse(model.preferences.value.chartShown);
  });

  it('has options that are told in one line, and go back to the defaults', async () => {
    const { page, model } = await open();
    type(byTestId(page, 'backup-rules'), '*.tmp\ncache/');
    const compress = byTestId<HTMLElement & { checked: boolean }>(page, 'backup-compress');
    compress.checked = false;
    compress.dispatchEvent(new Event('change', { bubbles: true }));
    await until('the line', () =>
      textOf(byTestId(page, 'backup-options')).includes('2 rules, not compressed'),
    );
    byTestId(page, 'backup-options-reset').click();
    await until('the defaults', () => !textOf(byTestId(page, 'backup-options')).includes('2 rules'));
    assert.isTrue(model.preferences.value.backupCompress);
  });

  it('tells what went wrong when a backup can’t begin', async () => {
    const { page, engine, model } = await open();
    engine.failures.set('backUp', 'not-signed-in');
    give(byTestId<HTMLInputElement>(page, 'files-input'), [new File(['a'], 'a.txt')]);
    await until('the words', () => model.notices.toasts.value[0]?.text === problemFor('not-signed-in').words);
  });
});

describe('the speed chart', () => {
  it('spans the width from the first sample to the last, the top speed at the top', () => {
    const samples = [
      { atMs: 0, bytesPerSecond: 0 },
      { atMs: 500, bytesPerSecond: 50 },
      { atMs: 1_000, bytesPerSecond: 100 },
    ];
    assert.equal(chartLine(samples, 100), 'M0.0 96.0 L300.0 48.0 L600.0 0.0');
  });
});

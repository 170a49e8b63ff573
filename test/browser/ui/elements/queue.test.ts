import { assert } from 'chai';
import type { JobId } from '../../../../shared/ids.ts';
import { problemFor } from '../../../../web/bridge/problems.ts';
import type { HfApp } from '../../../../web/ui/hf-app.ts';
import '../../../../web/ui/hf-app.ts';
import { byTestId, deep, deepAll, hasTestId, mount, textOf, type, unmountAll, until } from '../dom.ts';
import { FAKE_PASSWORD, fakeJob, SIGNED_IN } from '../fake-engine.ts';
import { fakeModel, type FakeModelOptions } from '../fake-model.ts';
import { FAKE_OUTBOX, fakeQueued, locked, TROUBLED_OUTBOX } from '../fake-outbox.ts';
import { choose } from '../menu.ts';

async function open(options: FakeModelOptions = {}) {
  const fake = fakeModel({ session: SIGNED_IN, hash: '#/queue', outbox: FAKE_OUTBOX, ...options });
  const app = document.createElement('hf-app');
  app.model = fake.model;
  await mount(app);
  await fake.model.start();
  await until('the page', () => deepAll(app, 'h1').length > 0);
  return { app, ...fake };
}

const jobOf = (id: string): JobId => id.padEnd(32, '0') as JobId;

function rowOf(app: HfApp, id: string): HTMLElement {
  return deep(app, `[data-testid="queued"][data-job="${jobOf(id)}"]`);
}

async function answer(app: HfApp, button: 'confirm-yes' | 'confirm-no' | 'confirm-other'): Promise<string> {
  const dialog = byTestId(app, 'confirm-dialog');
  const yes = await until('the question', () => byTestId(dialog, button));
  const words = textOf(dialog);
  yes.click();
  await until('the question to go', () => !hasTestId(dialog, button));
  return words;
}

const LOCKED: FakeModelOptions = {
  session: { kind: 'signed-out', lockedAccountName: 'mara' },
  outbox: locked(FAKE_OUTBOX),
};

describe('the queue', () => {
  afterEach(unmountAll);

  it('tells in which order what goes out, how far it is, and what waits for what', async () => {
    const { app } = await open();
    await until('the rows', () => deepAll(app, '[data-testid="queued"]').length === 4);
    const names = deepAll(app, '[data-testid="queued"] h3').map((heading) => heading.textContent);
    assert.deepEqual(names, ['Photos', 'Documents', 'Photos', 'Thesis']);
    assert.include(textOf(rowOf(app, 'a1')), '413 MB of 1.3 GB');
    assert.match(textOf(rowOf(app, 'a3')), /Waits for the one of .* go out in their order/);
    assert.include(textOf(byTestId(app, 'queue-summary')), '4 backups wait, 988 MB to send');
    assert.include(textOf(byTestId(app, 'queue-room')), '1.4 GB on this device; 118 GB are left');
    assert.equal(byTestId(app, 'nav-queue-count').textContent.trim(), '4');
  });

  it('says why something does not go out, and what to do about it', async () => {
    const { app, engine } = await open({ outbox: TROUBLED_OUTBOX });
    await until('the failure', () => textOf(rowOf(app, 'a1')).includes(problemFor('seal-broken').words));
    assert.include(textOf(rowOf(app, 'a2')), 'Back “Documents” up again');
    assert.include(textOf(byTestId(app, 'queue-background')), 'no Background Sync');
    byTestId(rowOf(app, 'a1'), 'queued-retry').click();
    await until('the next try', () => rowOf(app, 'a1').dataset.state === 'waiting');
    assert.deepEqual(engine.callsOf('retryQueued'), [jobOf('a1')]);
  });

  it('pauses and resumes one, and all', async () => {
    const { app, engine } = await open();
    byTestId(await until('the row', () => rowOf(app, 'a2')), 'queued-pause').click();
    await until('it to pause', () => rowOf(app, 'a2').dataset.state === 'paused');
    (await until('the way back', () => byTestId(rowOf(app, 'a2'), 'queued-resume'))).click();
    await until('it to go on', () => rowOf(app, 'a2').dataset.state === 'waiting');
    byTestId(app, 'pause-all').click();
    (await until('the way back', () => byTestId(app, 'resume-all'))).click();
    await until('all to go on', () => hasTestId(app, 'pause-all'));
    assert.deepEqual(engine.callsOf('pauseQueued'), [jobOf('a2'), 'all']);
    assert.deepEqual(engine.callsOf('resumeQueued'), [jobOf('a2'), 'all']);
  });

  it('asks before it cancels, and says which later ones go with it', async () => {
    const { app, engine } = await open();
    byTestId(await until('the row', () => rowOf(app, 'a1')), 'queued-cancel').click();
    const words = await answer(app, 'confirm-no');
    assert.match(words, /1 later backup of the same source counts on it and goes, too/);
    assert.isEmpty(engine.callsOf('cancelQueued'));
    await until('the button', () => !byTestId(rowOf(app, 'a1'), 'queued-cancel').hasAttribute('disabled'));
    byTestId(rowOf(app, 'a1'), 'queued-cancel').click();
    await answer(app, 'confirm-yes');
    await until('both to go', () => deepAll(app, '[data-testid="queued"]').length === 2);
    assert.deepEqual(engine.callsOf('cancelQueued'), [jobOf('a1')]);
  });

  it('moves a backup past another source’s, never past one of its own source', async () => {
    const { app, engine } = await open({ outbox: TROUBLED_OUTBOX });
    const up = (id: string) => byTestId(rowOf(app, id), 'queued-up');
    await until('the rows', () => up('a3'));
    assert.isTrue(up('a3').hasAttribute('disabled'), 'its predecessor goes first');
    byTestId(rowOf(app, 'a3'), 'queued-down').click();
    await until('the move', () => engine.callsOf('moveQueued').length === 1);
    assert.deepEqual(engine.callsOf('moveQueued'), [{ jobId: jobOf('a3'), before: jobOf('a5') }]);
  });

  it('keeps the server’s receipts until they are cleared', async () => {
    const { app, engine } = await open();
    const rows = await until('the receipts', () => {
      const found = deepAll(app, '[data-testid="receipt"]');
      return found.length === 4 && found;
    });
    assert.deepEqual(
      rows.map(({ dataset }) => dataset.queued),
      ['no', 'yes', 'yes', 'no'],
    );
    byTestId(app, 'clear-receipts').click();
    await answer(app, 'confirm-yes');
    await until('them to go', () => !hasTestId(app, 'receipt'));
    assert.lengthOf(engine.callsOf('clearReceipts'), 1);
  });

  it('says that nothing waits, and tells a person of what has arrived', async () => {
    const { app, engine, model } = await open();
    await until('the rows', () => rowOf(app, 'a1'));
    const [first] = FAKE_OUTBOX.receipts;
    if (first === undefined) throw new Error('no receipt');
    const arrived = { ...first, jobId: jobOf('a1'), sourceName: 'Photos' };
    engine.tellOutbox({ queue: [], receipts: [arrived, ...FAKE_OUTBOX.receipts] });
    await until('the words', () => hasTestId(app, 'queue-empty'));
    assert.deepEqual(
      model.notices.toasts.value.map(({ text }) => text),
      ['“Photos” has reached the server.'],
    );
    assert.isFalse(hasTestId(app, 'nav-queue-count'));
  });

  it('counts what waits in the header while nothing goes out', async () => {
    const { app, engine } = await open();
    await until('the rows', () => rowOf(app, 'a1'));
    assert.isFalse(hasTestId(app, 'connection-queue'));
    engine.emit({ type: 'connection', connection: { kind: 'offline', problem: problemFor('offline') } });
    await until('the count', () => textOf(byTestId(app, 'connection-queue')) === '4 waiting');
    await until('the reason', () => textOf(rowOf(app, 'a1')).includes('Waits for the server'));
    assert.equal(rowOf(app, 'a1').dataset.state, 'waiting', 'nothing is on its way');
  });
});

describe('a locked vault', () => {
  afterEach(unmountAll);

  it('shows the queue without names, and how to get to it', async () => {
    const { app, model } = await open({ ...LOCKED, hash: '#/backup' });
    const link = await until('the link', () => byTestId<HTMLAnchorElement>(app, 'to-queue'));
    assert.include(textOf(link), '4 backups wait and go out without your password');
    assert.isTrue(link.href.endsWith('#/queue'));
    model.router.go({ page: 'queue' });
    await until('the rows', () => rowOf(app, 'a1'));
    assert.equal(rowOf(app, 'a1').querySelector('h3')?.textContent, 'A backup');
    assert.isTrue(hasTestId(app, 'queue-locked'));
    byTestId(rowOf(app, 'a2'), 'queued-pause').click();
    await until('it to pause', () => rowOf(app, 'a2').dataset.state === 'paused');
  });

  it('opens with the password alone: the name is given', async () => {
    const { app, engine, model } = await open({ ...LOCKED, hash: '#/snapshots' });
    await until('the words', () => textOf(deep(app, 'h1')) === 'Locked');
    const name = byTestId<HTMLInputElement>(app, 'name-input');
    assert.deepEqual([name.value, name.hasAttribute('readonly')], ['mara', true]);
    type(byTestId(app, 'password-input'), FAKE_PASSWORD);
    deep<HTMLFormElement>(app, 'form').dispatchEvent(new SubmitEvent('submit', { cancelable: true }));
    await until('the vault to open', () => model.session.isSignedIn);
    assert.include(JSON.stringify(engine.callsOf('signIn')), '"name":"mara"');
    await until('where the person was', () => deepAll(app, 'hf-page-snapshots').length === 1);
  });

  it('is left for someone else only after it is said what is lost', async () => {
    const { app, engine } = await open({ ...LOCKED, hash: '#/sign-in' });
    (await until('the way', () => byTestId(app, 'someone-else'))).click();
    const words = await answer(app, 'confirm-yes');
    assert.match(words, /4 backups .* signing out loses them/);
    await until('the sign-in page', () => textOf(deep(app, 'h1')) === 'Sign in');
    assert.lengthOf(engine.callsOf('signOut'), 1);
    await until('an empty name', () => byTestId<HTMLInputElement>(app, 'name-input').value === '');
  });

  it('is what the account’s menu makes, without a word of a lost session', async () => {
    const { app, engine, model } = await open({ hash: '#/backup' });
    const menu = await until('the menu', () => byTestId(app, 'account-menu').closest('wa-dropdown'));
    if (menu === null) throw new Error('no menu');
    choose(menu, 'lock');
    await until('the page', () => textOf(deep(app, 'h1')) === 'Locked');
    assert.lengthOf(engine.callsOf('lock'), 1);
    assert.isEmpty(model.notices.toasts.value);
    assert.isEmpty(model.sources.list.value.sources);
    assert.lengthOf(model.outbox.queue, 4);
  });

  it('asks first while a job needs the keys', async () => {
    const { app, engine, model } = await open({ hash: '#/settings' });
    engine.emit({ type: 'job', job: fakeJob() });
    (await until('the button', () => byTestId(app, 'lock'))).click();
    assert.include(await answer(app, 'confirm-no'), 'so it stops');
    assert.isTrue(model.session.isSignedIn);
  });

  it('is offered instead of signing out while something waits', async () => {
    const { app, engine } = await open({ hash: '#/settings' });
    (await until('the button', () => byTestId(app, 'sign-out'))).click();
    assert.match(await answer(app, 'confirm-other'), /4 backups \(1\.4 GB\) wait .* signing out loses them/);
    await until('it to be locked', () => engine.callsOf('lock').length === 1);
    assert.isEmpty(engine.callsOf('signOut'));
  });
});

describe('a backup that ends in the queue', () => {
  afterEach(unmountAll);

  const queued = fakeJob({ jobId: jobOf('b7'), title: 'Letters', phase: 'queued', endedAtMs: 1 });

  it('says so, leads there, and later shows the receipt', async () => {
    const { app, engine, model } = await open({ hash: '#/backup', outbox: { ...FAKE_OUTBOX, receipts: [] } });
    engine.emit({ type: 'job', job: { ...queued, phase: 'running' } });
    engine.emit({ type: 'job', job: queued });
    const card = await until('the card', () => deep(app, 'hf-job-card'));
    await until('the words', () => textOf(byTestId(card, 'job-phase')).startsWith('Sealed on this device'));
    assert.isTrue(byTestId<HTMLAnchorElement>(card, 'open-queue').href.endsWith('#/queue'));
    const toast = await until('the toast', () => byTestId(app, 'toast-action'));
    toast.click();
    assert.equal(model.router.route.value.page, 'queue');
    model.router.go({ page: 'backup' });
    const [receipt] = FAKE_OUTBOX.receipts;
    if (receipt === undefined) throw new Error('no receipt');
    engine.tellOutbox({ receipts: [{ ...receipt, jobId: queued.jobId }] });
    await until('the receipt', () => hasTestId(app, 'job-receipt'));
    assert.isFalse(hasTestId(app, 'open-queue'));
  });

  it('says how much room the device lacks while it waits for that', async () => {
    const { app, engine } = await open({ hash: '#/backup' });
    const problem = { ...problemFor('device-full'), missingBytes: 642_000_000 };
    engine.emit({ type: 'job', job: fakeJob({ phase: 'waiting', problem }) });
    await until('the words', () =>
      textOf(byTestId(app, 'job-phase')).includes('Waiting for room on this device'),
    );
    assert.include(textOf(byTestId(app, 'problem')), '642 MB are missing.');
    assert.isTrue(hasTestId(app, 'job-room'));
    assert.equal(byTestId(app, 'problem').dataset.action, 'retry', 'it goes on by itself');
  });

  it('is discarded instead of stopped if the person says so', async () => {
    const { app, engine } = await open({ hash: '#/backup' });
    engine.emit({ type: 'job', job: fakeJob() });
    (await until('the button', () => byTestId(app, 'job-stop'))).click();
    await answer(app, 'confirm-other');
    await until('the end', () => engine.callsOf('cancelJob').length === 1);
    assert.deepEqual(engine.callsOf('cancelJob'), [{ jobId: fakeJob().jobId, discard: true }]);
  });

  it('is one word in the count of the navigation, even for a hundred', async () => {
    const queue = Array.from({ length: 120 }, (_, index) => fakeQueued(String(index), 'Photos', 0, 1_000));
    const { app } = await open({ hash: '#/backup', outbox: { ...FAKE_OUTBOX, queue } });
    await until('the count', () => byTestId(app, 'nav-queue-count').textContent.trim() === '99+');
  });
});

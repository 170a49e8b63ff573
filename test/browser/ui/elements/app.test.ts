import { assert } from 'chai';
import { problemFor } from '../../../../web/bridge/problems.ts';
import type { HfApp } from '../../../../web/ui/hf-app.ts';
import '../../../../web/ui/hf-app.ts';
import { byTestId, deep, deepAll, hasTestId, mount, textOf, unmountAll, until } from '../dom.ts';
import { fakeJob, ONLINE, SIGNED_IN } from '../fake-engine.ts';
import { FakeAddressBar, fakeModel, type FakeModelOptions } from '../fake-model.ts';

async function open(options: FakeModelOptions = {}) {
  const fake = fakeModel(options);
  const app = document.createElement('hf-app');
  app.model = fake.model;
  await mount(app);
  await fake.model.start();
  return { app, ...fake };
}

function pageOf(app: HfApp): string | undefined {
  return deepAll(app, '.page > *')[0]?.localName;
}

function press(key: string, target: EventTarget = document.body): void {
  target.dispatchEvent(
    new KeyboardEvent('keydown', { key, bubbles: true, composed: true, cancelable: true }),
  );
}

describe('the app', () => {
  afterEach(unmountAll);

  it('keeps private pages behind sign-in, and goes on where the person wanted to', async () => {
    const { app, engine } = await open({ hash: '#/log' });
    await until('sign-in', () => pageOf(app) === 'hf-page-sign-in');
    engine.emit({ type: 'session', session: SIGNED_IN });
    await until('the log', () => pageOf(app) === 'hf-page-log');
  });

  it('shows an invitation to someone without an account', async () => {
    const { app } = await open({ hash: '#/invite/abc' });
    await until('the invitation', () => pageOf(app) === 'hf-page-first-run');
    assert.include(textOf(app), 'You are invited');
  });

  it('takes a used invitation out of the address', async () => {
    const addressBar = new FakeAddressBar('#/invite/secret');
    const { app, model } = await open({ addressBar, session: SIGNED_IN });
    await until('the backup page', () => pageOf(app) === 'hf-page-backup');
    assert.equal(addressBar.location.hash, '#/backup');
    assert.include(model.notices.toasts.value[0]?.text, 'signed in as mara');
  });

  it('moves the focus to the new page’s heading, and says where one is', async () => {
    const addressBar = new FakeAddressBar('#/backup');
    const { app, model } = await open({ addressBar, session: SIGNED_IN });
    await until('the backup page', () => pageOf(app) === 'hf-page-backup');
    addressBar.visit('#/snapshots');
    await until(
      'the focus to move',
      () => deep(app, 'hf-page-snapshots').shadowRoot?.activeElement?.localName === 'h1',
    );
    assert.equal(document.title, 'History · Holdfast');
    assert.equal(model.notices.announcement.value.text, 'History');
  });

  it('says so for an address that means nothing', async () => {
    const { app } = await open({ hash: '#/nope', session: SIGNED_IN });
    await until('the words', () => textOf(app).includes('There is no such page'));
  });

  it('says that it is offline, on every page, while it works on', async () => {
    const { app, engine } = await open({ session: SIGNED_IN, hash: '#/snapshots' });
    engine.emit({ type: 'connection', connection: { kind: 'offline', problem: problemFor('offline') } });
    await until('the banner', () => hasTestId(app, 'offline-banner'));
    assert.equal(byTestId(app, 'connection-state').dataset.kind, 'offline');
    engine.emit({ type: 'connection', connection: { kind: 'connecting' } });
    await until('the next try', () => byTestId(app, 'connection-state').dataset.kind === 'connecting');
    assert.isTrue(hasTestId(app, 'offline-banner'), 'a try is no success');
    engine.emit({ type: 'connection', connection: ONLINE });
    await until('the banner to go', () => !hasTestId(app, 'offline-banner'));
  });

  it('shows an alarm until it is closed', async () => {
    const { app, engine } = await open({ session: SIGNED_IN });
    engine.emit({ type: 'alarm', problem: problemFor('history-broken') });
    const alarm = await until('the alarm', () => byTestId(app, 'alarm'));
    assert.equal(alarm.getAttribute('role'), 'alert');
    byTestId(alarm, 'close-alarm').click();
    await until('it to go', () => !hasTestId(app, 'alarm'));
  });

  it('takes the server’s history after an alarm only when the person says that it was restored', async () => {
    const { app, engine } = await open({ session: SIGNED_IN });
    engine.emit({ type: 'alarm', problem: problemFor('history-broken') });
    const accept = await until('the offer', () => byTestId(app, 'accept-history'));
    accept.click();
    (await until('the question', () => byTestId(app, 'confirm-no'))).click();
    await until('the question to go', () => !hasTestId(app, 'confirm-no'));
    assert.isEmpty(engine.callsOf('acceptHistory'));
    accept.click();
    (await until('the question', () => byTestId(app, 'confirm-yes'))).click();
    await until('the alarm to go', () => !hasTestId(app, 'alarm'));
    assert.lengthOf(engine.callsOf('acceptHistory'), 1);
  });

  it('reloads as a new version only after the person agreed', async () => {
    const { app, offerUpdate, updateApplied } = await open({ session: SIGNED_IN });
    offerUpdate();
    const button = await until('the offer', () => byTestId(app, 'apply-update'));
    assert.isFalse(updateApplied());
    button.click();
    await until('the reload', updateApplied);
  });

  it('asks before an update stops a running backup', async () => {
    const { app, engine, offerUpdate, updateApplied } = await open({ session: SIGNED_IN });
    engine.emit({ type: 'job', job: fakeJob() });
    offerUpdate();
    (await until('the offer', () => byTestId(app, 'apply-update'))).click();
    (await until('the question', () => byTestId(app, 'confirm-no'))).click();
    await until('the question to go', () => !hasTestId(app, 'confirm-no'));
    assert.isFalse(updateApplied());
  });

  it('tells a running job’s progress in the header and in the tab’s title', async () => {
    const { app, engine } = await open({ session: SIGNED_IN, hash: '#/log' });
    await until('the log', () => pageOf(app) === 'hf-page-log');
    engine.emit({ type: 'job', job: fakeJob({ bytesDone: 50, bytesTotal: 100 }) });
    await until('the header', () => textOf(byTestId(app, 'header-job')).includes('50 %'));
    await until('the title', () => document.title === '50 % · Log · Holdfast');
  });

  it('is driven by keyboard shortcuts, but not while one types, and not when they are off', async () => {
    const { app, model } = await open({ session: SIGNED_IN, hash: '#/backup' });
    await until('the backup page', () => pageOf(app) === 'hf-page-backup');
    press('g');
    press('l');
    await until('the log', () => pageOf(app) === 'hf-page-log');
    const input = document.createElement('input');
    document.body.append(input);
    press('g', input);
    press('b', input);
    assert.equal(model.router.route.value.page, 'log');
    model.preferences.change({ shortcutsOn: false });
    press('g');
    press('b');
    assert.equal(model.router.route.value.page, 'log');
  });

  it('lists its shortcuts at “?”', async () => {
    const { app } = await open({ session: SIGNED_IN });
    press('?');
    await until('the dialog', () => byTestId(app, 'help-dialog').hasAttribute('open'));
    assert.include(textOf(app), 'Go to History');
  });

  it('says when it could not start, and offers to try again', async () => {
    const { app, model } = await open();
    model.session.set({ kind: 'failed', problem: problemFor('unsupported-browser') });
    await until('the words', () => textOf(app).includes('could not start'));
    assert.include(textOf(app), problemFor('unsupported-browser').words);
  });
});

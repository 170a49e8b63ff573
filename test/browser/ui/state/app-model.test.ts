import { assert } from 'chai';
import type { SessionState } from '../../../../web/bridge/engine-api.ts';
import { problemFor } from '../../../../web/bridge/problems.ts';
import { until } from '../dom.ts';
import { FAKE_PASSWORD, fakeJob, fakeSnapshots, fakeSources, SIGNED_IN } from '../fake-engine.ts';
import { fakeModel } from '../fake-model.ts';

const signIn = { name: 'mara', password: FAKE_PASSWORD, keepUnlocked: false };

describe('the page’s state', () => {
  it('shows nobody’s page before the engine has looked for a stored session', async () => {
    const { model, engine } = fakeModel({ session: SIGNED_IN });
    const seen: string[] = [];
    model.session.session.subscribe(() => seen.push(model.session.session.value.kind));
    const starting = model.start();
    engine.emit({ type: 'session', session: { kind: 'signed-out' } });
    await starting;
    assert.deepEqual(seen, ['signed-in']);
  });

  it('says why when the engine does not start', async () => {
    const { model, engine } = fakeModel();
    engine.failures.set('start', 'unsupported-browser');
    await model.start();
    const session = model.session.session.value;
    assert.equal(session.kind === 'failed' ? session.problem.code : session.kind, 'unsupported-browser');
  });

  it('sends each event to the store that it concerns', async () => {
    const { model, engine } = fakeModel({ session: SIGNED_IN });
    await model.start();
    engine.emit({ type: 'connection', connection: { kind: 'offline' } });
    engine.emit({ type: 'job', job: fakeJob() });
    engine.emit({ type: 'alarm', problem: problemFor('history-broken') });
    engine.emit({ type: 'log', line: { atMs: 1, level: 'info', text: 'hello' } });
    assert.equal(model.connection.state.value.kind, 'offline');
    assert.equal(model.jobs.jobs.value.length, 1);
    assert.equal(model.notices.alarms.value.length, 1);
    assert.equal(model.log.lines.value.length, 1);
  });

  it('lists snapshots after sign-in and whenever they change', async () => {
    const { model, engine } = fakeModel();
    await model.start();
    await model.session.signIn(signIn);
    await until('the first list', () => model.snapshots.list.value.kind === 'ready');
    engine.snapshots = fakeSnapshots();
    engine.emit({ type: 'snapshots-changed' });
    await until(
      'the second list',
      () => model.snapshots.list.value.snapshots.length === fakeSnapshots().length,
    );
  });

  it('keeps what it listed when listing fails, and says why', async () => {
    const { model, engine } = fakeModel({ session: SIGNED_IN, snapshots: fakeSnapshots() });
    await model.start();
    await until('the list', () => model.snapshots.list.value.kind === 'ready');
    engine.failures.set('listSnapshots', 'offline');
    await model.snapshots.refresh();
    const { kind, snapshots, problem } = model.snapshots.list.value;
    assert.deepEqual([kind, snapshots.length, problem?.code], ['failed', fakeSnapshots().length, 'offline']);
  });

  it('tells the person when the server ended the session, but not when they signed out', async () => {
    const { model, engine } = fakeModel({ session: SIGNED_IN });
    await model.start();
    await model.signOut();
    assert.isEmpty(model.notices.toasts.value);
    await model.session.signIn(signIn);
    const gone: SessionState = { kind: 'signed-out' };
    engine.emit({ type: 'session', session: gone });
    assert.equal(model.notices.toasts.value[0]?.text, problemFor('session-expired').words);
  });

  it('forgets the vault’s snapshots, jobs and sources at sign-out, and reminds of nothing', async () => {
    const sources = fakeSources();
    const { model, engine, overdueAtMs } = fakeModel({
      session: SIGNED_IN,
      snapshots: fakeSnapshots(),
      sources,
    });
    await model.start();
    engine.emit({ type: 'job', job: fakeJob() });
    await until('the sources', () => model.sources.list.value.sources.length === sources.length);
    assert.isDefined(overdueAtMs());
    await model.signOut();
    assert.isEmpty(model.snapshots.list.value.snapshots);
    assert.isEmpty(model.jobs.jobs.value);
    assert.isEmpty(model.sources.list.value.sources);
    assert.isUndefined(overdueAtMs());
  });

  it('leaves no toast behind that names something of a vault that was locked', async () => {
    const { model, engine } = fakeModel({ session: SIGNED_IN });
    await model.start();
    engine.emit({ type: 'job', job: fakeJob() });
    engine.emit({ type: 'job', job: fakeJob({ phase: 'queued' }) });
    assert.equal(model.notices.toasts.value[0]?.actionLabel, 'Open the queue');
    await model.lock();
    assert.equal(model.session.lockedName, 'mara');
    assert.isEmpty(model.notices.toasts.value);
    assert.isEmpty(model.jobs.jobs.value);
  });

  it('keeps the log from another account, and for the same one', async () => {
    const { model, engine } = fakeModel({ session: SIGNED_IN });
    await model.start();
    engine.emit({ type: 'log', line: { atMs: 1, level: 'warn', text: 'diary.txt can’t be read' } });
    await model.lock();
    await model.session.signIn(signIn);
    assert.lengthOf(model.log.lines.value, 1);
    await model.signOut();
    await model.session.signIn({ ...signIn, name: 'kim' });
    assert.isEmpty(model.log.lines.value);
  });

  it('lists sources again whenever the engine says that they or snapshots changed, and after a backup', async () => {
    const { model, engine } = fakeModel({ session: SIGNED_IN });
    await model.start();
    await until('the first list', () => model.sources.list.value.kind === 'ready');
    engine.sources = fakeSources();
    engine.emit({ type: 'sources-changed' });
    await until('the second list', () => model.sources.list.value.sources.length === 3);
    engine.sources = [];
    engine.emit({ type: 'job', job: fakeJob() });
    engine.emit({ type: 'job', job: fakeJob({ phase: 'done' }) });
    await until('the third list', () => model.sources.list.value.sources.length === 0);
    engine.sources = fakeSources();
    engine.emit({ type: 'snapshots-changed' });
    await until('the fourth list', () => model.sources.list.value.sources.length === 3);
  });

  it('announces each phase of a job once', async () => {
    const { model, engine } = fakeModel({ session: SIGNED_IN });
    const said: string[] = [];
    model.notices.announcement.subscribe(() => said.push(model.notices.announcement.value.text));
    await model.start();
    for (const phase of ['running', 'running', 'paused', 'done'] as const)
      engine.emit({ type: 'job', job: fakeJob({ phase }) });
    assert.deepEqual(said, ['Photos: Under way', 'Photos: Paused', 'Photos: Done']);
  });

  it('remembers the name and the choice of staying unlocked, for the next sign-in', async () => {
    const storage = new Map<string, string>();
    const { model } = fakeModel({ storage });
    await model.start();
    await model.session.signIn(signIn);
    const { accountName, keepUnlocked } = fakeModel({ storage }).model.preferences.value;
    assert.deepEqual({ accountName, keepUnlocked }, { accountName: 'mara', keepUnlocked: false });
    assert.notInclude([...storage.values()].join(), FAKE_PASSWORD);
  });
});

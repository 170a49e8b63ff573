import { assert } from 'chai';
import * as Comlink from 'comlink';
import type { JobId, SnapshotId, SourceId } from '../../../../shared/ids.ts';
import type { EngineEvent, RestoreRequest } from '../../../../web/bridge/engine-api.ts';
import { wrapEngine } from '../../../../web/bridge/engine-client.ts';
import type { RulesCount } from '../../../../web/bridge/sources-api.ts';
import { problemOf } from '../../../../web/bridge/problems.ts';
import { until } from '../dom.ts';
import { FAKE_WORDS, FakeEngine, fakeJob, fakeSource, SIGNED_IN } from '../fake-engine.ts';

function acrossThreads() {
  const engine = new FakeEngine({ session: SIGNED_IN });
  const { port1, port2 } = new MessageChannel();
  Comlink.expose(engine, port1);
  return { engine, client: wrapEngine(port2) };
}

describe('the engine behind Comlink', () => {
  it('answers calls with plain values', async () => {
    const { client } = acrossThreads();
    assert.deepEqual(await client.start({ serverUrl: 'ws://x/ws', deviceName: 'd' }), SIGNED_IN);
    const { recoveryWords } = await client.prepareAccount({ inviteToken: 't', name: 'n', password: 'p' });
    assert.deepEqual(recoveryWords, FAKE_WORDS);
  });

  it('tells its events to a listener of the page', async () => {
    const { engine, client } = acrossThreads();
    const events: EngineEvent[] = [];
    await client.subscribe((event) => events.push(event));
    engine.emit({ type: 'job', job: fakeJob() });
    await until('the job', () => events.some(({ type }) => type === 'job'));
    assert.equal(events[0]?.type, 'connection');
  });

  it('rejects with a problem that can be read', async () => {
    const { engine, client } = acrossThreads();
    engine.failures.set('pauseJob', 'offline');
    const problem = await client.pauseJob('x' as JobId).then(
      () => undefined,
      (error: unknown) => problemOf(error),
    );
    assert.equal(problem?.code, 'offline');
  });

  it('hands the port of a download over, so that bytes go from thread to thread', async () => {
    const { engine, client } = acrossThreads();
    const { port1, port2 } = new MessageChannel();
    const request: RestoreRequest = {
      snapshotId: '01'.repeat(16) as SnapshotId,
      selection: [[]],
      target: { kind: 'stream', as: 'zip', port: port1 },
    };
    await client.restore(request);
    const [received] = engine.callsOf('restore') as RestoreRequest[];
    if (received?.target.kind !== 'stream') throw new Error('no stream target arrived');
    const said = new Promise((resolve) => {
      port2.onmessage = (event) => {
        resolve(event.data);
      };
    });
    received.target.port.postMessage('through');
    assert.equal(await said, 'through');
  });

  it('passes every other call on under its own name', async () => {
    const { engine, client } = acrossThreads();
    const id = '01'.repeat(16);
    const snapshotId = id as SnapshotId;
    const jobId = id as JobId;
    const handle = { kind: 'files', files: [], folders: [] } as const;
    await client.recover({
      name: 'n',
      recoveryWords: FAKE_WORDS.join(' '),
      newPassword: 'p',
      keepUnlocked: true,
    });
    await client.createAccount({ answers: [], keepUnlocked: true });
    await client.confirmRecoveryKey([]);
    await client.createInvite();
    await client.backUp({ sourceName: 's', picked: handle });
    await client.resumeJob(jobId);
    await client.cancelJob(jobId);
    await client.listJobs();
    await client.listSnapshots();
    await client.listFolder(snapshotId, ['a']);
    await client.measureSelection(snapshotId, [['a']]);
    await client.acceptHistory();
    await client.serverStatus();
    await client.signOut();
    assert.deepEqual(
      engine.calls.map(({ method }) => method),
      [
        'recover',
        'createAccount',
        'confirmRecoveryKey',
        'createInvite',
        'backUp',
        'resumeJob',
        'cancelJob',
        'listJobs',
        'listSnapshots',
        'listFolder',
        'measureSelection',
        'acceptHistory',
        'serverStatus',
        'signOut',
      ],
    );
  });

  it('passes the calls about sources and the past on, each with its arguments', async () => {
    const { engine, client } = acrossThreads();
    const snapshotId = '01'.repeat(16) as SnapshotId;
    const sourceId = '02'.repeat(16) as SourceId;
    const picked = { kind: 'files', files: [], folders: [] } as const;
    const { settings } = fakeSource('Photos');
    await client.listSources();
    await client.saveSource({ name: 'Photos', settings });
    await client.forgetSource(sourceId);
    await client.sourceHandle(sourceId);
    await client.backUpSource(sourceId, 'differential');
    await client.matchSource(picked);
    await client.diffSnapshots(snapshotId, snapshotId);
    await client.fileVersions(sourceId, ['a']);
    await client.search('a', 10);
    await client.previewRetention(sourceId, { last: 1 });
    await client.applyRetention(sourceId);
    await client.markSnapshots([snapshotId], 'pinned');
    await client.verify(snapshotId, 'full');
    await client.listDamage();
    await client.openPreview(snapshotId, ['a.txt']);
    const bytes = await client.readRange(snapshotId, ['a.txt'], 0, 5);
    assert.equal(new TextDecoder().decode(bytes), 'a.txt');
    const made = [
      ['listSources', undefined],
      ['saveSource', { name: 'Photos', settings }],
      ['forgetSource', sourceId],
      ['sourceHandle', sourceId],
      ['backUpSource', { sourceId, mode: 'differential' }],
      ['matchSource', picked],
      ['diffSnapshots', { before: snapshotId, after: snapshotId }],
      ['fileVersions', { sourceId, path: ['a'] }],
      ['search', { text: 'a', limit: 10 }],
      ['previewRetention', { sourceId, policy: { last: 1 } }],
      ['applyRetention', sourceId],
      ['markSnapshots', { snapshotIds: [snapshotId], mark: 'pinned' }],
      ['verify', { snapshotId, depth: 'full' }],
      ['listDamage', undefined],
      ['openPreview', { snapshotId, path: ['a.txt'] }],
      ['readRange', { snapshotId, path: ['a.txt'], startByte: 0, endByte: 5 }],
    ];
    assert.deepEqual(
      engine.calls.map(({ method, argument }) => [method, argument]),
      made,
    );
  });

  it('tells a count of rules as it goes', async () => {
    const { client } = acrossThreads();
    const counts: RulesCount[] = [];
    await client.countRules({ kind: 'files', files: [], folders: [] }, ['*.tmp'], (count) => {
      counts.push(count);
    });
    await until('the last count', () => counts.at(-1)?.done === true);
    assert.equal(counts[0]?.done, false);
  });
});

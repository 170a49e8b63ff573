import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import type { ErrorCode } from '../../shared/errors.ts';
import { HoldfastError } from '../../shared/errors.ts';
import type { JobId, VaultId } from '../../shared/ids.ts';
import type { EngineEvent, JobPhase, PickedSource } from '../../web/bridge/engine-api.ts';
import { startServer } from '../helpers/server.ts';
import type { RunningServer } from '../helpers/server.ts';
import { acceptedSnapshot, seenSnapshot } from '../helpers/engine-device.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { waitFor } from '../helpers/wait.ts';
import { online, picked, signUp, startEngine } from './engine-client.ts';
import type { EngineClient } from './engine-client.ts';
import { memoryMirror, memorySessions } from './engine-ports.ts';

const MIB = 1024 * 1024;
const account = { name: 'Ada', password: 'correct horse battery staple' };

async function connected(
  test: TestContext,
  server: RunningServer,
  ports: Parameters<typeof startEngine>[1] = {},
): Promise<EngineClient> {
  const client = await startEngine(server.url, ports);
  test.after(() => {
    client.engine.stop();
  });
  await online(client);
  return client;
}

async function withAccount(
  test: TestContext,
  ports: Parameters<typeof startEngine>[1] = {},
): Promise<{ server: RunningServer; client: EngineClient; words: readonly string[] }> {
  const server = await startServer(test);
  const client = await connected(test, server, ports);
  const words = await signUp(client, { ...account, inviteToken: await server.firstRunToken() });
  return { server, client, words };
}

async function codeOf(work: Promise<unknown>): Promise<ErrorCode | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    assert.ok(error instanceof HoldfastError, String(error));
    return error.code;
  }
}

async function reaches({ events }: EngineClient, jobId: JobId, phase: JobPhase): Promise<void> {
  const isIt = (event: EngineEvent): boolean =>
    event.type === 'job' && event.job.jobId === jobId && event.job.phase === phase;
  await waitFor(`the job to be ${phase}`, () => events.find(isIt), 10_000);
}

describe('an account', () => {
  it('is not made while the words asked for are wrong', async (test) => {
    const server = await startServer(test);
    const client = await connected(test, server);
    const request = { ...account, inviteToken: await server.firstRunToken() };
    const { askPositions } = await client.engine.prepareAccount(request);
    const answers = askPositions.map((position) => ({ position, word: 'wrong' }));
    assert.equal(
      await codeOf(client.engine.createAccount({ answers, keepUnlocked: false })),
      'recovery-check-failed',
    );
    assert.equal(await codeOf(client.engine.signIn({ ...account, keepUnlocked: false })), 'sign-in-failed');
  });

  it('refuses a wrong password and an unknown name alike, and weak passwords and bad names before asking', async (test) => {
    const { client, server } = await withAccount(test);
    const other = await connected(test, server);
    const signIn = (name: string, password: string): Promise<unknown> =>
      other.engine.signIn({ name, password, keepUnlocked: false });
    assert.equal(await codeOf(signIn('Ada', 'not the password')), 'sign-in-failed');
    assert.equal(await codeOf(signIn('Nobody', account.password)), 'sign-in-failed');
    assert.equal(await codeOf(signIn('   ', account.password)), 'name-invalid');
    const weak = { inviteToken: 'x', name: 'Bob', password: 'short' };
    assert.equal(await codeOf(client.engine.prepareAccount(weak)), 'password-weak');
  });

  it('lets an administrator invite others, once a link', async (test) => {
    const { client, server } = await withAccount(test);
    const { inviteToken } = await client.engine.createInvite();
    const bob = await connected(test, server);
    await signUp(bob, { inviteToken, name: 'Bob', password: 'another long password' });
    assert.equal(await codeOf(bob.engine.createInvite()), 'not-allowed');
    const again = { inviteToken, name: 'Eve', password: 'another long password' };
    assert.equal(await codeOf(bob.engine.prepareAccount(again)), 'invite-invalid');
  });

  it('changes its password and recovery key; the old ones stop working', async (test) => {
    const { client, server, words } = await withAccount(test);
    const newPassword = 'a brand new password';
    await client.engine.changePassword({ currentPassword: account.password, newPassword });
    const { recoveryWords, askPositions } = await client.engine.prepareRecoveryKey({
      currentPassword: newPassword,
    });
    await client.engine.confirmRecoveryKey(
      askPositions.map((position) => ({ position, word: recoveryWords[position - 1] ?? '' })),
    );
    const other = await connected(test, server);
    assert.equal(await codeOf(other.engine.signIn({ ...account, keepUnlocked: false })), 'sign-in-failed');
    const recovery = { name: 'Ada', newPassword: 'yet another password', keepUnlocked: false };
    assert.equal(
      await codeOf(other.engine.recover({ ...recovery, recoveryWords: words.join(' ') })),
      'sign-in-failed',
    );
    assert.equal(
      await codeOf(other.engine.recover({ ...recovery, recoveryWords: 'one two' })),
      'recovery-words-invalid',
    );
    const session = await other.engine.recover({ ...recovery, recoveryWords: recoveryWords.join(' ') });
    assert.deepEqual(session, { kind: 'signed-in', accountName: 'Ada', role: 'admin' });
  });

  it('stays unlocked over a restart of the page if asked to, and not after signing out', async (test) => {
    const sessions = memorySessions();
    const { client, server } = await withAccount(test, { sessions });
    client.engine.stop();
    const again = await connected(test, server, { sessions });
    const status = await again.engine.serverStatus();
    assert.equal(status.vaultSnapshots, 0);
    await again.engine.signOut();
    assert.equal(await codeOf(again.engine.listSnapshots()), 'locked');
    assert.equal(await sessions.load(), undefined);
  });

  it('is signed out, with a reason, when the server no longer knows the session', async (test) => {
    const sessions = memorySessions();
    const { client, server } = await withAccount(test, { sessions });
    client.engine.stop();
    const stored = await sessions.load();
    assert.ok(stored);
    await sessions.save({ ...stored, token: new Uint8Array(32) });
    const again = await connected(test, server, { sessions });
    const isOut = (event: EngineEvent): boolean =>
      event.type === 'session' && event.session.kind === 'signed-out';
    await waitFor('signing out', () => again.events.find(isOut), 5_000);
  });
});

describe('a backup job', () => {
  const big = { 'big.bin': seededRandom(1).bytes(24 * MIB) };

  it('pauses, resumes and is cancelled', async (test) => {
    const { client } = await withAccount(test);
    const jobId = await client.engine.backUp({ sourceName: 'Docs', picked: picked(big) });
    await client.engine.pauseJob(jobId);
    await reaches(client, jobId, 'paused');
    await client.engine.resumeJob(jobId);
    assert.equal((await client.ended(jobId)).phase, 'done');

    const second = await client.engine.backUp({
      sourceName: 'Other',
      picked: picked({ 'x.bin': seededRandom(2).bytes(24 * MIB) }),
    });
    await client.engine.pauseJob(second);
    await client.engine.cancelJob(second);
    assert.equal((await client.ended(second)).phase, 'cancelled');
    assert.equal((await client.engine.listSnapshots()).length, 1);
  });

  it('names the files that can’t be read, and backs up all the others', async (test) => {
    const { client } = await withAccount(test);
    const source = picked({ 'good.txt': seededRandom(3).bytes(10), 'bad.txt': seededRandom(4).bytes(10) });
    assert.ok(source.kind === 'files');
    const bad = source.files[1]?.file;
    assert.ok(bad);
    Object.defineProperty(bad, 'arrayBuffer', {
      value: async () => Promise.reject(new Error('permission denied')),
    });
    const job = await client.ended(await client.engine.backUp({ sourceName: 'Docs', picked: source }));
    assert.equal(job.phase, 'done');
    assert.deepEqual(
      job.problems.map(({ path, code }) => [path, code]),
      [['bad.txt', 'source-unreadable']],
    );
    const [snapshot] = await client.engine.listSnapshots();
    assert.ok(snapshot);
    assert.equal(snapshot.problemsTotal, 1);
    const entries = await client.engine.listFolder(snapshot.snapshotId, []);
    assert.deepEqual(
      entries.map(({ name }) => name),
      ['good.txt'],
    );
  });

  it('leaves out, and names, what no backup can hold', async (test) => {
    const { client } = await withAccount(test);
    const source: PickedSource = {
      kind: 'files',
      files: ['..', 'n'.repeat(1_025), 'fine'].map((name) => ({ path: [name], file: new File(['x'], name) })),
      folders: [],
    };
    const job = await client.ended(await client.engine.backUp({ sourceName: 'Docs', picked: source }));
    assert.deepEqual(job.problems.map(({ code }) => code).sort(), ['name-too-long', 'path-unsafe']);
    assert.equal(job.filesDone, 1);
  });

  it('sends again what the server turns out not to have, whatever the mirror says', async (test) => {
    const [sessions, mirror] = [memorySessions(), memoryMirror()];
    const { client, server } = await withAccount(test, { sessions, mirror });
    client.engine.stop();
    await server.kill('SIGTERM');
    const emptyVault = await tempDir(test);
    await cp(server.dataDir, emptyVault, { recursive: true });
    await server.restart();
    const files = { ...big, 'small.txt': seededRandom(5).bytes(1_000) };
    const before = await connected(test, server, { sessions, mirror });
    const first = await before.ended(
      await before.engine.backUp({ sourceName: 'Docs', picked: picked(files) }),
    );
    assert.equal(first.phase, 'done');
    before.engine.stop();

    const forgetful = await startServer(test, { dataDir: emptyVault });
    const mistaken = { ...memoryMirror(), chunkPages: mirror.chunkPages.bind(mirror) };
    let keptBytes = 0;
    for await (const { added } of mirror.chunkPages('' as VaultId)) keptBytes += added.length;
    assert.ok(keptBytes > 0);
    const client2 = await connected(test, forgetful, { sessions, mirror: mistaken });
    const second = await client2.ended(
      await client2.engine.backUp({ sourceName: 'Docs', picked: picked(files) }),
    );
    assert.equal(second.phase, 'done', JSON.stringify(second.problem));
    assert.ok(second.bytesTransferred >= first.bytesTransferred * 0.99);
  });

  it('runs beside another one over the same connection', async (test) => {
    const { client } = await withAccount(test);
    const sources = [1, 2, 3].map((seed) => picked({ 'big.bin': seededRandom(seed).bytes(12 * MIB) }));
    const jobIds = await Promise.all(
      sources.map(async (source, index) =>
        client.engine.backUp({ sourceName: `Source ${String(index)}`, picked: source }),
      ),
    );
    for (const jobId of jobIds) assert.equal((await client.ended(jobId)).phase, 'done');
    assert.equal((await client.engine.listSnapshots()).length, 3);
  });

  it('waits while the server is away and goes on by itself', async (test) => {
    const { client, server } = await withAccount(test);
    const jobId = await client.engine.backUp({ sourceName: 'Docs', picked: picked(big) });
    await server.kill();
    await reaches(client, jobId, 'waiting');
    await server.restart();
    // By way of the queue if that took long.
    const snapshotId = await acceptedSnapshot(client, await client.ended(jobId));
    await seenSnapshot(client, snapshotId);
  });
});

describe('the history', () => {
  it('raises an alarm when the server goes back behind what this device saw', async (test) => {
    const mirror = memoryMirror();
    const { client } = await withAccount(test, { mirror });
    const session = await client.engine.listSnapshots();
    assert.equal(session.length, 0);
    const load = mirror.load.bind(mirror);
    mirror.load = async (vaultId) => ({ ...(await load(vaultId)), seq: 1_000 });
    await client.engine.signIn({ ...account, keepUnlocked: false });
    const isAlarm = (event: EngineEvent): boolean =>
      event.type === 'alarm' && event.problem.code === 'history-broken';
    await waitFor('the alarm', () => client.events.find(isAlarm), 5_000);
  });

  it('of a server that was restored from an older copy is taken up once a person accepts it', async (test) => {
    const [sessions, mirror] = [memorySessions(), memoryMirror()];
    const { client, server } = await withAccount(test, { sessions, mirror });
    const backUp = async (device: EngineClient, name: string): Promise<void> => {
      const source = picked({ [name]: seededRandom(name.length).bytes(10_000) });
      const job = await device.ended(await device.engine.backUp({ sourceName: name, picked: source }));
      assert.equal(job.phase, 'done', JSON.stringify(job.problem));
    };
    await backUp(client, 'kept');
    await server.kill('SIGTERM');
    const olderCopy = await tempDir(test);
    await cp(server.dataDir, olderCopy, { recursive: true });
    await server.restart();
    // Connected again: else the backup might go into the queue.
    await client.engine.serverStatus();
    await backUp(client, 'lost again');
    client.engine.stop();
    await server.kill('SIGTERM');

    const restored = await startServer(test, { dataDir: olderCopy });
    const later = await connected(test, restored, { sessions, mirror });
    const alarms = (): EngineEvent[] => later.events.filter(({ type }) => type === 'alarm');
    await waitFor('the alarm', () => alarms()[0]);
    await later.engine.acceptHistory();
    const names = async (): Promise<string[]> =>
      (await later.engine.listSnapshots()).map(({ sourceName }) => sourceName);
    assert.deepEqual(await names(), ['kept']);
    const before = alarms().length;
    await backUp(later, 'new');
    assert.deepEqual([await names(), alarms().length], [['new', 'kept'], before]);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { HoldfastError } from '../../shared/errors.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import type { RulesCount, SourceInfo, SourceSettings } from '../../web/bridge/sources-api.ts';
import type { JobProgress } from '../../web/bridge/engine-api.ts';
import { systemClock } from '../../web/worker/clock.ts';
import type { EnginePorts } from '../../web/worker/ports.ts';
import { startServer } from '../helpers/server.ts';
import type { RunningServer } from '../helpers/server.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { SourceFolder } from '../helpers/source-folder.ts';
import { waitFor } from '../helpers/wait.ts';
import { online, picked, signUp, startEngine } from './engine-client.ts';
import type { EngineClient } from './engine-client.ts';
import { memorySources, sharedLocks } from './engine-ports.ts';

const password = 'correct horse battery staple';
const SETTINGS: SourceSettings = {
  rules: ['*.tmp'],
  compress: true,
  fixedSize: false,
  schedule: { kind: 'manual' },
  retention: { daily: 7 },
};
const LOOK_EVERY_MS = 12_000;
const FILES = { 'a.txt': seededRandom(1).bytes(1_000), 'deep/b.bin': seededRandom(2).bytes(200_000) };

/** A clock that can be set forward, and in whose eyes the twelve seconds between two looks are a moment: schedules take no hours. */
function fastClock(): EnginePorts['clock'] & { offsetMs: number } {
  return {
    offsetMs: 0,
    nowMs() {
      return Date.now() + this.offsetMs;
    },
    sleep: async (ms, signal) => systemClock.sleep(ms === LOOK_EVERY_MS ? 20 : ms, signal),
  };
}

interface Started {
  readonly server: RunningServer;
  readonly client: EngineClient;
}

async function connected(
  test: TestContext,
  server: RunningServer,
  ports: Partial<EnginePorts> = {},
): Promise<EngineClient> {
  const client = await startEngine(server.url, ports);
  test.after(() => {
    client.engine.stop();
  });
  await online(client);
  return client;
}

async function withAccount(test: TestContext, ports: Partial<EnginePorts> = {}): Promise<Started> {
  const server = await startServer(test);
  const client = await connected(test, server, ports);
  await signUp(client, { inviteToken: await server.firstRunToken(), name: 'Ada', password });
  return { server, client };
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

async function onlySource({ engine }: EngineClient): Promise<SourceInfo> {
  const sources = await engine.listSources();
  assert.equal(sources.length, 1);
  assert.ok(sources[0]);
  return sources[0];
}

/** The backups that ended well. */
function done({ events }: EngineClient): JobProgress[] {
  return events.flatMap((event) => (event.type === 'job' && event.job.phase === 'done' ? [event.job] : []));
}

describe('a source', () => {
  it('is remembered with its folder, backed up by its settings, and forgotten', async (test) => {
    const { client } = await withAccount(test);
    const folder = new SourceFolder('Docs', { ...FILES, 'x.tmp': FILES['a.txt'] });
    const sourceId = await client.engine.saveSource({
      name: 'My documents',
      settings: SETTINGS,
      handle: folder.handle,
    });
    assert.equal((await onlySource(client)).access, 'ready');
    const job = await client.ended(await client.engine.backUpSource(sourceId, 'incremental'));
    assert.equal(job.phase, 'done', JSON.stringify(job.problem));
    assert.equal(job.filesDone, 2);
    const [snapshot] = await client.engine.listSnapshots();
    assert.deepEqual(
      [snapshot?.sourceId, snapshot?.sourceName, snapshot?.mode],
      [sourceId, 'My documents', 'full'],
    );
    assert.equal((await onlySource(client)).lastBackupAtMs, snapshot?.receivedAtMs);
    assert.equal(await client.engine.sourceHandle(sourceId), folder.handle);

    await client.engine.forgetSource(sourceId);
    const forgotten = await onlySource(client);
    assert.deepEqual([forgotten.access, forgotten.name], ['pick', 'My documents']);
    assert.equal(await codeOf(client.engine.backUpSource(sourceId, 'full')), 'source-not-here');
  });

  it('asks for permission again when the browser has taken it back', async (test) => {
    const { client } = await withAccount(test);
    const folder = new SourceFolder('Docs', FILES);
    const sourceId = await client.engine.saveSource({ name: 'D', settings: SETTINGS, handle: folder.handle });
    folder.permission = 'prompt';
    assert.equal((await onlySource(client)).access, 'ask');
    assert.equal(await codeOf(client.engine.backUpSource(sourceId, 'full')), 'permission-needed');
  });

  it('takes its settings to the other devices, and the newer ones count', async (test) => {
    const { server, client } = await withAccount(test);
    const folder = new SourceFolder('Docs', FILES);
    const sourceId = await client.engine.saveSource({ name: 'D', settings: SETTINGS, handle: folder.handle });
    await client.ended(await client.engine.backUpSource(sourceId, 'incremental'));

    const other = await connected(test, server);
    await other.engine.signIn({ name: 'Ada', password, keepUnlocked: false });
    const seen = await waitFor('the source', async () => (await other.engine.listSources())[0]);
    assert.deepEqual([seen.sourceId, seen.settings, seen.access], [sourceId, SETTINGS, 'pick']);
    const changed = { ...SETTINGS, rules: ['*.log'], retention: {} };
    await other.engine.saveSource({ sourceId, name: 'D', settings: changed });
    assert.deepEqual((await onlySource(other)).settings, changed);
    assert.deepEqual((await onlySource(client)).settings, SETTINGS);

    const job = await other.ended(
      await other.engine.backUp({ sourceName: 'D', sourceId, settings: changed, picked: picked(FILES) }),
    );
    assert.equal(job.phase, 'done');
    await waitFor('the changed settings', async () =>
      (await onlySource(client)).settings.rules[0] === '*.log' ? true : undefined,
    );
  });

  it('whose rules are longer than a snapshot can carry is refused', async (test) => {
    const { client } = await withAccount(test);
    const rules = Array<string>(20).fill('r'.repeat(1_000));
    const saving = client.engine.saveSource({ name: 'D', settings: { ...SETTINGS, rules } });
    assert.equal(await codeOf(saving), 'too-large');
  });

  it('leaves nothing on the device after signing out', async (test) => {
    const sources = memorySources();
    const { client } = await withAccount(test, { sources });
    const folder = new SourceFolder('Docs', FILES);
    await client.engine.saveSource({ name: 'D', settings: SETTINGS, handle: folder.handle });
    await client.engine.signOut();
    assert.deepEqual(await sources.list('' as Parameters<typeof sources.list>[0]), []);
  });
});

describe('what was picked', () => {
  it('is recognised by what lies in it, whatever it is called', async (test) => {
    const { client } = await withAccount(test);
    const code = { 'index.js': seededRandom(3).bytes(10), 'README.md': seededRandom(4).bytes(99), ...FILES };
    const music = { 'song.mp3': seededRandom(5).bytes(3_000), 'README.md': seededRandom(6).bytes(98) };
    const [codeId, musicId] = await Promise.all(
      [code, music].map(async (files, n) => {
        const handle = new SourceFolder('same name', files).handle;
        const sourceId = await client.engine.saveSource({ name: `${n}`, settings: SETTINGS, handle });
        await client.ended(await client.engine.backUpSource(sourceId, 'incremental'));
        return sourceId;
      }),
    );
    const moved = new SourceFolder('moved', { ...code, 'new.txt': FILES['a.txt'] });
    const matches = await client.engine.matchSource({ kind: 'handle', handle: moved.handle });
    const [best] = matches;
    assert.ok(best, 'nothing is like it');
    assert.equal(best.sourceId, codeId);
    assert.ok(best.likeness > 0.7 && best.likeness < 1, JSON.stringify(matches));
    assert.ok(!matches.some(({ sourceId, likeness }) => sourceId === musicId && likeness > 0.3));
    const same = await client.engine.matchSource(picked(music, [], 1_700_000_000_000));
    assert.deepEqual(same[0], { sourceId: musicId, likeness: 1 });
    assert.deepEqual(await client.engine.matchSource(picked({ 'else.txt': FILES['a.txt'] })), []);
  });

  it('can’t be told without a connection on a device that never saw its folders, and says so soon', async (test) => {
    const { server, client } = await withAccount(test);
    await client.ended(await client.engine.backUp({ sourceName: 'Music', picked: picked(FILES) }));
    const other = await connected(test, server);
    await other.engine.signIn({ name: 'Ada', password, keepUnlocked: false });
    await waitFor('the source', async () => (await other.engine.listSources())[0]);
    await server.kill();
    assert.equal(await codeOf(other.engine.matchSource(picked(FILES))), 'offline');
    // On the device that wrote them they can be compared.
    assert.equal((await client.engine.matchSource(picked(FILES)))[0]?.likeness, 1);
  });

  it('is counted with and without what the rules leave out', async (test) => {
    const { client } = await withAccount(test);
    const files = {
      ...FILES,
      'a.tmp': FILES['a.txt'],
      'cache/x': FILES['a.txt'],
      'deep/y.tmp': FILES['a.txt'],
    };
    const counts: RulesCount[] = [];
    const onCount = (count: RulesCount): void => void counts.push(count);
    await client.engine.countRules(picked(files), ['*.tmp', 'cache/'], onCount);
    assert.deepEqual(counts.at(-1), {
      files: 2,
      bytes: 201_000,
      leftOutFiles: 2,
      leftOutBytes: 2_000,
      leftOutFolders: 1,
      done: true,
    });
  });

  it('is counted in parts, and a new count ends the one before', async (test) => {
    const { client } = await withAccount(test);
    const many = new SourceFolder('many');
    for (let n = 0; n < 3_000; n++) many.write(`${n % 30}/${n}`, new Uint8Array(10));
    const slow = {
      kind: 'directory',
      name: 'slow',
      async *values() {
        for await (const child of many.values()) {
          await new Promise((resolve) => setTimeout(resolve, 20));
          yield child;
        }
      },
    } as unknown as FileSystemDirectoryHandle;
    const counts: RulesCount[] = [];
    const first = client.engine.countRules({ kind: 'handle', handle: slow }, [], (count) =>
      counts.push(count),
    );
    const ended = assert.rejects(
      first,
      (error) => error instanceof HoldfastError && error.code === 'cancelled',
    );
    const second: RulesCount[] = [];
    await client.engine.countRules({ kind: 'handle', handle: slow }, [], (count) => second.push(count));
    await ended;
    assert.ok(!counts.some((count) => count.done));
    assert.deepEqual([second.at(-1)?.files, second.at(-1)?.done], [3_000, true]);
  });
});

describe('a scheduled source', () => {
  it('is backed up when it is due, and says when it is due next', async (test) => {
    const clock = fastClock();
    const { client } = await withAccount(test, { clock });
    const folder = new SourceFolder('Docs', FILES);
    const settings: SourceSettings = { ...SETTINGS, schedule: { kind: 'hourly' } };
    await client.engine.saveSource({ name: 'D', settings, handle: folder.handle });
    await waitFor('the first backup', () => (done(client).length === 1 ? true : undefined), 10_000);
    const { nextBackupAtMs = 0 } = await onlySource(client);
    assert.ok(nextBackupAtMs > clock.nowMs() + 3_500_000 && nextBackupAtMs <= clock.nowMs() + 3_600_000);

    folder.write('new.txt', seededRandom(9).bytes(500));
    clock.offsetMs = 3_600_000;
    await waitFor('the second backup', () => (done(client).length === 2 ? true : undefined), 10_000);
    assert.equal(done(client)[1]?.filesDone, 3);
  });

  it('is backed up after a burst of changes, where the browser tells of them', async (test) => {
    const clock = fastClock();
    const changes: (() => void)[] = [];
    let isWatched = false;
    const { client } = await withAccount(test, {
      clock,
      watchFolder: (_, onChange) => {
        changes.push(onChange);
        isWatched = true;
        return Promise.resolve(() => (isWatched = false));
      },
    });
    const folder = new SourceFolder('Docs', FILES);
    const settings: SourceSettings = { ...SETTINGS, schedule: { kind: 'on-change' } };
    const sourceId = await client.engine.saveSource({ name: 'D', settings, handle: folder.handle });
    assert.equal((await onlySource(client)).canWatch, true);
    // What changed before anybody watched isn't known.
    await waitFor('the first backup', () => (done(client).length === 1 ? true : undefined), 10_000);
    for (let n = 0; n < 50; n++) changes[0]?.();
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal(done(client).length, 1);
    clock.offsetMs = 10_000;
    await waitFor('the second backup', () => (done(client).length === 2 ? true : undefined), 10_000);
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal(done(client).length, 2);
    await client.engine.forgetSource(sourceId);
    await waitFor('the watching to end', () => (isWatched ? undefined : true));
  });

  it('that may not be read says why nothing happens, and goes on once it may', async (test) => {
    const { client } = await withAccount(test, { clock: fastClock() });
    const folder = new SourceFolder('Docs', FILES);
    folder.permission = 'prompt';
    const settings: SourceSettings = { ...SETTINGS, schedule: { kind: 'daily', minuteOfDay: 0 } };
    await client.engine.saveSource({ name: 'D', settings, handle: folder.handle });
    const isTold = async (): Promise<true | undefined> =>
      (await onlySource(client)).problem?.code === 'permission-needed' ? true : undefined;
    await waitFor('the problem', isTold, 5_000);
    folder.permission = 'granted';
    await waitFor('the backup', () => (done(client).length === 1 ? true : undefined), 10_000);
    await waitFor('the problem to go', async () =>
      (await onlySource(client)).problem === undefined ? true : undefined,
    );
  });

  it('is backed up by one of a browser’s tabs, and by another once that is closed', async (test) => {
    const shared = { clock: fastClock(), sources: memorySources(), locks: sharedLocks() };
    const { server, client } = await withAccount(test, shared);
    const other = await connected(test, server, shared);
    await other.engine.signIn({ name: 'Ada', password, keepUnlocked: false });
    const folder = new SourceFolder('Docs', FILES);
    const settings: SourceSettings = { ...SETTINGS, schedule: { kind: 'hourly' } };
    await client.engine.saveSource({ name: 'D', settings, handle: folder.handle });
    await waitFor('the backup', () => (done(client).length === 1 ? true : undefined), 10_000);
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal(done(other).length, 0);
    client.engine.stop();
    shared.clock.offsetMs = 3_700_000;
    await waitFor('the other tab’s backup', () => (done(other).length === 1 ? true : undefined), 10_000);
  });
});

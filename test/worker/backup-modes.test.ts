import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import type { BackupRequest, JobProgress, PickedSource, SnapshotInfo } from '../../web/bridge/engine-api.ts';
import { backUp as backUpOnce, restoreFolder, snapshotOf, startDevice } from '../helpers/engine-device.ts';
import { startServer } from '../helpers/server.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { waitFor } from '../helpers/wait.ts';
import { picked, signUp } from './engine-client.ts';
import type { EngineClient } from './engine-client.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

type Files = Readonly<Record<string, Uint8Array<ArrayBuffer>>>;

/** A file in a state: its time says which. */
interface State {
  readonly content: Uint8Array<ArrayBuffer>;
  readonly modifiedAtMs: number;
}

function pickedStates(states: Readonly<Record<string, State>>): PickedSource {
  const files = Object.entries(states).map(([name, { content, modifiedAtMs }]) => ({
    path: [name],
    file: new File([content], name, { lastModified: modifiedAtMs }),
  }));
  return { kind: 'files', files, folders: [] };
}

async function withAccount(test: TestContext): Promise<EngineClient> {
  const server = await startServer(test);
  const client = await startDevice(test, server.url);
  const password = 'correct horse battery staple';
  await signUp(client, { inviteToken: await server.firstRunToken(), name: 'Ada', password });
  return client;
}

async function backUp(
  client: EngineClient,
  source: PickedSource,
  options: Partial<BackupRequest> = {},
): Promise<JobProgress> {
  const request = { sourceName: 'Docs', picked: source, ...options };
  const job = await client.ended(await client.engine.backUp(request));
  assert.equal(job.phase, 'done', JSON.stringify(job.problem));
  return job;
}

async function newest({ engine }: EngineClient): Promise<SnapshotInfo> {
  const [snapshot] = await engine.listSnapshots();
  assert.ok(snapshot);
  return snapshot;
}

async function assertRestores(client: EngineClient, job: JobProgress, files: Files): Promise<void> {
  const { folder } = await restoreFolder(client, snapshotOf(job));
  const contents = folder.contents();
  assert.deepEqual([...contents.keys()].sort(), Object.keys(files).sort());
  for (const [path, content] of Object.entries(files))
    assert.ok(Buffer.from(contents.get(path) ?? []).equals(content), path);
}

/** How many files of 50 KiB were read. */
function filesRead({ sizes }: JobProgress): number {
  return sizes === undefined ? 0 : sizes.readBytes / (50 * KIB);
}

describe('a mode', () => {
  const content = (seed: number): Uint8Array<ArrayBuffer> => seededRandom(seed).bytes(50 * KIB);
  const [one, two, three] = [content(1), content(2), content(3)];
  const state = (bytes: Uint8Array<ArrayBuffer>, modifiedAtMs: number): State => ({
    content: bytes,
    modifiedAtMs,
  });

  it('says what is read: what changed since the last backup, since the last full one, or everything', async (test) => {
    const client = await withAccount(test);
    const first = pickedStates({ a: state(one, 1), b: state(two, 1) });
    const changed = pickedStates({ a: state(three, 2), b: state(two, 1) });
    const read: number[] = [];
    const jobs: JobProgress[] = [];
    for (const [source, mode] of [
      [first, 'incremental'],
      [changed, 'incremental'],
      [changed, 'incremental'],
      [changed, 'differential'],
      [changed, 'differential'],
      [changed, 'full'],
      [changed, 'differential'],
    ] as const) {
      const job = await backUp(client, source, { mode });
      read.push(filesRead(job));
      jobs.push(job);
    }
    assert.deepEqual(read, [2, 1, 0, 1, 1, 2, 0]);
    const modes = (await client.engine.listSnapshots()).map(({ mode }) => mode).reverse();
    // Whatever has nothing to build on reads everything: the first is full.
    const expected = [
      'full',
      'incremental',
      'incremental',
      'differential',
      'differential',
      'full',
      'differential',
    ];
    assert.deepEqual(modes, expected);
    // Each stands on its own.
    for (const [n, job] of jobs.entries())
      await assertRestores(client, job, { a: n === 0 ? one : three, b: two });
  });

  it('that reads everything sends nothing where nothing is new, and keeps every folder', async (test) => {
    const client = await withAccount(test);
    const files: Record<string, Uint8Array<ArrayBuffer>> = { large: seededRandom(4).bytes(5 * MIB) };
    for (let n = 0; n < 500; n++) files[`folder ${n % 20}/${n}`] = seededRandom(n % 300).bytes(1_000);
    await backUp(client, picked(files));
    const full = await backUp(client, picked(files), { mode: 'full' });
    assert.equal(full.bytesTransferred, 0);
    assert.deepEqual([full.sizes?.newBytes, full.sizes?.readBytes], [0, 5 * MIB + 500 * 1_000]);
    await assertRestores(client, full, files);
  });
});

describe('content that moves', () => {
  const many = (folder: string): Record<string, Uint8Array<ArrayBuffer>> =>
    Object.fromEntries(
      Array.from({ length: 2_000 }, (_, n) => [`${folder}/${n % 50}/${n}.txt`, seededRandom(n).bytes(700)]),
    );

  it('to another folder costs 1 % of its size at most', async (test) => {
    const client = await withAccount(test);
    await backUp(client, picked(many('before')));
    const moved = await backUp(client, picked(many('somewhere/else')));
    assert.ok(moved.bytesTransferred <= (2_000 * 700) / 100, `${moved.bytesTransferred}`);
    await assertRestores(client, moved, many('somewhere/else'));
  });

  it('or is copied to another source isn’t sent again', async (test) => {
    const client = await withAccount(test);
    await backUp(client, picked(many('a')));
    const other = await backUpOnce(
      client,
      'Another',
      picked({ ...many('b'), new: seededRandom(9_999).bytes(700) }),
    );
    assert.ok(other.bytesTransferred < 20_000, `${other.bytesTransferred}`);
    await assertRestores(client, other, { ...many('b'), new: seededRandom(9_999).bytes(700) });
  });
});

describe('a source of fixed-size chunks', () => {
  it('is restored as any other, and tells nothing but sizes', async (test) => {
    const client = await withAccount(test);
    const settings = {
      rules: [],
      compress: false,
      fixedSize: true,
      schedule: { kind: 'manual' },
      retention: {},
    } as const;
    const files = {
      large: seededRandom(1).bytes(3 * 1_032_192 + 5),
      exact: seededRandom(2).bytes(2 * 1_032_192),
    };
    const job = await backUp(client, picked(files), { settings });
    await assertRestores(client, job, files);
    // The settings stay with the source.
    const again = await backUp(client, picked({ ...files, more: seededRandom(3).bytes(200_000) }));
    assert.equal(again.sizes?.readBytes, 200_000);
  });
});

describe('a backup that is cancelled', () => {
  /** `files`, and behind them in the walk one that is never read to its end. */
  function withEndless(files: Files): PickedSource {
    const source = picked({ ...files, 'z endless': seededRandom(1).bytes(MIB) });
    assert.ok(source.kind === 'files');
    const endless = source.files.at(-1)?.file;
    assert.ok(endless);
    Object.defineProperty(endless, 'stream', { value: () => new ReadableStream({ type: 'bytes' }) });
    return source;
  }

  async function cancelled(
    client: EngineClient,
    files: Files,
    options: { readonly discard?: boolean } = {},
  ): Promise<JobProgress> {
    const bytes = Object.values(files).reduce((sum, content) => sum + content.length, 0);
    const jobId = await client.engine.backUp({ sourceName: 'Docs', picked: withEndless(files) });
    await waitFor('all but the endless file', async () =>
      (await client.engine.listJobs()).some((job) => job.jobId === jobId && job.bytesDone >= bytes)
        ? true
        : undefined,
    );
    await client.engine.cancelJob(jobId, options);
    return client.ended(jobId);
  }

  const files = { 'a/small': seededRandom(2).bytes(1_000), 'b large': seededRandom(3).bytes(3 * MIB) };

  it('keeps what is complete as a partial snapshot, and the next one builds on it', async (test) => {
    const client = await withAccount(test);
    const job = await cancelled(client, files);
    assert.equal(job.phase, 'cancelled');
    const part = await newest(client);
    assert.deepEqual([part.partial, part.filesTotal, part.snapshotId], [true, 2, job.receipt?.snapshotId]);
    const { folder } = await restoreFolder(client, part.snapshotId);
    assert.deepEqual([...folder.contents().keys()].sort(), Object.keys(files));

    const more = { ...files, 'c more': seededRandom(4).bytes(500) };
    const next = await backUp(client, picked(more));
    assert.equal(next.sizes?.readBytes, 500);
    assert.equal((await newest(client)).partial, false);
    await assertRestores(client, next, more);
  });

  it('leaves nothing where it is to be discarded, or found nothing new', async (test) => {
    const client = await withAccount(test);
    assert.equal((await cancelled(client, files, { discard: true })).phase, 'cancelled');
    assert.deepEqual(await client.engine.listSnapshots(), []);
    await backUp(client, picked(files));
    assert.equal((await cancelled(client, files)).phase, 'cancelled');
    assert.equal((await client.engine.listSnapshots()).length, 1);
  });

  it('ends at once when the server can’t be reached', async (test) => {
    const server = await startServer(test);
    const client = await startDevice(test, server.url);
    const password = 'correct horse battery staple';
    await signUp(client, { inviteToken: await server.firstRunToken(), name: 'Ada', password });
    const jobId = await client.engine.backUp({ sourceName: 'Docs', picked: withEndless(files) });
    await waitFor('the backup to run', async () =>
      (await client.engine.listJobs())[0]?.bytesDone ? true : undefined,
    );
    await server.kill();
    await waitFor('the job to wait', async () =>
      (await client.engine.listJobs())[0]?.phase === 'waiting' ? true : undefined,
    );
    await client.engine.cancelJob(jobId);
    assert.equal((await client.ended(jobId)).phase, 'cancelled');
  });
});

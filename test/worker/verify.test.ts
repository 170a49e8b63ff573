/** Reading back what was backed up, from a server whose files are as it wrote them, or are not. */
import assert from 'node:assert/strict';
import { cp, rm } from 'node:fs/promises';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import type { SnapshotId } from '../../shared/ids.ts';
import type { JobProgress } from '../../web/bridge/engine-api.ts';
import type { VerifyDepth } from '../../web/bridge/history-api.ts';
import type { HeadOf } from '../../server/store/segment-record.ts';
import { backUp, snapshotOf, startDevice } from '../helpers/engine-device.ts';
import type { Contents } from '../helpers/engine-device.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { forge, readRecords, rot } from '../helpers/segment-editor.ts';
import type { StoredRecord } from '../helpers/segment-editor.ts';
import { startServer } from '../helpers/server.ts';
import type { RunningServer } from '../helpers/server.ts';
import { suiteCleanUp } from '../helpers/suite-clean-up.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { waitFor } from '../helpers/wait.ts';
import { picked, signUp } from './engine-client.ts';
import type { EngineClient } from './engine-client.ts';
import { memorySessions } from './engine-ports.ts';

const account = { name: 'Ada', password: 'correct horse battery staple' };
const PIECE_BODY_BYTES = 250_000;
const BUNDLE_BODY_BYTES = 50_000;
const FOLDERS_BODY_BYTES = 10_000;
/** Just below the smallest chunk that a file is cut into. */
const VICTIM_BYTES = 262_000;

/** One file of a chunk of two pieces, and small ones that share a chunk. Only the former has a full piece. */
function contents(seed: number): Contents {
  const random = seededRandom(seed);
  const small = Array.from(
    { length: 20 },
    (_, i) => [`small/${String(i)}.txt`, random.bytes(3_000)] as const,
  );
  return { 'victim.bin': random.bytes(VICTIM_BYTES), ...Object.fromEntries(small) };
}

const SMALL = Array.from({ length: 20 }, (_, i) => `small/${String(i)}.txt`).sort();

function flip({ body }: StoredRecord): Uint8Array {
  const changed = Uint8Array.from(body);
  changed[100] = (changed[100] ?? 0) ^ 1;
  return changed;
}

function isOfVictim({ body }: StoredRecord): boolean {
  return body.length > PIECE_BODY_BYTES;
}

function isOfBundle({ head, body }: Piece): boolean {
  return head.index === 0 && body.length > BUNDLE_BODY_BYTES && body.length < PIECE_BODY_BYTES;
}

type Piece = StoredRecord<HeadOf<'piece'>>;

function first(records: readonly Piece[], is: (record: Piece) => boolean): Piece {
  const record = records.find(is);
  assert.ok(record);
  return record;
}

async function verified(
  client: EngineClient,
  snapshotId: SnapshotId,
  depth: VerifyDepth,
): Promise<JobProgress> {
  return client.ended(await client.engine.verify(snapshotId, depth));
}

function problemsOf({ problems }: JobProgress): (readonly [string | undefined, string])[] {
  return problems.map((problem) => [problem.path, problem.code] as const).sort();
}

/** What went wrong with the job itself is told by its phase. */
function outcomeOf(job: JobProgress): readonly [string, ReturnType<typeof problemsOf>] {
  return [job.problem === undefined ? job.phase : `${job.phase}: ${job.problem.code}`, problemsOf(job)];
}

describe('a verification', () => {
  const suite = suiteCleanUp();
  const sessions = memorySessions();
  const files = contents(1);
  let server: RunningServer;
  let client: EngineClient;
  let snapshotId: SnapshotId;
  let soundCopy: string;

  before(async () => {
    server = await startServer(suite);
    client = await startDevice(suite, server.url, { sessions });
    await signUp(client, { ...account, inviteToken: await server.firstRunToken() });
    snapshotId = snapshotOf(await backUp(client, 'Files', picked(files)));
    await server.kill('SIGTERM');
    soundCopy = path.join(await tempDir(suite), 'data');
    await cp(server.dataDir, soundCopy, { recursive: true });
    await server.restart();
  });

  /** Changes the files of a server that is as it was; gives a device that has nothing cached. */
  async function changed(change: (pieces: readonly Piece[]) => void): Promise<EngineClient> {
    await server.kill('SIGTERM');
    await rm(server.dataDir, { recursive: true });
    await cp(soundCopy, server.dataDir, { recursive: true });
    change(readRecords(server.dataDir, 'piece'));
    await server.restart();
    const device = await startDevice(suite, server.url, { sessions });
    await waitFor('the snapshot', async () => (await device.engine.listSnapshots())[0]);
    return device;
  }

  it('finds a sound snapshot sound, reading as much as was asked for', async () => {
    const totalBytes = Object.values(files).reduce((sum, { length }) => sum + length, 0);
    for (const depth of ['metadata', 'sample', 'full'] as const) {
      const job = await verified(client, snapshotId, depth);
      assert.deepEqual([job.phase, job.problems], ['done', []], depth);
      assert.deepEqual([job.kind, job.filesDone, job.filesTotal], ['verify', 21, 21]);
      assert.equal(job.receipt?.snapshotId, snapshotId);
      if (depth === 'metadata') assert.ok(job.bytesTransferred > 0 && job.bytesTransferred < 20_000);
      else assert.ok(job.bytesDone === totalBytes && job.bytesTransferred > totalBytes);
    }
  });

  it('names the file of a damaged piece, and no other', async () => {
    const device = await changed((pieces) => {
      rot(first(pieces, isOfVictim), (body) => {
        body[100] = (body[100] ?? 0) ^ 1;
      });
    });
    const job = await verified(device, snapshotId, 'full');
    assert.deepEqual(outcomeOf(job), ['done', [['victim.bin', 'storage-damaged']]]);
    // From now on the server doesn't count on the chunk, which the cheapest look tells, too.
    assert.deepEqual(outcomeOf(await verified(device, snapshotId, 'metadata')), [
      'done',
      [['victim.bin', 'chunk-missing']],
    ]);
  });

  it('names all files of a bundle that was forged with right checksums', async () => {
    const device = await changed((pieces) => {
      const bundle = first(pieces, isOfBundle);
      forge(bundle, flip(bundle));
    });
    const job = await verified(device, snapshotId, 'full');
    assert.deepEqual(outcomeOf(job), ['done', SMALL.map((name) => [name, 'seal-broken'] as const)]);
  });

  it('names folders that can’t be read, whether or not this device has them cached', async () => {
    // A device of its own: one that had heard of the damage above would find the server gone back in time.
    const cached = await changed(() => undefined);
    assert.deepEqual(outcomeOf(await verified(cached, snapshotId, 'metadata')), ['done', []]);
    // The folders lie in one small chunk.
    const uncached = await changed((pieces) => {
      const folders = first(pieces, ({ head, body }) => head.index === 0 && body.length < FOLDERS_BODY_BYTES);
      forge(folders, flip(folders));
    });
    assert.deepEqual(outcomeOf(await verified(uncached, snapshotId, 'metadata')), [
      'done',
      [['', 'seal-broken']],
    ]);
    assert.deepEqual(outcomeOf(await verified(cached, snapshotId, 'metadata')), [
      'done',
      ['', 'small'].map((name) => [name, 'seal-broken'] as const),
    ]);
  });

  it('ends when it is cancelled', async () => {
    const jobId = await client.engine.verify(snapshotId, 'full');
    await client.engine.cancelJob(jobId);
    assert.equal((await client.ended(jobId)).phase, 'cancelled');
  });
});

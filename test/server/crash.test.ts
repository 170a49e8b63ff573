/**
 * kill -9 at random moments, again and again: what was acknowledged is readable, what was not is sent
 * again without a trace, and the index is what the segments say.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { seededRandom } from '../helpers/seeded-random.ts';
import type { SeededRandom } from '../helpers/seeded-random.ts';
import { startServer } from '../helpers/server.ts';
import { openDataFolder } from '../../server/data-folder.ts';
import type { SnapshotId } from '../../shared/ids.ts';
import { dumpIndex, dumpOfRebuild } from './index-dump.ts';
import { createAccount, signIn } from './test-account.ts';
import { WireClient, putPieces, randomChunk, randomSnapshotId, refPage } from './wire-client.ts';
import type { TestChunk } from './wire-client.ts';

const ROUNDS = 16;
const WRITERS = 3;
/** Small, so that kills meet the change from one segment to the next. */
const SEGMENT_SIZE_BYTES = String(1024 * 1024);

/** What the server has acknowledged. */
interface Acknowledged {
  readonly chunks: TestChunk[];
  readonly snapshots: SnapshotId[];
}

async function connect(port: number, token: Uint8Array): Promise<WireClient> {
  const client = await WireClient.connect(port);
  await client.expect('session-resumed', { type: 'resume-session', token });
  return client;
}

function someChunk(random: SeededRandom): TestChunk {
  const sizes = Array.from({ length: 1 + random.integer(4) }, () => random.integer(120_000));
  return randomChunk(...sizes);
}

/** Sends chunks, and a snapshot of them now and then, until the connection breaks. */
async function writeUntilKilled(
  client: WireClient,
  random: SeededRandom,
  acknowledged: Acknowledged,
): Promise<void> {
  let fresh: TestChunk[] = [];
  try {
    for (;;) {
      const chunk = someChunk(random);
      await client.putChunk(chunk);
      acknowledged.chunks.push(chunk);
      fresh.push(chunk);
      if (fresh.length < 4) continue;
      acknowledged.snapshots.push(await commitSnapshot(client, fresh));
      fresh = [];
    }
  } catch (error) {
    assert.notEqual(client.closeCode, undefined, `the connection lives, but: ${String(error)}`);
  }
}

async function commitSnapshot(client: WireClient, chunks: readonly TestChunk[]): Promise<SnapshotId> {
  const page = refPage(chunks.map(({ chunkId }) => chunkId));
  await client.expect('done', { type: 'put-refs', ...page });
  const snapshotId = randomSnapshotId();
  const sealed = Buffer.from(`sealed ${snapshotId}`);
  await client.expect('snapshot-accepted', {
    type: 'commit-snapshot',
    snapshotId,
    sealed,
    refPages: [page.pageId],
  });
  return snapshotId;
}

/** Every chunk's bytes and every snapshot, as they were acknowledged. */
async function assertKept(client: WireClient, { chunks, snapshots }: Acknowledged): Promise<void> {
  for (const { chunkId, pieces } of chunks) {
    const read = await client.getChunk(chunkId);
    assert.deepEqual(Buffer.concat(read), Buffer.concat(pieces));
  }
  const changes = await client.expect('changes', { type: 'get-changes', afterSeq: 0 });
  const known = new Set(changes.snapshots.map(({ snapshotId }) => snapshotId));
  for (const snapshotId of snapshots) assert.ok(known.has(snapshotId), snapshotId);
}

/** A chunk of which the server has all but the last piece when it dies. */
function sendHalf(client: WireClient, chunk: TestChunk): void {
  const requestId = client.nextRequestId();
  for (const message of putPieces(chunk).slice(0, -1)) client.send(message, requestId);
}

test(`after each of ${ROUNDS} kills at random moments all that was acknowledged is there, and the index is the segments’`, async (t) => {
  const seed = Date.now();
  t.diagnostic(`seed ${seed}`);
  const random = seededRandom(seed);
  const server = await startServer(t, {
    env: { HOLDFAST_SEGMENT_SIZE_BYTES: SEGMENT_SIZE_BYTES, HOLDFAST_LOG_LEVEL: 'warn' },
  });
  const first = await WireClient.connect(server.port);
  const account = await createAccount(first, await server.firstRunToken());
  const { token } = await signIn(first, { name: account.name, secret: account.password });
  const folder = openDataFolder(server.dataDir);
  const all: Acknowledged = { chunks: [], snapshots: [] };

  for (let round = 0; round < ROUNDS; round++) {
    const acknowledged: Acknowledged = { chunks: [], snapshots: [] };
    const half = randomChunk(90_000, 90_000, 90_000);
    const clients = await Promise.all(Array.from({ length: WRITERS }, () => connect(server.port, token)));
    sendHalf(await connect(server.port, token), half);
    const writers = clients.map((client) => writeUntilKilled(client, random, acknowledged));
    await sleep(5 + random.integer(150));
    await server.kill('SIGKILL');
    await Promise.all(writers);

    await server.restart();
    const client = await connect(server.port, token);
    await assertKept(client, acknowledged);
    assert.deepEqual(await client.putChunk(half), { type: 'chunk-stored', existed: false });
    all.chunks.push(...acknowledged.chunks, half);
    all.snapshots.push(...acknowledged.snapshots);
    await client.close();
    assert.equal(await server.kill('SIGTERM'), 0, server.output());

    assert.deepEqual((await dumpOfRebuild(folder.segments)).dump, dumpIndex(folder.index));
    await server.restart();
  }
  t.diagnostic(`${all.chunks.length} chunks, ${all.snapshots.length} snapshots`);
  assert.ok(all.chunks.length > ROUNDS * 2);
  await assertKept(await connect(server.port, token), all);
});

/**
 * One test for each fault that a server's machine may have: clients are told by a code that says when to ask again,
 * nothing that was acknowledged is lost, and the service is back by itself when the fault is over.
 */
import assert from 'node:assert/strict';
import { closeSync, openSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { MARK_STATEMENT_BYTES } from '../../shared/limits.ts';
import type { ServerMessage } from '../../shared/wire/messages.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { dumpIndex, dumpOfRebuild } from './index-dump.ts';
import { newMember } from './members.ts';
import { MoodyDisk } from './moody-disk.ts';
import { startTestServer } from './test-server.ts';
import type { TestServer } from './test-server.ts';
import { mountTinyDisk } from './tiny-disk.ts';
import { randomChunk, randomSnapshotId, refPage } from './wire-client.ts';
import type { TestChunk, WireClient } from './wire-client.ts';

const DAY_MS = 86_400_000;

/** The code of an error that says when to ask again. */
function retryCode(answer: ServerMessage): string {
  assert.ok(answer.type === 'error', answer.type);
  assert.ok((answer.retryAfterMs ?? 0) > 0, `${answer.code} doesn’t say when to ask again`);
  assert.equal(answer.detail, '');
  return answer.code;
}

async function assertKept(client: WireClient, chunks: readonly TestChunk[]): Promise<void> {
  for (const { chunkId, pieces } of chunks) {
    assert.deepEqual(Buffer.concat(await client.getChunk(chunkId)), Buffer.concat(pieces));
  }
}

/** Uploads `size` bytes at a time until that is refused; gives what was acknowledged, and the refusal. */
async function uploadUntilRefused(client: WireClient, size: number) {
  const kept: TestChunk[] = [];
  for (;;) {
    const chunk = randomChunk(size);
    const answer = await client.putChunk(chunk);
    if (answer.type !== 'chunk-stored') return { kept, refused: chunk, answer };
    kept.push(chunk);
  }
}

async function assertIndexIsSegments({ folder, stop }: TestServer): Promise<void> {
  await stop();
  assert.deepEqual((await dumpOfRebuild(folder.segments)).dump, dumpIndex(folder.index));
}

test('ENOSPC: a disk that is really full refuses, keeps what it has, and takes more when there is room', async (t) => {
  const disk = mountTinyDisk(t, 4_000_000);
  if (disk === undefined) return; // what follows needs a real one; MoodyDisk stands for it in full-disk.test.ts
  const server = await startTestServer(t, {
    dataDir: join(disk.path, 'data'),
    config: { segmentSizeBytes: 1024 * 1024 },
  });
  const { client } = await newMember(server);
  await client.putChunk(randomChunk(10));
  disk.fill();
  const { kept, refused, answer } = await uploadUntilRefused(client, 100_000);
  assert.equal(retryCode(answer), 'storage-full');
  await assertKept(client, kept);
  disk.empty();
  assert.deepEqual(await client.putChunk(refused), { type: 'chunk-stored', existed: false });
  await assertKept(client, [...kept, refused]);
  await assertIndexIsSegments(server);
});

test('a full disk for the index alone: nothing is acknowledged that isn’t indexed, and what waited is, later', async (t) => {
  const disk = mountTinyDisk(t, 2_500_000);
  if (disk === undefined) return;
  const dataDir = join(disk.path, 'data');
  const segments = await tempDir(t);
  const first = await startTestServer(t, { dataDir });
  await first.stop();
  rmSync(first.folder.segments, { recursive: true });
  symlinkSync(segments, first.folder.segments);
  const server = await startTestServer(t, { dataDir });
  const { client } = await newMember(server);
  disk.fill();
  const { kept, refused, answer } = await uploadUntilRefused(client, 1_000);
  assert.equal(retryCode(answer), 'storage-full');
  disk.empty();
  assert.equal((await client.putChunk(refused)).type, 'chunk-stored');
  await assertKept(client, [...kept, refused]);
  await assertIndexIsSegments(server);
});

for (const [fault, code] of [
  ['EROFS', 'storage-failed'],
  ['EIO', 'storage-failed'],
  ['EDQUOT', 'storage-full'],
] as const) {
  test(`${fault} on every write, the cutting off of what was half written included`, async (t) => {
    const disk = new MoodyDisk();
    const server = await startTestServer(t, { disk });
    const { client } = await newMember(server);
    const kept = randomChunk(3_000, 3_000);
    await client.putChunk(kept);
    disk.code = fault;
    disk.failing = new Set(['writev', 'ftruncate', 'fdatasync']);
    const refused = randomChunk(5_000, 5_000);
    const commit = {
      type: 'commit-snapshot',
      snapshotId: randomSnapshotId(),
      sealed: Buffer.alloc(9),
      refPages: [],
    } as const;
    assert.equal(retryCode(await client.putChunk(refused)), code);
    assert.equal(retryCode(await client.ask(commit)), code);
    await assertKept(client, [kept]);
    disk.failing.clear();
    assert.equal((await client.putChunk(refused)).type, 'chunk-stored');
    await client.expect('snapshot-accepted', commit);
    await assertKept(client, [kept, refused]);
    await assertIndexIsSegments(server);
  });
}

test('EIO on fdatasync: a later sync is no proof of earlier bytes; while they can’t be cut off nothing is written', async (t) => {
  const disk = new MoodyDisk();
  const server = await startTestServer(t, { disk });
  const { client } = await newMember(server);
  const kept = randomChunk(3_000);
  await client.putChunk(kept);
  disk.code = 'EIO';
  disk.failing = new Set(['fdatasync', 'ftruncate']);
  const lost = randomChunk(4_000);
  assert.equal(retryCode(await client.putChunk(lost)), 'storage-failed');
  // Syncing works again, and would lie about what was written before it failed.
  disk.failing = new Set(['ftruncate']);
  assert.equal(retryCode(await client.putChunk(lost)), 'storage-failed');
  assert.equal(retryCode(await client.putChunk(randomChunk(10))), 'storage-failed');
  disk.failing.clear();
  assert.deepEqual(await client.putChunk(lost), { type: 'chunk-stored', existed: false });
  await assertKept(client, [kept, lost]);
  await server.stop();
  const { report } = await dumpOfRebuild(server.folder.segments);
  assert.equal(report.entries.chunk, 2, 'what the failed sync lost is gone from the segment');
});

test('EIO on read: the chunk is told as damaged and healed by sending it again; others are read', async (t) => {
  const disk = new MoodyDisk();
  const server = await startTestServer(t, { disk });
  const { client } = await newMember(server);
  const [bad, good] = [randomChunk(3_000), randomChunk(2_000)] as const;
  await client.putChunk(bad);
  await client.putChunk(good);
  disk.code = 'EIO';
  disk.failing.add('readv');
  await assert.rejects(client.getChunk(bad.chunkId), /storage-damaged/);
  disk.failing.clear();
  assert.deepEqual(await client.putChunk(bad), { type: 'chunk-stored', existed: false });
  await assertKept(client, [bad, good]);
});

test('EMFILE: with too many files open a read is refused for a moment; it is no damage', async (t) => {
  const server = await startTestServer(t, { config: { segmentSizeBytes: 1024 * 1024 } });
  const { client } = await newMember(server);
  const chunk = randomChunk(200_000);
  await client.putChunk(chunk);
  const open: number[] = [];
  try {
    for (;;) open.push(openSync('/dev/null', 'r'));
  } catch (error) {
    assert.ok(error instanceof Error && 'code' in error && error.code === 'EMFILE');
  }
  try {
    assert.equal(retryCode(await client.ask({ type: 'get-chunk', chunkId: chunk.chunkId })), 'server-busy');
    // The newest segment is open: writing goes on as long as it has room, and a new one is refused.
    const { answer } = await uploadUntilRefused(client, 200_000);
    assert.equal(retryCode(answer), 'server-busy');
  } finally {
    open.forEach(closeSync);
  }
  await assertKept(client, [chunk]);
  assert.equal((await client.putChunk(randomChunk(200_000))).type, 'chunk-stored');
  const { damagedChunks } = await client.expect('server-status', { type: 'status' });
  assert.equal(damagedChunks, 0);
});

test('SQLITE_BUSY: while another process holds the index what needs it is refused, and taken afterwards', async (t) => {
  const server = await startTestServer(t);
  const { client } = await newMember(server);
  const kept = randomChunk(100);
  await client.putChunk(kept);
  const page = refPage([kept.chunkId]);
  const other = new Database(server.folder.index, { timeout: 0 });
  other.exec('BEGIN IMMEDIATE');
  const refused = randomChunk(2_000);
  assert.equal(retryCode(await client.putChunk(refused)), 'server-busy');
  assert.equal(retryCode(await client.ask({ type: 'put-refs', ...page })), 'server-busy');
  assert.equal(retryCode(await client.ask({ type: 'create-upload-session' })), 'server-busy');
  await assertKept(client, [kept]);
  other.exec('COMMIT');
  other.close();
  assert.equal((await client.putChunk(refused)).type, 'chunk-stored');
  await client.expect('done', { type: 'put-refs', ...page });
  await assertKept(client, [kept, refused]);
  await assertIndexIsSegments(server);
});

test('a clock that goes backwards: sessions live, snapshots keep their order, nothing is erased early', async (t) => {
  const server = await startTestServer(t);
  const { client, token } = await newMember(server);
  const commit = async () => {
    const snapshotId = randomSnapshotId();
    const { seq } = await client.expect('snapshot-accepted', {
      type: 'commit-snapshot',
      snapshotId,
      sealed: Buffer.from('sealed'),
      refPages: [],
    });
    return { snapshotId, seq };
  };
  server.clock.aheadMs = 10 * DAY_MS;
  const before = await commit();
  const snapshots = [{ snapshotId: before.snapshotId, statement: Buffer.alloc(MARK_STATEMENT_BYTES) }];
  await client.expect('done', { type: 'mark-snapshots', mark: 'trashed', snapshots });
  server.clock.aheadMs = -400 * DAY_MS;
  const after = await commit();
  assert.ok(after.seq > before.seq);
  await client.expect('session-resumed', { type: 'resume-session', token });
  const { uptimeMs } = await client.expect('server-status', { type: 'status' });
  assert.equal(uptimeMs, 0);
  const vault = (await server.store.upkeep.catalog.upkeep.vaultIds())[0] ?? assert.fail();
  const { upkeep } = server.store;
  assert.equal(await (await upkeep.vault(vault)).eraseTrashed(server.clock.nowMs() - 30 * DAY_MS), 0);
  const changes = await client.expect('changes', { type: 'get-changes', afterSeq: 0 });
  assert.deepEqual(
    changes.snapshots.map(({ snapshotId }) => snapshotId),
    [before.snapshotId, after.snapshotId],
  );
  server.clock.aheadMs = 0;
  await client.expect('done', { type: 'sign-out' });
});

import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { before, test } from 'node:test';
import type { ChunkId } from '../../shared/ids.ts';
import { MAX_PIECES, UPLOAD_CREDIT_BYTES } from '../../shared/limits.ts';
import { encodeClientMessage } from '../../shared/wire/messages.ts';
import { newMember, secondConnection } from './members.ts';
import type { Member } from './members.ts';
import { startTestServer, wholeFile } from './test-server.ts';
import type { TestServer } from './test-server.ts';
import { putPieces, randomChunk, randomHex, randomSnapshotId, refPage, unpackIds } from './wire-client.ts';
import type { TestChunk, WireClient } from './wire-client.ts';

const file = wholeFile();
let server: TestServer;
let member: Member;
let client: WireClient;

before(async () => {
  server = await startTestServer(file);
  member = await newMember(server);
  client = member.client;
});

function segmentBytes(): number {
  const folder = server.folder.segments;
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

async function assertReadBack(from: WireClient, { chunkId, pieces }: TestChunk): Promise<void> {
  const read = await from.getChunk(chunkId);
  assert.deepEqual(
    read.map((piece) => Buffer.from(piece)),
    pieces,
  );
}

/** The largest sealed piece that fits a frame. */
const FULL_PIECE_BYTES = 262_144 - 39;

for (const [what, sizes] of [
  ['one small piece', [1]],
  ['an empty piece', [0]],
  ['several pieces', [258_064, 258_064, 100]],
  ['the largest pieces, as many as there may be', Array<number>(MAX_PIECES).fill(FULL_PIECE_BYTES)],
] as const) {
  test(`a chunk of ${what} comes back as it was`, async () => {
    const chunk = randomChunk(...sizes);
    assert.deepEqual(await client.putChunk(chunk), { type: 'chunk-stored', existed: false });
    await assertReadBack(client, chunk);
  });
}

test('a chunk that is there already is not written again', async () => {
  const chunk = randomChunk(200_000, 200_000);
  await client.putChunk(chunk);
  const before = segmentBytes();
  assert.deepEqual(await client.putChunk(chunk), { type: 'chunk-stored', existed: true });
  assert.equal(segmentBytes(), before);
  await assertReadBack(client, chunk);
});

test('a chunk that two connections send at once is stored once and whole', async () => {
  const other = await secondConnection(server, member);
  const chunk = randomChunk(200_000, 200_000, 200_000);
  const before = await client.expect('server-status', { type: 'status' });
  const answers = await Promise.all([client.putChunk(chunk), other.putChunk(chunk)]);
  assert.deepEqual(
    answers.map(({ type }) => type),
    ['chunk-stored', 'chunk-stored'],
  );
  await assertReadBack(other, chunk);
  const status = await client.expect('server-status', { type: 'status' });
  assert.equal(status.vaultChunks, before.vaultChunks + 1);
  assert.equal(status.vaultStoredBytes, before.vaultStoredBytes + 600_000);
  await other.close();
});

test('chunks of two connections, whose pieces come mixed, stay apart', async () => {
  const other = await secondConnection(server, member);
  const chunks = [randomChunk(1_000, 2_000, 3_000), randomChunk(1_500, 2_500, 3_500)] as const;
  const ids = [client.nextRequestId(), other.nextRequestId()] as const;
  for (let index = 0; index < 3; index++) {
    for (const [n, sender] of [client, other].entries()) {
      const message = putPieces(chunks[n === 0 ? 0 : 1])[index];
      if (message !== undefined) sender.send(message, ids[n === 0 ? 0 : 1]);
      await sleep(5);
    }
  }
  assert.equal((await client.take(({ requestId }) => requestId === ids[0])).message.type, 'chunk-stored');
  assert.equal((await other.take(({ requestId }) => requestId === ids[1])).message.type, 'chunk-stored');
  await assertReadBack(client, chunks[0]);
  await assertReadBack(client, chunks[1]);
  await other.close();
});

test('a chunk that was begun and given up leaves no trace in the index, and can be sent again', async () => {
  const other = await secondConnection(server, member);
  const chunk = randomChunk(100_000, 100_000);
  const [first] = putPieces(chunk);
  assert.ok(first);
  other.send(first);
  await other.expect('pong', { type: 'ping' });
  await other.close();
  await assert.rejects(client.getChunk(chunk.chunkId), /chunk-missing/);
  assert.deepEqual(await client.putChunk(chunk), { type: 'chunk-stored', existed: false });
  await assertReadBack(client, chunk);
});

test('a chunk that isn’t there is told as missing, and the requests behind it are answered', async () => {
  const chunk = randomChunk(10);
  await client.putChunk(chunk);
  const missing = client.getChunk(randomHex<ChunkId>(32));
  const found = assertReadBack(client, chunk);
  await assert.rejects(missing, /chunk-missing/);
  await found;
});

test('chunks asked for together come in the order of asking', async () => {
  const chunks = [randomChunk(200_000, 200_000), randomChunk(10), randomChunk(200_000)];
  for (const chunk of chunks) await client.putChunk(chunk);
  const requestIds = chunks.map(({ chunkId }) => client.send({ type: 'get-chunk', chunkId }));
  const order: number[] = [];
  for (let i = 0; i < 4; i++) {
    const frame = await client.take(({ message }) => message.type === 'piece');
    order.push(requestIds.indexOf(frame.requestId));
    client.send({ type: 'credit', bytes: frame.payloadBytes }, 0);
  }
  assert.deepEqual(order, [0, 0, 1, 2]);
});

test('no piece is sent beyond the credit that the client has granted', async () => {
  const frugal = await secondConnection(server, member, { downloadCreditBytes: 150_000 });
  const chunk = randomChunk(100_000, 100_000, 10);
  await frugal.putChunk(chunk);
  const requestId = frugal.send({ type: 'get-chunk', chunkId: chunk.chunkId });
  await frugal.take((frame) => frame.requestId === requestId);
  await sleep(100);
  assert.equal(frugal.inbox.filter(({ message }) => message.type === 'piece').length, 0);
  frugal.send({ type: 'credit', bytes: 100_000 }, 0);
  const second = await frugal.take((frame) => frame.requestId === requestId);
  const third = await frugal.take((frame) => frame.requestId === requestId);
  assert.deepEqual([second.message.type, third.message.type], ['piece', 'piece']);
  await frugal.close();
});

test('upload credit comes back as chunks become durable, so that any amount can be sent', async () => {
  const sender = await secondConnection(server, member);
  let creditBytes = sender.uploadCreditBytes;
  assert.equal(creditBytes, UPLOAD_CREDIT_BYTES);
  let sentBytes = 0;
  const waiting = new Set<number>();
  while (sentBytes < 3 * UPLOAD_CREDIT_BYTES) {
    const requestId = sender.nextRequestId();
    for (const message of putPieces(randomChunk(258_064, 258_064, 258_064, 258_064))) {
      const payloadBytes = encodeClientMessage(message, requestId).length - 12;
      while (creditBytes < payloadBytes) creditBytes += (await sender.next('credit')).bytes;
      creditBytes -= payloadBytes;
      sentBytes += payloadBytes;
      sender.send(message, requestId);
    }
    waiting.add(requestId);
  }
  for (const requestId of waiting) {
    const { message } = await sender.take((frame) => frame.requestId === requestId);
    assert.equal(message.type, 'chunk-stored');
  }
  await sender.close();
});

test('a piece that was damaged on the way fails its chunk alone; the rest of its pieces is let pass', async () => {
  const chunk = randomChunk(1_000, 1_000, 1_000);
  const requestId = client.nextRequestId();
  for (const message of putPieces(chunk)) {
    client.send(
      message.index === 1 ? { ...message, checksum: (message.checksum ^ 1) >>> 0 } : message,
      requestId,
    );
  }
  const { message } = await client.take((frame) => frame.requestId === requestId);
  assert.equal(message.type === 'error' && message.code, 'checksum-mismatch');
  assert.deepEqual(await client.putChunk(chunk), { type: 'chunk-stored', existed: false });
  assert.equal(client.inbox.filter((frame) => frame.requestId === requestId).length, 0);
  await assertReadBack(client, chunk);
});

test('a snapshot is accepted once its chunks and pages are there, and only then', async () => {
  const chunk = randomChunk(1_000);
  const page = refPage([chunk.chunkId]);
  const snapshotId = randomSnapshotId();
  const commit = {
    type: 'commit-snapshot',
    snapshotId,
    sealed: Buffer.from('sealed'),
    refPages: [page.pageId],
  } as const;
  const missing = await client.expect('refs-missing', { type: 'put-refs', ...page });
  assert.deepEqual(missing.chunkIds, [chunk.chunkId]);
  assert.deepEqual(await client.ask(commit), { type: 'snapshot-missing-pages', refPages: [page.pageId] });
  await client.putChunk(chunk);
  await client.expect('done', { type: 'put-refs', ...page });
  await client.expect('snapshot-accepted', commit);
});

test('the same commit again gives the same answer; another one under its id is a conflict', async () => {
  const snapshotId = randomSnapshotId();
  const commit = { type: 'commit-snapshot', snapshotId, sealed: Buffer.from('one'), refPages: [] } as const;
  const [first, second] = await Promise.all([client.ask(commit), client.ask(commit)]);
  assert.equal(first.type, 'snapshot-accepted');
  assert.deepEqual(second, first);
  assert.deepEqual(await client.ask(commit), first);
  assert.equal(await client.expectError({ ...commit, sealed: Buffer.from('two') }), 'snapshot-conflict');
});

test('of two different commits under one id at once, one is accepted', async () => {
  const snapshotId = randomSnapshotId();
  const commit = (sealed: string) =>
    client.ask({ type: 'commit-snapshot', snapshotId, sealed: Buffer.from(sealed), refPages: [] });
  const types = (await Promise.all([commit('one'), commit('two')])).map(({ type }) => type);
  assert.deepEqual(types, ['snapshot-accepted', 'error']);
});

test('a page is stored once, and needs no chunks of its own again', async () => {
  const chunk = randomChunk(100);
  const page = refPage([chunk.chunkId]);
  await client.putChunk(chunk);
  await client.expect('done', { type: 'put-refs', ...page });
  const before = segmentBytes();
  await client.expect('done', { type: 'put-refs', ...page });
  assert.equal(segmentBytes(), before);
});

test('the change feed tells what was stored, in its order', async () => {
  const { client: fresh } = await newMember(server);
  const chunks = [randomChunk(10), randomChunk(20), randomChunk(30)];
  for (const chunk of chunks) await fresh.putChunk(chunk);
  const snapshotId = randomSnapshotId();
  const sealed = Buffer.from('sealed snapshot');
  const accepted = await fresh.expect('snapshot-accepted', {
    type: 'commit-snapshot',
    snapshotId,
    sealed,
    refPages: [],
  });
  const changes = await fresh.expect('changes', { type: 'get-changes', afterSeq: 0 });
  assert.deepEqual(
    unpackIds(changes.chunkIds),
    chunks.map(({ chunkId }) => chunkId),
  );
  assert.deepEqual(
    changes.snapshots.map((snapshot) => ({ ...snapshot, sealed: Buffer.from(snapshot.sealed) })),
    [{ seq: accepted.seq, snapshotId, receivedAtMs: accepted.receivedAtMs, sealed }],
  );
  assert.equal(changes.nextSeq, changes.headSeq);
  const [, second] = chunks;
  const later = await fresh.expect('changes', { type: 'get-changes', afterSeq: changes.headSeq - 2 });
  assert.ok(second && !unpackIds(later.chunkIds).includes(second.chunkId));
  assert.equal(unpackIds(later.chunkIds).length, 1);
  await fresh.close();
});

test('a vault’s other connections hear that it changed, soon and not for every chunk; strangers don’t', async () => {
  const writer = await newMember(server);
  const reader = await secondConnection(server, writer);
  const stranger = await newMember(server);
  for (let i = 0; i < 50; i++) await writer.client.putChunk(randomChunk(10));
  const { headSeq } = await reader.next('vault-changed');
  assert.ok(headSeq > 0);
  await sleep(700);
  const told = (inbox: WireClient['inbox']) =>
    inbox.filter(({ message }) => message.type === 'vault-changed').length;
  assert.ok(told(reader.inbox) <= 3, 'notices are gathered');
  assert.equal(told(writer.client.inbox), 0);
  assert.equal(told(stranger.client.inbox), 0);
  await stranger.client.close();
  await reader.close();
  await writer.client.close();
});

test('two writers of one vault hear of each other', async () => {
  const first = await newMember(server);
  const second = await secondConnection(server, first);
  await Promise.all([first.client.putChunk(randomChunk(10)), second.putChunk(randomChunk(10))]);
  await Promise.all([first.client.next('vault-changed'), second.next('vault-changed')]);
  await first.client.close();
  await second.close();
});

test('the status counts what the vault holds', async () => {
  const { client: fresh } = await newMember(server);
  await fresh.putChunk(randomChunk(100, 200));
  await fresh.putChunk(randomChunk(300));
  await fresh.ask({
    type: 'commit-snapshot',
    snapshotId: randomSnapshotId(),
    sealed: Buffer.alloc(3),
    refPages: [],
  });
  const { vaultChunks, vaultSnapshots, vaultStoredBytes } = await fresh.expect('server-status', {
    type: 'status',
  });
  assert.deepEqual(
    { vaultChunks, vaultSnapshots, vaultStoredBytes },
    { vaultChunks: 2, vaultSnapshots: 1, vaultStoredBytes: 600 },
  );
  await fresh.close();
});

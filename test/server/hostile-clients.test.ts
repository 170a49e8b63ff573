/** Clients that want the server's memory, sockets or patience: each is bounded, and nobody else waits for them. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { before, test } from 'node:test';
import { FRAME_HEADER_BYTES } from '../../shared/wire/frame.ts';
import { encodeClientMessage } from '../../shared/wire/messages.ts';
import { waitFor } from '../helpers/wait.ts';
import { wrapBlobs } from './blob-wrappers.ts';
import { newMember, secondConnection } from './members.ts';
import type { Member } from './members.ts';
import { startTestServer, wholeFile } from './test-server.ts';
import type { TestServer } from './test-server.ts';
import { putPieces, randomChunk, randomSnapshotId } from './wire-client.ts';

const MEBIBYTE = 1024 * 1024;
const file = wholeFile();
let server: TestServer;
let member: Member;

before(async () => {
  server = await startTestServer(file, { config: { maxConnections: 120, maxConnectionsPerAddress: 100 } });
  member = await newMember(server);
});

/** A socket that speaks no protocol until told to; what comes on it is gathered. */
async function rawSocket() {
  const socket = connect(server.port, '127.0.0.1');
  let received = '';
  let isClosed = false;
  socket.setEncoding('latin1');
  socket.on('data', (text: string) => (received += text));
  socket.on('error', () => undefined); // a close follows
  socket.on('close', () => (isClosed = true));
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, received: () => received, isClosed: () => isClosed };
}

function upgrade(extra = ''): string {
  const key = randomBytes(16).toString('base64');
  return (
    `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${extra}\r\n`
  );
}

async function opened() {
  const raw = await rawSocket();
  raw.socket.write(upgrade());
  await waitFor('the upgrade', () => (raw.received().includes('101 Switching') ? true : undefined));
  return raw;
}

/** The bystander is answered while all of the others still stand: it needn't wait for their end. */
async function bystanderIsServed(
  others: readonly { readonly isClosed: () => boolean }[] = [],
): Promise<void> {
  await member.client.expect('server-status', { type: 'status' });
  assert.equal(others.filter(({ isClosed }) => isClosed()).length, 0);
}

function rssBytes(): number {
  return process.memoryUsage().rss;
}

function endAll(sockets: readonly { readonly socket: Socket }[]): void {
  for (const { socket } of sockets) socket.destroy();
}

test('a flood of connections from one address is refused above its limit, and costs little memory', async (t) => {
  const before = rssBytes();
  const raw = await Promise.all(Array.from({ length: 300 }, () => rawSocket()));
  t.after(() => {
    endAll(raw);
  });
  for (const { socket } of raw) socket.write(upgrade());
  await waitFor('all to be answered', () =>
    raw.every(({ received }) => received() !== '') ? true : undefined,
  );
  const accepted = raw.filter(({ received }) => received().includes('101 Switching'));
  assert.equal(accepted.length, 99, 'the member has the hundredth');
  assert.equal(raw.filter(({ received }) => received().includes('503')).length, 201);
  await bystanderIsServed(accepted);
  const grownBytes = rssBytes() - before;
  t.diagnostic(`300 connections: ${(grownBytes / MEBIBYTE).toFixed(1)} MiB, their clients’ side included`);
  assert.ok(grownBytes < 60 * MEBIBYTE, String(grownBytes));
  endAll(raw);
  await waitFor('their places', async () =>
    (await secondConnection(server, member).catch(() => undefined))?.close().then(() => true),
  );
});

test('slow readers make the server hold no more than a few frames each', async (t) => {
  const chunk = randomChunk(...Array<number>(8).fill(250_000));
  await member.client.putChunk(chunk);
  const slow = await Promise.all(
    Array.from({ length: 30 }, () => secondConnection(server, member, { downloadCreditBytes: 60_000_000 })),
  );
  t.after(() => {
    for (const { socket } of slow) socket.terminate();
  });
  const before = rssBytes();
  for (const client of slow) {
    client.socket.pause();
    for (let i = 0; i < 25; i++) client.send({ type: 'get-chunk', chunkId: chunk.chunkId });
  }
  await sleep(1_000);
  await bystanderIsServed();
  // Asked for are 1.4 GiB. What a connection may hold is 400 KB, beside the 8 MiB of buffers that all share.
  const grownBytes = rssBytes() - before;
  t.diagnostic(`30 slow readers of 46 MiB each: ${(grownBytes / MEBIBYTE).toFixed(1)} MiB`);
  assert.ok(grownBytes < (30 * 400_000 + 8 * MEBIBYTE) * 2, String(grownBytes));
});

test('slow writers, of half a header, half an upgrade or half a frame, hold nobody up and are let go', async () => {
  const dribbling = await rawSocket();
  dribbling.socket.write('GET /ws HTTP/1.1\r\nHo');
  const half = await opened();
  const frame = encodeClientMessage({ type: 'hello', downloadCreditBytes: 1_000 }, 1);
  half.socket.write(Buffer.from([0x82, 0x80 | frame.length, 1, 2, 3, 4, ...frame.subarray(0, 3)]));
  const silent = await rawSocket();
  const all = [dribbling, half, silent];
  await bystanderIsServed(all);
  // Meanwhile the bystander stays.
  await waitFor(
    'all of them to be let go',
    async () => {
      await member.client.expect('pong', { type: 'ping' });
      return all.every(({ isClosed }) => isClosed()) ? true : undefined;
    },
    30_000,
  );
});

test('a header or address that never ends is cut off', async () => {
  for (const start of [`GET /${'a'.repeat(200_000)}`, upgrade(`X: ${'b'.repeat(200_000)}\r\n`)]) {
    const raw = await rawSocket();
    raw.socket.write(start);
    await waitFor('the end', () => (raw.isClosed() || raw.received() !== '' ? true : undefined), 20_000);
    assert.ok(!raw.received().includes('101 Switching'), raw.received().slice(0, 100));
    raw.socket.destroy();
  }
  await bystanderIsServed();
});

test('replayed frames change nothing: the same request again, a chunk twice, a commit again', async () => {
  const client = await secondConnection(server, member);
  const chunk = randomChunk(500);
  const [piece] = putPieces(chunk);
  assert.ok(piece);
  const commit = { snapshotId: randomSnapshotId(), sealed: Buffer.from('sealed'), refPages: [] };
  const frames = [
    encodeClientMessage(piece, 4_000),
    encodeClientMessage({ type: 'commit-snapshot', ...commit }, 4_001),
  ].map((frame) => Uint8Array.from(frame));
  const answers = [];
  for (const frame of [...frames, ...frames, ...frames]) {
    client.sendBytes(frame);
    const requestId = new DataView(frame.buffer).getUint32(FRAME_HEADER_BYTES - 8, true);
    answers.push((await client.take((answer) => answer.requestId === requestId)).message);
  }
  const [first, accepted] = answers;
  assert.deepEqual(first, { type: 'chunk-stored', existed: false });
  for (const again of [answers[2], answers[4]])
    assert.deepEqual(again, { type: 'chunk-stored', existed: true });
  for (const again of [answers[3], answers[5]]) assert.deepEqual(again, accepted);
  const { headSeq } = await client.expect('changes', { type: 'get-changes', afterSeq: 0 });
  client.sendBytes(frames[0] ?? new Uint8Array());
  await client.expect('pong', { type: 'ping' });
  assert.equal((await client.expect('changes', { type: 'get-changes', afterSeq: 0 })).headSeq, headSeq);
  await client.close();
});

test('requests of all clients together hold no more than the budget: above it each has one, and is told to wait', async (t) => {
  let release: () => void = () => undefined;
  let isHeld = false;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const small = await startTestServer(t, {
    config: { memoryBudgetBytes: 100_000 },
    wrapBlobs: (blobs) =>
      wrapBlobs(blobs, {
        sync: async () => {
          if (isHeld) await held;
          await blobs.sync();
        },
      }),
  });
  const one = await newMember(small);
  const two = await newMember(small);
  isHeld = true;
  const commit = () =>
    ({
      type: 'commit-snapshot',
      snapshotId: randomSnapshotId(),
      sealed: Buffer.alloc(30_000),
      refPages: [],
    }) as const;
  const asked = [commit(), commit(), commit()].map((message) => one.client.send(message));
  await one.client.expect('pong', { type: 'ping' });
  const first = two.client.send(commit()); // one is always taken
  const refused = await two.client.ask(commit());
  assert.ok(refused.type === 'error' && refused.code === 'server-busy', JSON.stringify(refused));
  assert.ok((refused.retryAfterMs ?? 0) > 0);
  release();
  for (const id of asked) await one.client.take(({ requestId }) => requestId === id);
  await two.client.take(({ requestId }) => requestId === first);
  await two.client.expect('snapshot-accepted', commit());
});

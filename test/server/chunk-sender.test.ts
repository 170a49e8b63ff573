/** How much a download may hold in the server, whatever the client does. */
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { test } from 'node:test';
import type { ChunkId, VaultId } from '../../shared/ids.ts';
import { BufferPool } from '../../server/connection/buffer-pool.ts';
import { ChunkSender, createPieceBuffers } from '../../server/connection/chunk-sender.ts';
import { MemoryBudget } from '../../server/connection/memory-budget.ts';
import { Outlet } from '../../server/connection/outlet.ts';
import { PartSender } from '../../server/connection/part-sender.ts';
import { SendGate } from '../../server/connection/send-gate.ts';
import type { Vault } from '../../server/store/ports.ts';

/** The most that a connection may hold. */
const BUDGET_BYTES = 400_000;
const FULL_PIECE_BYTES = 262_144 - 39;
const chunkId = 'ab'.repeat(32) as ChunkId;

/** A vault whose every chunk has `count` full pieces; counts the pieces being read. */
function bigVault(count: number) {
  const reading = { now: 0, most: 0 };
  const vault: Pick<Vault, 'findChunk' | 'readPiece' | 'vaultId'> = {
    vaultId: 'cd'.repeat(16) as VaultId,
    findChunk: () =>
      Promise.resolve(
        Array.from({ length: count }, (_, index) => ({
          segment: 1,
          offset: index,
          bodyBytes: FULL_PIECE_BYTES,
        })),
      ),
    readPiece: async (_chunkId, _index, { offset }) => {
      reading.most = Math.max(reading.most, ++reading.now);
      await nextTurn();
      reading.now--;
      return { index: offset, last: offset === count - 1, checksum: 0 };
    },
  };
  return { vault: vault as Vault, reading };
}

/** A socket that takes bytes only when it is told to. */
class SlowSocket {
  buffered = 0;
  most = 0;
  frames = 0;
  readonly memory = new MemoryBudget(Infinity);
  readonly gate = new SendGate(() => this.buffered, this.memory);
  readonly outlet = new Outlet(this.gate);

  readonly transmit = (frame: Uint8Array): void => {
    this.buffered += frame.length;
    this.frames++;
    // The frame is still in its pooled buffer while the socket has its copy.
    this.most = Math.max(this.most, this.buffered);
  };

  take(bytes: number): void {
    this.buffered = Math.max(0, this.buffered - bytes);
    this.gate.wake();
    this.outlet.wake();
  }

  sender(buffers = createPieceBuffers()): ChunkSender {
    const { transmit, outlet } = this;
    return new ChunkSender({ transmit, outlet, parts: new PartSender(outlet, transmit), buffers });
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await nextTurn();
}

test('a client that grants much but takes nothing makes the server hold no more than its budget', async () => {
  const { vault } = bigVault(10);
  const socket = new SlowSocket();
  const sender = socket.sender();
  socket.outlet.grant(60_000_000);
  const sent = Promise.all([1, 2, 3].map((requestId) => sender.send(vault, chunkId, requestId)));
  for (let drained = 0; socket.frames < 30 || socket.buffered > 0; drained += 50_000) {
    await settle();
    assert.ok(socket.most <= BUDGET_BYTES, `${socket.most} bytes after ${drained}`);
    assert.ok(drained < 40_000_000, 'the sender has stopped');
    socket.take(50_000);
  }
  await sent;
});

test('a slow client’s pieces in parts hold less, and no buffer that others wait for', async () => {
  const { vault, reading } = bigVault(3);
  const buffers = createPieceBuffers();
  const sockets = Array.from({ length: 40 }, () => new SlowSocket());
  const sent = sockets.map((socket) => {
    socket.outlet.cutTo(8_192);
    socket.outlet.grant(60_000_000);
    return socket.sender(buffers).send(vault, chunkId, 1);
  });
  await settle();
  const fast = new SlowSocket();
  fast.outlet.grant(60_000_000);
  const whole = fast.sender(buffers).send(vault, chunkId, 1);
  for (let round = 0; round < 3; round++) {
    await settle();
    fast.take(1_000_000);
  }
  await whole;
  assert.equal(reading.now, 0);
  assert.ok(sockets.every(({ frames }) => frames > 1));
  while (sockets.some(({ buffered }) => buffered > 0)) {
    for (const socket of sockets) socket.take(20_000);
    await settle();
  }
  await Promise.all(sent);
  assert.ok(Math.max(...sockets.map(({ most }) => most)) <= 30_000);
});

test('a client that stops reading while its piece is read from disk holds no buffer that others wait for', async () => {
  const { vault } = bigVault(1);
  const buffers = createPieceBuffers();
  const slow = Array.from({ length: 32 }, () => new SlowSocket());
  const sent = slow.map((socket) => {
    socket.outlet.grant(60_000_000);
    return socket.sender(buffers).send(vault, chunkId, 1);
  });
  await Promise.resolve(); // the pieces are being read
  for (const socket of slow) socket.buffered = BUDGET_BYTES;
  const fast = new SlowSocket();
  fast.outlet.grant(60_000_000);
  const whole = fast.sender(buffers).send(vault, chunkId, 1);
  await settle();
  assert.deepEqual([fast.frames, ...new Set(slow.map(({ frames }) => frames))], [1, 0]);
  for (const socket of slow) socket.take(BUDGET_BYTES);
  await Promise.all([whole, ...sent]);
});

test('large answers beside a download wait their turn: one of them stands in the socket, in order', async () => {
  const socket = new SlowSocket();
  const order: number[] = [];
  const passes = [0, 1, 2, 3].map((number) =>
    socket.gate.pass(() => {
      order.push(number);
      socket.transmit(new Uint8Array(262_156));
    }),
  );
  await settle();
  assert.deepEqual(order, [0]);
  for (let round = 0; round < 100; round++) {
    assert.ok(socket.most <= BUDGET_BYTES, String(socket.most));
    socket.take(20_000);
  }
  await Promise.all(passes);
  assert.deepEqual(order, [0, 1, 2, 3]);
});

test('all connections together read so many pieces at a time and no more', async () => {
  const { vault, reading } = bigVault(4);
  const buffers = createPieceBuffers();
  const sockets = Array.from({ length: 100 }, () => new SlowSocket());
  const senders = sockets.map((socket) => socket.sender(buffers));
  for (const { outlet } of sockets) outlet.grant(60_000_000);
  const sent = Promise.all(senders.map((sender) => sender.send(vault, chunkId, 1)));
  while (sockets.some(({ frames, buffered }) => frames < 4 || buffered > 0)) {
    await settle();
    for (const socket of sockets) socket.take(1_000_000);
  }
  await sent;
  assert.equal(reading.most, 32);
});

test('what is cancelled stops before its next piece, and what is asked for afterwards comes', async () => {
  const { vault } = bigVault(3);
  const socket = new SlowSocket();
  const sender = socket.sender();
  socket.outlet.grant(300_000);
  const [first, queued] = [sender.send(vault, chunkId, 1), sender.send(vault, chunkId, 2)];
  const both = Promise.all([
    assert.rejects(first, { code: 'cancelled' }),
    assert.rejects(queued, { code: 'cancelled' }),
  ]);
  await settle();
  sender.cancelAll();
  await both;
  assert.equal(socket.frames, 1);
  socket.outlet.grant(1_000_000);
  const later = sender.send(vault, chunkId, 3);
  for (let round = 0; round < 4; round++) {
    socket.take(1_000_000);
    await settle();
  }
  await later;
  assert.equal(socket.frames, 4);
});

test('a piece that stands at another’s place in the index is damage, not an answer', async () => {
  const { vault } = bigVault(3);
  const swapped: Vault = Object.assign(vault, {
    readPiece: () => Promise.resolve({ index: 2, last: true, checksum: 0 }),
  });
  const socket = new SlowSocket();
  const sender = socket.sender();
  socket.outlet.grant(10_000_000);
  await assert.rejects(sender.send(swapped, chunkId, 1), { code: 'storage-damaged' });
  assert.equal(socket.frames, 0);
});

test('a lent buffer comes back also when its use fails, to whoever has waited longest', async () => {
  const pool = new BufferPool(8, 1);
  const order: string[] = [];
  const failing = pool.lend(async () => {
    order.push('failing');
    await settle();
    throw new TypeError('a use that fails');
  });
  const waiting = ['second', 'third'].map((name) =>
    pool.lend((buffer) => {
      order.push(`${name} ${buffer.length}`);
      return Promise.resolve();
    }),
  );
  await assert.rejects(failing);
  await Promise.all(waiting);
  assert.deepEqual(order, ['failing', 'second 8', 'third 8']);
});

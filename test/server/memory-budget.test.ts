/** What clients that don't read make the server hold, of all connections together. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPieceBuffers } from '../../server/connection/chunk-sender.ts';
import { Connection } from '../../server/connection/connection.ts';
import { MemoryBudget } from '../../server/connection/memory-budget.ts';
import type { Socket } from '../../server/connection/socket.ts';
import type { Part } from '../../shared/wire/parts.ts';
import { waitFor } from '../helpers/wait.ts';
import { wrapBlobs } from './blob-wrappers.ts';
import { newMember, secondConnection } from './members.ts';
import { startTestServer } from './test-server.ts';
import { randomChunk, randomSnapshotId } from './wire-client.ts';

const FRAME_BYTES = 60_000;

/** Takes bytes only when it is told to. */
class StandingSocket implements Socket {
  standingBytes = 0;

  send(frame: Uint8Array): boolean {
    this.standingBytes += frame.length;
    return true;
  }

  bufferedBytes(): number {
    return this.standingBytes;
  }

  close(): void {
    this.standingBytes = 0;
  }
}

function connections(count: number, memory: MemoryBudget) {
  const pieceBuffers = createPieceBuffers();
  return Array.from({ length: count }, (_, id) => {
    const socket = new StandingSocket();
    return { socket, connection: new Connection({ id, address: 'here', socket, pieceBuffers, memory }) };
  });
}

function answerLargely(connection: Connection): Promise<void> {
  const sealed = new Uint8Array(FRAME_BYTES);
  return connection.answer({ type: 'piece', index: 0, last: true, checksum: 0, sealed }, 1);
}

test('slow readers hold no more than the budget and a frame each, and get the rest when they read', async () => {
  const budgetBytes = 500_000;
  const memory = new MemoryBudget(budgetBytes);
  const all = connections(20, memory);
  const answers = all.flatMap(({ connection }) => [1, 2, 3, 4].map(() => answerLargely(connection)));
  const standingBytes = () => all.reduce((sum, { socket }) => sum + socket.standingBytes, 0);
  assert.ok(memory.isSpent);
  assert.ok(standingBytes() <= budgetBytes + 20 * (FRAME_BYTES + 100), `${standingBytes()} bytes`);
  while (standingBytes() > 0) {
    for (const { socket, connection } of all) {
      socket.standingBytes = 0;
      connection.drained();
    }
  }
  await Promise.all(answers);
  assert.ok(memory.hasRoomFor(budgetBytes), 'all that was counted in is counted out');
});

test('what a client holds is counted until it has taken it or is gone, messages in parts included', () => {
  const memory = new MemoryBudget(100_000);
  const [one, two] = connections(2, memory);
  assert.ok(one !== undefined && two !== undefined);
  void answerLargely(one.connection);
  const isAtRest = () => one.connection.isAtRest;
  assert.equal(isAtRest(), false);
  assert.ok(memory.hasRoomFor(39_000) && !memory.hasRoomFor(41_000));
  const part: Part & { readonly type: 'part' } = {
    type: 'part',
    totalBytes: 50_000,
    offset: 0,
    bytes: new Uint8Array(10),
  };
  two.connection.assemble({ requestId: 1, payloadBytes: 18, message: part });
  assert.ok(memory.isSpent);
  two.connection.closed();
  assert.ok(memory.hasRoomFor(39_000));
  one.socket.standingBytes = 0;
  one.connection.drained();
  assert.ok(isAtRest() && memory.hasRoomFor(100_000));
});

test('while a client that doesn’t read holds the budget, others get on by one request at a time', async (t) => {
  let release: () => void = () => undefined;
  let held: Promise<void> | undefined;
  const server = await startTestServer(t, {
    config: { memoryBudgetBytes: 90_000 }, // less than what may always stand in a socket
    wrapBlobs: (blobs) =>
      wrapBlobs(blobs, {
        sync: async () => {
          await held;
          await blobs.sync();
        },
      }),
  });
  const member = await newMember(server);
  const chunk = randomChunk(...Array.from({ length: 9 }, () => 250_000));
  await member.client.putChunk(chunk);
  const slow = await secondConnection(server, member, { downloadCreditBytes: 60_000_000 });
  slow.socket.pause();
  for (let i = 0; i < 25; i++) slow.send({ type: 'get-chunk', chunkId: chunk.chunkId });
  const commit = () =>
    ({
      type: 'commit-snapshot',
      snapshotId: randomSnapshotId(),
      sealed: Buffer.of(1),
      refPages: [],
    }) as const;
  /** What the second of two small requests at once is answered. */
  const second = async (): Promise<string> => {
    held = new Promise((resolve) => (release = resolve));
    const first = member.client.send(commit());
    const answering = member.client.ask(commit());
    await member.client.expect('pong', { type: 'ping' });
    release();
    const { message } = await member.client.take(({ requestId }) => requestId === first);
    assert.equal(message.type, 'snapshot-accepted', 'one is always taken');
    const answer = await answering;
    return answer.type === 'error' ? answer.code : answer.type;
  };
  await waitFor(
    'the slow client to hold the budget',
    async () => (await second()) === 'server-busy' || undefined,
  );
  slow.socket.terminate();
  await waitFor('its memory to be free', async () => (await second()) === 'snapshot-accepted' || undefined);
});

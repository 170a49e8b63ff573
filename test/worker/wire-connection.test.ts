import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { checksum } from '../../server/checksum.ts';
import { fromHex } from '../../shared/bytes.ts';
import { HoldfastError } from '../../shared/errors.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import type { ChunkId } from '../../shared/ids.ts';
import { encodeServerMessage } from '../../shared/wire/messages.ts';
import type { ServerMessage } from '../../shared/wire/messages.ts';
import { WireConnection } from '../../web/worker/connection/wire-connection.ts';
import type { Piece } from '../../web/worker/connection/wire-connection.ts';
import { assertRejectsCode, hasCode } from '../helpers/coded-errors.ts';
import { freePort } from '../helpers/free-port.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { waitFor } from '../helpers/wait.ts';
import { openSocket } from './engine-ports.ts';
import { ManualClock } from './manual-clock.ts';
import { startScriptedServer } from './scripted-server.ts';
import type { ScriptedConnection, Script } from './scripted-server.ts';

const MIB = 1024 * 1024;
/** What a piece's payload has beside its sealed bytes. */
const FIELDS_BYTES = 39;
const CHUNK = 'ab'.repeat(32) as ChunkId;

interface Pair {
  readonly connection: WireConnection;
  readonly server: ScriptedConnection;
  readonly clock: ManualClock;
}

/** A connection that has been welcomed, with its other end. */
async function connect(test: TestContext, script?: Script): Promise<Pair> {
  const clock = new ManualClock();
  const listening = await startScriptedServer(test, script);
  const { connection } = await WireConnection.open(listening.url, { openSocket, clock, checksum });
  test.after(() => {
    connection.close(new HoldfastError('cancelled'));
  });
  return { connection, server: await listening.connection(), clock };
}

function piecesOf(count: number, sizeBytes = 100_000): Piece[] {
  return Array.from({ length: count }, (_, index) => {
    const sealed = seededRandom(index).bytes(sizeBytes);
    return { index, last: index === count - 1, checksum: checksum(sealed), sealed };
  });
}

/** Time for messages under way to arrive, where a test waits for something not to happen. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 100));
}

describe('opening a connection', () => {
  it('greets first, and tells what it is ready to receive', async (test) => {
    const { server } = await connect(test);
    const [first] = server.received;
    assert.deepEqual(first?.message, { type: 'hello', downloadCreditBytes: 8 * MIB });
  });

  it('tells the server’s version', async (test) => {
    const { url } = await startScriptedServer(test);
    const ports = { openSocket, clock: new ManualClock(), checksum };
    const { connection, welcome } = await WireConnection.open(url, ports);
    assert.equal(welcome.serverVersion, '1.2.3');
    connection.close(new HoldfastError('cancelled'));
  });

  it('fails where nobody listens', async () => {
    const url = `ws://127.0.0.1:${await freePort()}/ws`;
    const ports = { openSocket, clock: new ManualClock(), checksum };
    await assertRejectsCode(WireConnection.open(url, ports), 'offline');
  });

  it('is given up, socket and all, when the server is silent or says something else', async (test) => {
    const answers: readonly [ServerMessage | 'silence', ErrorCode][] = [
      ['silence', 'offline'],
      [
        { type: 'error', code: 'version-unsupported', detail: '', retryAfterMs: undefined },
        'version-unsupported',
      ],
      [{ type: 'error', code: 'shutting-down', detail: '', retryAfterMs: undefined }, 'shutting-down'],
      [{ type: 'pong' }, 'malformed'],
    ];
    for (const [answer, code] of answers) {
      const listening = await startScriptedServer(test, () => answer);
      const clock = new ManualClock();
      const opening = WireConnection.open(listening.url, { openSocket, clock, checksum });
      const refused = assertRejectsCode(opening, code);
      const server = await listening.connection();
      await server.message('hello');
      await clock.advance(10_000);
      await refused;
      await server.whenClosed();
    }
  });
});

describe('requests', () => {
  it('get their own answers, in whatever order they come', async (test) => {
    const { connection, server } = await connect(test);
    const asked = [
      connection.request({ type: 'status' }),
      connection.request({ type: 'get-changes', afterSeq: 5 }),
    ];
    const [status, changes] = await Promise.all([server.message('status'), server.message('get-changes')]);
    server.send({ type: 'vault-changed', headSeq: 2 }, changes.requestId);
    server.send({ type: 'vault-changed', headSeq: 1 }, status.requestId);
    assert.deepEqual(await Promise.all(asked), [
      { type: 'vault-changed', headSeq: 1 },
      { type: 'vault-changed', headSeq: 2 },
    ]);
  });

  it('fail with the server’s code, detail and time to wait', async (test) => {
    const { connection } = await connect(test, (message) =>
      message.type === 'status'
        ? { type: 'error', code: 'storage-full', detail: 'disk', retryAfterMs: 700 }
        : undefined,
    );
    await assert.rejects(connection.request({ type: 'status' }), {
      code: 'storage-full',
      detail: 'disk',
      retryAfterMs: 700,
    });
    assert.equal(connection.isOpen, true);
  });

  it('fail as internal with a code that isn’t in the table', async (test) => {
    const { connection } = await connect(test, (message) =>
      message.type === 'status'
        ? { type: 'error', code: 'constructor', detail: '', retryAfterMs: undefined }
        : undefined,
    );
    await assertRejectsCode(connection.request({ type: 'status' }), 'internal');
  });

  it('all fail when the connection is lost, and later ones at once', async (test) => {
    const { connection, server } = await connect(test);
    const asked = [connection.request({ type: 'status' }), connection.getChunk(CHUNK)];
    await server.message('get-chunk');
    server.drop();
    for (const each of asked) await assertRejectsCode(each, 'offline');
    await assertRejectsCode(connection.request({ type: 'status' }), 'offline');
    await assertRejectsCode(connection.getChunk(CHUNK), 'offline');
    await assertRejectsCode(connection.putChunk(CHUNK, piecesOf(1)).sent, 'offline');
    assert.ok(hasCode('offline')(await connection.closed));
  });

  it('hear nothing of answers that are not theirs', async (test) => {
    const { connection, server } = await connect(test);
    const pushed: ServerMessage[] = [];
    connection.onPush = (message) => pushed.push(message);
    server.send({ type: 'done' }, 4_000_000_000);
    server.send({ type: 'vault-changed', headSeq: 9 }, 0);
    await waitFor('the push', () => pushed[0]);
    assert.deepEqual(pushed, [{ type: 'vault-changed', headSeq: 9 }]);
    assert.equal(connection.isOpen, true);
  });
});

describe('a server that talks nonsense', () => {
  const frame = encodeServerMessage({ type: 'vault-changed', headSeq: 1 }, 0);
  const nonsense: readonly [string, Uint8Array | string, ErrorCode][] = [
    ['text', 'hello', 'malformed'],
    ['nothing', new Uint8Array(0), 'malformed'],
    ['random bytes', new Uint8Array([1, ...seededRandom(1).bytes(50)]), 'malformed'],
    ['another version', new Uint8Array([2, ...frame.subarray(1)]), 'version-unsupported'],
    ['an unknown kind', fromHex('01' + 'ff' + '0000' + '00000000' + '00000000'), 'unknown-kind'],
    ['a message of the client’s', fromHex('01' + '02' + '0000' + '00000000' + '00000000'), 'unknown-kind'],
    ['a frame cut short', frame.subarray(0, -1), 'malformed'],
    ['a frame with more behind it', new Uint8Array([...frame, 0]), 'malformed'],
    ['a frame that claims to be huge', fromHex('01' + 'a1' + '0000' + '00000000' + 'ffffffff'), 'too-large'],
  ];
  for (const [what, data, code] of nonsense) {
    it(`is left, and everything that waits fails with the reason: ${what}`, async (test) => {
      const { connection, server } = await connect(test);
      const asked = assertRejectsCode(connection.request({ type: 'status' }), code);
      const put = connection.putChunk(CHUNK, piecesOf(20));
      const sent = assertRejectsCode(put.sent, code);
      await server.message('put-piece', 5);
      server.sendRaw(data);
      await Promise.all([asked, sent, assertRejectsCode(put.stored, code)]);
      assert.ok(hasCode(code)(await connection.closed));
      await server.whenClosed();
    });
  }

  it('is left when it reports an error that concerns the whole connection', async (test) => {
    const { connection, server } = await connect(test);
    server.send({ type: 'error', code: 'session-expired', detail: '', retryAfterMs: undefined }, 0);
    assert.ok(hasCode('session-expired')(await connection.closed));
  });

  it('fails the one request that it answers with something else', async (test) => {
    const { connection, server } = await connect(test, (message) =>
      message.type === 'get-chunk' || message.type === 'put-piece' ? { type: 'pong' } : undefined,
    );
    await assertRejectsCode(connection.getChunk(CHUNK), 'malformed');
    await assertRejectsCode(connection.putChunk(CHUNK, piecesOf(1)).stored, 'malformed');
    assert.equal(connection.isOpen, true);
    assert.equal(server.closed, false);
  });
});

describe('sending a chunk', () => {
  it('sends its pieces in order under one request and tells when they are out and when they are stored', async (test) => {
    const { connection, server } = await connect(test);
    const pieces = piecesOf(5);
    const put = connection.putChunk(CHUNK, pieces);
    assert.equal(await put.sent, 5 * (100_000 + FIELDS_BYTES));
    const last = await server.message('put-piece', 4);
    assert.deepEqual(
      server.messagesOf('put-piece'),
      pieces.map((piece) => ({ type: 'put-piece', chunkId: CHUNK, ...piece })),
    );
    const ids = new Set(
      server.received.filter(({ message }) => message.type === 'put-piece').map((r) => r.requestId),
    );
    assert.deepEqual([...ids], [last.requestId]);
    server.send({ type: 'chunk-stored', existed: false }, last.requestId);
    await put.stored;
  });

  it('never sends more than the server has allowed, to the byte', async (test) => {
    const pieceBytes = 100_000 + FIELDS_BYTES;
    const welcome = {
      type: 'welcome',
      uploadCreditBytes: 2 * pieceBytes + 1,
      serverTimeMs: 0,
      serverVersion: '',
    } as const;
    const { connection, server } = await connect(test, ({ type }) =>
      type === 'hello' ? welcome : undefined,
    );
    const put = connection.putChunk(CHUNK, piecesOf(5));
    await server.message('put-piece', 1);
    await settle();
    assert.equal(server.messagesOf('put-piece').length, 2);
    server.send({ type: 'credit', bytes: pieceBytes - 2 });
    await settle();
    assert.equal(server.messagesOf('put-piece').length, 2);
    server.send({ type: 'credit', bytes: 1 });
    await server.message('put-piece', 2);
    await settle();
    assert.equal(server.messagesOf('put-piece').length, 3);
    server.send({ type: 'credit', bytes: 2 * pieceBytes });
    assert.equal(await put.sent, 5 * pieceBytes);
  });

  it('stops when the server has refused the chunk', async (test) => {
    const { connection, server } = await connect(test, ({ type }) =>
      type === 'put-piece'
        ? { type: 'error', code: 'storage-full', detail: '', retryAfterMs: undefined }
        : undefined,
    );
    const put = connection.putChunk(CHUNK, piecesOf(30));
    await assertRejectsCode(put.stored, 'storage-full');
    server.send({ type: 'credit', bytes: 10 * MIB });
    await put.sent;
    await settle();
    assert.ok(server.messagesOf('put-piece').length < 30);
    assert.equal(connection.isOpen, true);
  });

  it('loses no credit by chunks that were refused half-way', async (test) => {
    const refusal = { type: 'error', code: 'storage-full', detail: '', retryAfterMs: undefined } as const;
    const script = { refuses: true };
    const { connection, server } = await connect(test, ({ type }) =>
      script.refuses && type === 'put-piece' ? refusal : undefined,
    );
    const pieceBytes = 100_000 + FIELDS_BYTES;
    const inWindow = Math.floor(MIB / pieceBytes);
    for (let round = 1; round <= 20; round++) {
      const put = connection.putChunk(CHUNK, piecesOf(inWindow + 1));
      await assertRejectsCode(put.stored, 'storage-full');
      // What arrived is given back; the piece that waits finds its chunk refused and never goes out.
      server.send({ type: 'credit', bytes: inWindow * pieceBytes });
      assert.equal(await put.sent, inWindow * pieceBytes);
      await server.message('put-piece', round * inWindow - 1);
    }
    script.refuses = false;
    await connection.putChunk(CHUNK, piecesOf(inWindow)).sent;
    await server.message('put-piece', 21 * inWindow - 1);
  });

  it('waits until the one before is out: two are never mixed', async (test) => {
    const { connection, server } = await connect(test);
    const other = 'cd'.repeat(32) as ChunkId;
    const puts = [connection.putChunk(CHUNK, piecesOf(8)), connection.putChunk(other, piecesOf(8))];
    await server.message('put-piece', 9);
    server.send({ type: 'credit', bytes: MIB });
    await Promise.all(puts.map(async ({ sent }) => sent));
    await server.message('put-piece', 15);
    const order = server.messagesOf('put-piece').map(({ chunkId }) => chunkId);
    assert.deepEqual(order, [
      ...Array.from({ length: 8 }, () => CHUNK),
      ...Array.from({ length: 8 }, () => other),
    ]);
  });

  it('is rejected when the connection is lost while it waits for credit', async (test) => {
    const { connection, server } = await connect(test);
    const put = connection.putChunk(CHUNK, piecesOf(30));
    await server.message('put-piece', 5);
    server.drop();
    await assertRejectsCode(put.sent, 'offline');
    await assertRejectsCode(put.stored, 'offline');
  });
});

describe('fetching a chunk', () => {
  const send = (server: ScriptedConnection, requestId: number, pieces: readonly Piece[]): void => {
    for (const piece of pieces) server.send({ type: 'piece', ...piece }, requestId);
  };

  it('gives its pieces as they were sent', async (test) => {
    const { connection, server } = await connect(test);
    const pieces = piecesOf(4);
    const fetching = connection.getChunk(CHUNK);
    const { message, requestId } = await server.message('get-chunk');
    assert.equal(message.chunkId, CHUNK);
    send(server, requestId, pieces);
    assert.deepEqual(
      await fetching,
      pieces.map(({ sealed }) => sealed),
    );
  });

  it('refuses pieces that are damaged, missing, repeated or out of order', async (test) => {
    const { connection, server } = await connect(test);
    const [a, b, c] = piecesOf(3) as [Piece, Piece, Piece];
    const attempts: readonly [readonly Piece[], ErrorCode][] = [
      [[a, { ...b, checksum: (b.checksum ^ 1) >>> 0 }, c], 'checksum-mismatch'],
      [[a, c], 'piece-out-of-order'],
      [[b, a, c], 'piece-out-of-order'],
      [[a, a, b, c], 'piece-out-of-order'],
    ];
    for (const [index, [pieces, code]] of attempts.entries()) {
      const fetching = assertRejectsCode(connection.getChunk(CHUNK), code);
      send(server, (await server.message('get-chunk', index)).requestId, pieces);
      await fetching;
    }
    assert.equal(connection.isOpen, true);
  });

  it('fails with the server’s code, before the first piece and after', async (test) => {
    const { connection, server } = await connect(test);
    const error = { type: 'error', code: 'storage-damaged', detail: '', retryAfterMs: undefined } as const;
    for (const [index, before] of [[], piecesOf(3).slice(0, 2)].entries()) {
      const fetching = assertRejectsCode(connection.getChunk(CHUNK), 'storage-damaged');
      const { requestId } = await server.message('get-chunk', index);
      send(server, requestId, before);
      server.send(error, requestId);
      await fetching;
    }
  });

  it('grants what has been received again, also for pieces that nobody wants any more', async (test) => {
    const { connection, server } = await connect(test);
    const pieces = piecesOf(12, 200_000);
    const fetching = connection.getChunk(CHUNK);
    const first = await server.message('get-chunk');
    send(server, first.requestId, pieces);
    await fetching;
    send(server, first.requestId, pieces);
    await server.message('credit', 3);
    await settle();
    const granted = server.messagesOf('credit').reduce((sum, { bytes }) => sum + bytes, 0);
    const receivedBytes = 24 * (200_000 + FIELDS_BYTES - 32);
    assert.ok(granted <= receivedBytes && granted > receivedBytes - MIB, `${granted} of ${receivedBytes}`);
  });
});

describe('the heartbeat', () => {
  it('asks again and again, and tells how long the answer took', async (test) => {
    const { connection, server, clock } = await connect(test);
    const latencies: number[] = [];
    connection.onLatency = (latencyMs) => latencies.push(latencyMs);
    for (let beat = 0; beat < 3; beat++) {
      await server.message('ping', beat);
      await waitFor('the pong', () => (latencies.length > beat ? true : undefined));
      await clock.advance(1_000);
    }
    assert.ok(latencies.slice(0, 3).every((latencyMs) => latencyMs >= 0 && latencyMs < 1_000));
  });

  it('tells of a silence before two seconds of it have passed, and of its end', async (test) => {
    const script = { isMute: false };
    const { connection, server, clock } = await connect(test, () => (script.isMute ? 'silence' : undefined));
    await server.message('ping');
    await settle();
    const silences: number[] = [];
    connection.onSilence = (silentMs) => silences.push(silentMs);
    script.isMute = true;
    await clock.advance(1_000);
    assert.ok(silences.every((silentMs) => silentMs === 0));
    await clock.advance(900);
    assert.ok(Math.max(...silences) >= 1_500 && Math.max(...silences) < 2_000, silences.join());
    server.send({ type: 'vault-changed', headSeq: 1 });
    await settle();
    await clock.advance(900);
    assert.equal(silences.at(-1), 0);
    assert.equal(connection.isOpen, true);
  });

  it('gives a connection up that stays silent for 15 seconds, though nothing closed it', async (test) => {
    const script = { isMute: false };
    const { connection, server, clock } = await connect(test, () => (script.isMute ? 'silence' : undefined));
    await server.message('ping');
    await settle();
    script.isMute = true;
    const asked = assertRejectsCode(connection.request({ type: 'status' }), 'stalled');
    await clock.advance(14_000);
    assert.equal(connection.isOpen, true);
    await clock.advance(2_000);
    await asked;
    assert.ok(hasCode('stalled')(await connection.closed));
    await server.whenClosed();
    await clock.advance(60_000);
    assert.equal(clock.sleeping, 0);
  });

  it('ends with the connection', async (test) => {
    const { connection, server, clock } = await connect(test);
    await server.message('ping');
    server.drop();
    await connection.closed;
    await clock.advance(5_000);
    assert.equal(clock.sleeping, 0);
  });
});

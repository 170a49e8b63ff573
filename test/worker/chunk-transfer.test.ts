import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ErrorCode } from '../../shared/errors.ts';
import type { ChunkId } from '../../shared/ids.ts';
import { MAX_PIECES } from '../../shared/limits.ts';
import type { Piece } from '../../web/worker/connection/wire-connection.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';
import type { ScriptedConnection } from './scripted-server.ts';
import { CHUNK, MIB, connect, piecesOf, settle } from './wire-pair.ts';

/** What a piece's payload has beside its sealed bytes. */
const FIELDS_BYTES = 39;
/** Pieces of which a whole chunk is within the credit that a client begins with. */
const SMALL_BYTES = 3_000;

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
    const pieces = piecesOf(4, SMALL_BYTES);
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
    const [a, b, c] = piecesOf(3, SMALL_BYTES) as [Piece, Piece, Piece];
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
    for (const [index, before] of [[], piecesOf(3, SMALL_BYTES).slice(0, 2)].entries()) {
      const fetching = assertRejectsCode(connection.getChunk(CHUNK), 'storage-damaged');
      const { requestId } = await server.message('get-chunk', index);
      send(server, requestId, before);
      server.send(error, requestId);
      await fetching;
    }
  });

  it('grants what has been received again, also for pieces that nobody wants any more', async (test) => {
    const { connection, server } = await connect(test);
    const pieces = piecesOf(MAX_PIECES, SMALL_BYTES);
    const fetching = connection.getChunk(CHUNK);
    const first = await server.message('get-chunk');
    send(server, first.requestId, pieces);
    await fetching;
    await server.message('credit', 2);
    send(server, first.requestId, pieces);
    await server.message('credit', 4);
    await settle();
    const granted = server.messagesOf('credit').reduce((sum, { bytes }) => sum + bytes, 0);
    const receivedBytes = 2 * MAX_PIECES * (SMALL_BYTES + FIELDS_BYTES - 32);
    assert.ok(
      granted <= receivedBytes && granted > receivedBytes - MIB / 128,
      `${granted} of ${receivedBytes}`,
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FULL_FIRST_PIECE_BYTES } from '../../shared/format/sealed-chunk.ts';
import { FirstPieces } from '../../web/worker/backup/first-pieces.ts';

const piece = (sizeBytes: number): Uint8Array<ArrayBuffer> => new Uint8Array(sizeBytes);

describe('the buffers of first pieces', () => {
  it('are used again, and the others of a chunk are given back', () => {
    const firstPieces = new FirstPieces();
    const first = firstPieces.allot(FULL_FIRST_PIECE_BYTES);
    const second = piece(1_000);
    firstPieces.takeBack([first, second]);
    assert.equal(first.length, FULL_FIRST_PIECE_BYTES);
    assert.equal(second.length, 0);
    assert.equal(firstPieces.allot(FULL_FIRST_PIECE_BYTES).buffer, first.buffer);
  });

  it('are never lent twice', () => {
    const firstPieces = new FirstPieces();
    firstPieces.takeBack([firstPieces.allot(FULL_FIRST_PIECE_BYTES)]);
    const [one, other] = [FULL_FIRST_PIECE_BYTES, FULL_FIRST_PIECE_BYTES].map((size) =>
      firstPieces.allot(size),
    );
    assert.notEqual(one?.buffer, other?.buffer);
  });

  it('of another length are made anew, and given back: a stored piece must not bring a larger buffer along', () => {
    const firstPieces = new FirstPieces();
    firstPieces.takeBack([firstPieces.allot(FULL_FIRST_PIECE_BYTES)]);
    const short = firstPieces.allot(500);
    assert.equal(short.buffer.byteLength, 500);
    firstPieces.takeBack([short]);
    assert.equal(short.length, 0);
  });

  it('are kept up to what an outbox holds', () => {
    const firstPieces = new FirstPieces();
    const many = Array.from({ length: 30 }, () => firstPieces.allot(FULL_FIRST_PIECE_BYTES));
    for (const first of many) firstPieces.takeBack([first]);
    const kept = many.filter(({ length }) => length > 0);
    assert.equal(kept.length, 8);
  });

  it('are given back at the end', () => {
    const firstPieces = new FirstPieces();
    const first = firstPieces.allot(FULL_FIRST_PIECE_BYTES);
    firstPieces.takeBack([first]);
    firstPieces.release();
    assert.equal(first.length, 0);
  });

  it('of a chunk without pieces are none', () => {
    assert.doesNotThrow(() => {
      new FirstPieces().takeBack([]);
    });
  });
});

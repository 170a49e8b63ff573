import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ChunkId } from '../../shared/ids.ts';
import { MAX_FRAME_BYTES } from '../../shared/wire/frame.ts';
import { decodeClientMessage, encodeClientMessage } from '../../shared/wire/messages.ts';
import type { ClientMessage, Received } from '../../shared/wire/messages.ts';
import { PartAssembler } from '../../shared/wire/parts.ts';
import type { Part } from '../../shared/wire/parts.ts';
import { assertThrowsCode, orCodedError } from '../helpers/coded-errors.ts';

const REQUEST = 7;
const GET_CHUNK: ClientMessage = { type: 'get-chunk', chunkId: 'ab'.repeat(32) as ChunkId };

function assembler(): PartAssembler<ClientMessage> {
  return new PartAssembler<ClientMessage>(decodeClientMessage);
}

/** `frame` cut at `cuts`. */
function parts(frame: Uint8Array, ...cuts: readonly number[]): Part[] {
  const ends = [...cuts, frame.length];
  return ends.map((end, index) => {
    const offset = index === 0 ? 0 : (ends[index - 1] ?? 0);
    return { totalBytes: frame.length, offset, bytes: frame.subarray(offset, end) };
  });
}

/** A part as it is received, in memory that is gone afterwards. */
function received(part: Part, requestId = REQUEST): Received<ClientMessage> {
  const frame = encodeClientMessage({ type: 'part', ...part }, requestId);
  return decodeClientMessage(frame.slice());
}

/** Takes all; gives what the last one makes up. */
function takeAll(all: readonly Part[], into = assembler(), requestId = REQUEST) {
  return all.map((part) => into.take(received(part, requestId))).at(-1);
}

const FRAME = encodeClientMessage(GET_CHUNK, REQUEST).slice();

describe('a message in parts', () => {
  it('is the message that was cut, wherever it was cut', () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: FRAME.length - 1 }), { maxLength: 8 });
    fc.assert(
      fc.property(cuts, (places) => {
        const whole = takeAll(parts(FRAME, ...places.sort((a, b) => a - b)));
        assert.deepEqual(whole, decodeClientMessage(FRAME));
      }),
    );
  });

  it('lets other messages through between its parts', () => {
    const into = assembler();
    const [first, second] = parts(FRAME, 20) as [Part, Part];
    assert.equal(into.take(received(first)), undefined);
    const ping = decodeClientMessage(encodeClientMessage({ type: 'ping' }, 8));
    assert.equal(into.take(ping), ping);
    assert.deepEqual(into.take(received(second))?.message, GET_CHUNK);
  });

  it('is dropped when another one begins, whose parts then count', () => {
    const into = assembler();
    const other = encodeClientMessage({ type: 'credit', bytes: 5 }, 9).slice();
    into.take(received({ totalBytes: FRAME.length, offset: 0, bytes: FRAME.subarray(0, 30) }));
    assert.deepEqual(takeAll(parts(other, 7), into, 9)?.message, { type: 'credit', bytes: 5 });
  });
});

describe('parts that an attacker sends', () => {
  const [first, second, third] = parts(FRAME, 10, 30) as [Part, Part, Part];
  const attacks: readonly [string, readonly Part[]][] = [
    ['without the first', [second]],
    ['with one missing', [first, third]],
    ['with one twice', [first, second, second]],
    ['that overlap', [first, { ...second, offset: second.offset - 1 }]],
    ['with a hole', [first, { ...second, offset: second.offset + 1 }]],
    ['of another length than the first said', [first, { ...second, totalBytes: FRAME.length + 1 }]],
    ['that hold more than was said', [first, { ...second, bytes: new Uint8Array(FRAME.length) }]],
    ['that hold more than was said, at once', [{ totalBytes: 12, offset: 0, bytes: FRAME }]],
    ['that hold nothing', [{ ...first, bytes: new Uint8Array() }]],
    ['that hold nothing, later', [first, { ...second, bytes: new Uint8Array() }]],
    ['of less than a frame’s header', [{ totalBytes: 11, offset: 0, bytes: new Uint8Array(5) }]],
    ['behind the end of a message', [...parts(FRAME, 10), { ...second, offset: FRAME.length }]],
  ];
  for (const [what, all] of attacks) {
    it(`are refused, and what had come is forgotten: ${what}`, () => {
      const into = assembler();
      for (const part of all.slice(0, -1)) into.take(received(part));
      const last = all.at(-1);
      assert.ok(last);
      assertThrowsCode(() => into.take(received(last)), 'malformed');
      assertThrowsCode(() => into.take(received(second)), 'malformed');
    });
  }

  it('are refused before any memory is set apart when they claim to be too large', () => {
    const into = assembler();
    const claim = { totalBytes: MAX_FRAME_BYTES + 1, offset: 0, bytes: new Uint8Array(1) };
    assertThrowsCode(() => into.take(received(claim)), 'too-large');
    assertThrowsCode(() => into.take(received({ ...claim, totalBytes: 0xffff_ffff })), 'too-large');
    assert.equal(into.take(received({ ...claim, totalBytes: MAX_FRAME_BYTES })), undefined);
  });

  it('are refused when another request continues them, or their message is another request’s', () => {
    const into = assembler();
    into.take(received(first, 1));
    assertThrowsCode(() => into.take(received(second, 2)), 'malformed');
    assertThrowsCode(() => takeAll(parts(FRAME, 10), assembler(), REQUEST + 1), 'malformed');
  });

  it('are refused as parts of parts', () => {
    const inner = encodeClientMessage({ type: 'part', ...first }, REQUEST).slice();
    assertThrowsCode(() => takeAll(parts(inner, 15)), 'malformed');
  });

  it('make up messages or coded errors, whatever they are', () => {
    const anyPart = fc.record({
      totalBytes: fc.oneof(fc.constant(FRAME.length), fc.nat(100)),
      offset: fc.nat(60),
      bytes: fc.uint8Array({ maxLength: 60 }),
    });
    fc.assert(
      fc.property(fc.array(anyPart, { maxLength: 20 }), (all) => {
        const into = assembler();
        for (const part of all) orCodedError(() => into.take(received(part)));
        assert.deepEqual(takeAll(parts(FRAME, 10), into)?.message, GET_CHUNK);
      }),
    );
  });
});

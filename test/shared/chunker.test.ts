import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { concatBytes } from '../../shared/bytes.ts';
import { Chunker } from '../../shared/format/chunker.ts';
import { GearScanner } from '../../shared/format/gear-scanner.ts';
import { CHUNK_AVERAGE_BYTES, CHUNK_MAX_BYTES, CHUNK_MIN_BYTES } from '../../shared/limits.ts';
import { assertThrowsCode } from '../helpers/coded-errors.ts';
import { seededRandom } from '../helpers/seeded-random.ts';

const MIB = 1024 * 1024;
const table = seededRandom(1).bytes(1_024);
const scanner = new GearScanner(table);
const content = seededRandom(2).bytes(8 * MIB);

/** Ends of all chunks, the file's end included, of content that arrives in parts of the given lengths. */
function cutsOf(bytes: Uint8Array, partBytes: readonly number[] = [bytes.length]): number[] {
  const chunker = new Chunker(scanner);
  const cuts: number[] = [];
  let start = 0;
  for (let part = 0; start < bytes.length; part++) {
    const end = Math.min(bytes.length, start + Number(partBytes[part % partBytes.length]));
    const cut = chunker.next(bytes, start, end);
    if (cut !== -1) cuts.push(cut);
    start = cut === -1 ? end : cut;
  }
  return withEnd(cuts, bytes);
}

function withEnd(cuts: readonly number[], { length }: Uint8Array): number[] {
  return cuts.at(-1) === length ? [...cuts] : [...cuts, length];
}

function lengthsOf(cuts: readonly number[]): number[] {
  return cuts.map((cut, index) => cut - (cuts[index - 1] ?? 0));
}

function digestsOf(bytes: Uint8Array): Set<string> {
  const cuts = cutsOf(bytes);
  const digest = (start: number, end: number): string =>
    createHash('sha256').update(bytes.subarray(start, end)).digest('hex');
  return new Set(cuts.map((cut, index) => digest(cuts[index - 1] ?? 0, cut)));
}

/** FORMAT.md's words, byte for byte. */
function cutsByTheBook(bytes: Uint8Array): number[] {
  const cuts: number[] = [];
  let start = 0;
  const gear = new DataView(table.buffer, table.byteOffset);
  let hash = 0n;
  for (const [place, byte] of bytes.entries()) {
    const inChunk = place - start;
    if (inChunk >= CHUNK_MIN_BYTES)
      hash = ((hash << 1n) + BigInt(gear.getUint32(4 * byte, true))) & 0xffff_ffffn;
    if (!endsChunk(inChunk, hash)) continue;
    cuts.push(place + 1);
    start = place + 1;
    hash = 0n;
  }
  return withEnd(cuts, bytes);
}

/** Whether a chunk ends after its byte number `inChunk`. */
function endsChunk(inChunk: number, hash: bigint): boolean {
  if (inChunk < CHUNK_MIN_BYTES) return false;
  const zeroBits = inChunk < CHUNK_AVERAGE_BYTES ? 22n : 18n;
  return hash >> (32n - zeroBits) === 0n || inChunk === CHUNK_MAX_BYTES - 1;
}

describe('the chunker', () => {
  it('keeps to its bounds, whatever the content', () => {
    const monotonous = [new Uint8Array(5 * MIB), new Uint8Array(5 * MIB).fill(0xff)];
    const periodic = new Uint8Array(5 * MIB).map((_, place) => place % 7);
    for (const bytes of [content, ...monotonous, periodic]) {
      const lengths = lengthsOf(cutsOf(bytes));
      const last = lengths.pop() ?? 0;
      assert.ok(last > 0 && last <= CHUNK_MAX_BYTES);
      for (const length of lengths)
        assert.ok(length > CHUNK_MIN_BYTES && length <= CHUNK_MAX_BYTES, String(length));
    }
  });

  it('cuts by content, not at a fixed place', () => {
    const lengths = new Set(lengthsOf(cutsOf(content)).slice(0, -1));
    assert.ok(lengths.size > 3, [...lengths].join());
  });

  it('cuts where FORMAT.md says', () => {
    for (const bytes of [content.subarray(0, 3 * MIB), new Uint8Array(3 * MIB)]) {
      assert.deepEqual(cutsOf(bytes), cutsByTheBook(bytes));
    }
  });

  it('cuts at the same places however the content arrives', () => {
    const bytes = content.subarray(0, 4 * MIB);
    const whole = cutsOf(bytes);
    const parts = fc.array(fc.oneof(fc.integer({ min: 1, max: 300_000 }), fc.constant(65_536)), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(parts, (partBytes) => {
        assert.deepEqual(cutsOf(bytes, partBytes), whole);
      }),
      { numRuns: 30 },
    );
    assert.deepEqual(cutsOf(bytes, [1]), whole);
  });

  it('changes at most two chunks when bytes are inserted at the start', () => {
    const before = digestsOf(content);
    for (const length of [1, 2, 31, 1_000, 100_000]) {
      const inserted = concatBytes(seededRandom(length).bytes(length), content);
      const fresh = [...digestsOf(inserted)].filter((digest) => !before.has(digest));
      assert.ok(fresh.length <= 2, `${length} bytes made ${fresh.length} chunks new`);
    }
  });

  it('changes at most three chunks when bytes are changed, removed or inserted in the middle', () => {
    const before = digestsOf(content);
    const middle = 3 * MIB + 12_345;
    const [head, tail] = [content.subarray(0, middle), content.subarray(middle)];
    const edits = [
      concatBytes(head, new Uint8Array([7]), tail),
      concatBytes(head, tail.subarray(1)),
      concatBytes(head, new Uint8Array([(tail[0] ?? 0) ^ 1]), tail.subarray(1)),
    ];
    for (const edit of edits) {
      const fresh = [...digestsOf(edit)].filter((digest) => !before.has(digest));
      assert.ok(fresh.length > 0 && fresh.length <= 3, String(fresh.length));
    }
  });

  it('begins anew after every cut: what lies behind one is cut as if it were a file', () => {
    const [first = 0, ...others] = cutsOf(content);
    assert.deepEqual(
      cutsOf(content.subarray(first)),
      others.map((cut) => cut - first),
    );
  });

  it('cuts elsewhere with another vault’s table', () => {
    const chunker = new Chunker(new GearScanner(seededRandom(3).bytes(1_024)));
    assert.notEqual(chunker.next(content, 0, content.length), cutsOf(content)[0]);
  });

  it('takes a table of 256 values and no other', () => {
    for (const length of [0, 1_023, 1_025])
      assertThrowsCode(() => new GearScanner(new Uint8Array(length)), 'malformed');
  });
});

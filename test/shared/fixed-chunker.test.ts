import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FixedChunker } from '../../shared/format/chunker.ts';
import { CHUNK_FIXED_BYTES, CHUNK_MAX_BYTES, PIECE_BYTES } from '../../shared/limits.ts';

/** The chunks' lengths of a file that comes in parts of these lengths. */
function chunksOf(parts: readonly number[]): number[] {
  const chunker = new FixedChunker();
  const chunks: number[] = [];
  let open = 0;
  for (const length of parts) {
    const part = new Uint8Array(length);
    for (let start = 0; start < length;) {
      const cut = chunker.next(part, start, length);
      const end = cut === -1 ? length : cut;
      open += end - start;
      start = end;
      if (cut === -1) continue;
      chunks.push(open);
      open = 0;
    }
  }
  return open === 0 ? chunks : [...chunks, open];
}

describe('chunks of one size', () => {
  it('are whole pieces, and no longer than any chunk may be', () => {
    assert.equal(CHUNK_FIXED_BYTES % PIECE_BYTES, 0);
    assert.ok(CHUNK_FIXED_BYTES <= CHUNK_MAX_BYTES);
  });

  it('end at the same places however a file is read', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 2_500_000 }), { maxLength: 8 }), (parts) => {
        const bytes = parts.reduce((sum, length) => sum + length, 0);
        const chunks = chunksOf(parts);
        assert.ok(chunks.slice(0, -1).every((length) => length === CHUNK_FIXED_BYTES));
        assert.equal(
          chunks.reduce((sum, length) => sum + length, 0),
          bytes,
        );
        assert.ok((chunks.at(-1) ?? 0) <= CHUNK_FIXED_BYTES);
      }),
      { numRuns: 30 },
    );
  });
});

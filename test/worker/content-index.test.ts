import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Extent } from '../../shared/format/folder-node.ts';
import type { ChunkId, ContentDigest } from '../../shared/ids.ts';
import { ContentIndex } from '../../web/worker/backup/content-index.ts';
import { anyHashId, plain } from '../helpers/arbitraries.ts';
import { seededRandom } from '../helpers/seeded-random.ts';

/** Digests of which many share their first word, and so their slot. */
const digest = fc
  .tuple(fc.constantFrom('00000000', 'ffffffff', '00000001'), fc.nat(5), fc.constantFrom('0', 'f'))
  .map(([start, middle, end]) => (start + `${middle}`.repeat(16) + end.repeat(8)) as ContentDigest);

const extent = plain<Extent>({
  chunkId: fc.oneof(fc.constant('aa'.repeat(32) as ChunkId), anyHashId<ChunkId>()),
  offset: fc.nat(2 ** 21),
  lengthBytes: fc.nat(131_071),
});

describe('an index of content', () => {
  it('says what was said last of each digest, and nothing of others', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(digest, extent), { maxLength: 200 }), digest, (said, other) => {
        const index = new ContentIndex();
        const expected = new Map(said);
        for (const [key, place] of said) index.set(key, place);
        assert.equal(index.size, expected.size);
        for (const [key, place] of expected) assert.deepEqual(index.get(key), place);
        assert.deepEqual(index.get(other), expected.get(other));
      }),
    );
  });

  it('takes a few megabytes for 100,000 files', () => {
    const random = seededRandom(1);
    const digests = Array.from(
      { length: 100_000 },
      () => Buffer.from(random.bytes(16)).toString('hex') as ContentDigest,
    );
    const chunkId = 'ab'.repeat(32) as ChunkId;
    const index = new ContentIndex();
    const before = process.memoryUsage().arrayBuffers;
    for (const [n, key] of digests.entries()) index.set(key, { chunkId, offset: n, lengthBytes: n % 1_000 });
    const { arrayBuffers } = process.memoryUsage();
    for (const [n, key] of digests.entries()) assert.equal(index.get(key)?.offset, n);
    // Twice what it holds: what it outgrew may not have been collected yet.
    assert.ok(arrayBuffers - before < 12_000_000, `${arrayBuffers - before}`);
  });
});

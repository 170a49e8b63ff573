import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { refPagesOf } from '../../shared/format/ref-pages.ts';
import type { RefPage } from '../../shared/format/ref-pages.ts';
import type { ChunkId } from '../../shared/ids.ts';
import { MAX_REFS_IN_PAGE, MAX_REF_PAGES } from '../../shared/limits.ts';
import { anyHashId } from '../helpers/arbitraries.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';

/** Ids that are spread like real ones. */
function idsUpTo(count: number): ChunkId[] {
  return Array.from({ length: count }, (_, n) => {
    return createHash('sha256').update(String(n)).digest('hex') as ChunkId;
  });
}

async function pagesOf(ids: readonly ChunkId[]): Promise<RefPage[]> {
  return refPagesOf(new Set(ids));
}

function countNew(before: readonly RefPage[], after: readonly RefPage[]): number {
  const known = new Set(before.map(({ pageId }) => pageId));
  return after.filter(({ pageId }) => !known.has(pageId)).length;
}

describe('reference pages', () => {
  it('hold exactly the set, each id once, in order, under the hash of their bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(anyHashId<ChunkId>(), { maxLength: 600 }), async (ids) => {
        const pages = await pagesOf(ids);
        assert.deepEqual(pages.flatMap(({ chunkIds }) => chunkIds).sort(), ids.toSorted());
        for (const { pageId, chunkIds } of pages) {
          assert.ok(chunkIds.length > 0);
          assert.deepEqual(chunkIds, chunkIds.toSorted());
          const bytes = Buffer.from(chunkIds.join(''), 'hex');
          assert.equal(pageId, createHash('sha256').update(bytes).digest('hex'));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('tell nothing of the order in which the set was found', async () => {
    const ids = idsUpTo(3_000);
    const pages = await pagesOf(ids);
    assert.deepEqual(await pagesOf(ids.toReversed()), pages);
    assert.deepEqual(await pagesOf(ids.toSorted()), pages);
    assert.deepEqual(
      pages.flatMap(({ chunkIds }) => chunkIds),
      ids.toSorted(),
    );
  });

  it('are cut by the leading bits that FORMAT.md says', async () => {
    for (const [count, bits] of [
      [1, 0],
      [256, 0],
      [257, 1],
      [512, 1],
      [513, 2],
      [20_000, 7],
    ] as const) {
      const ids = idsUpTo(count);
      const prefixes = new Set(
        ids.map((id) => Number.parseInt(id.slice(0, 8), 16) >>> 0).map((n) => prefix(n, bits)),
      );
      const pages = await pagesOf(ids);
      assert.equal(pages.length, prefixes.size);
      for (const { chunkIds } of pages) {
        const inPage = new Set(chunkIds.map((id) => prefix(Number.parseInt(id.slice(0, 8), 16), bits)));
        assert.equal(inPage.size, 1);
      }
    }
    assert.deepEqual(await pagesOf([]), []);
  });

  it('are nearly all shared by sets that differ in little', async () => {
    const ids = idsUpTo(20_000);
    const before = await pagesOf(ids);
    const added = await pagesOf(idsUpTo(20_010));
    const removed = await pagesOf(ids.slice(10));
    assert.ok(countNew(before, added) <= 10);
    assert.ok(countNew(before, removed) <= 10);
    assert.ok(before.length > 100);
  });

  it('keep to their limits for hundreds of thousands of chunks', async () => {
    const ids = new Set<ChunkId>();
    for (let n = 0; n < 530_000; n++) {
      const head = Math.imul(n + 1, 0x9e3779b1) >>> 0;
      ids.add((head.toString(16).padStart(8, '0') + n.toString(16).padStart(56, '0')) as ChunkId);
    }
    const pages = await refPagesOf(ids);
    assert.ok(pages.length <= MAX_REF_PAGES);
    assert.ok(pages.every(({ chunkIds }) => chunkIds.length <= MAX_REFS_IN_PAGE));
    assert.equal(
      pages.reduce((sum, { chunkIds }) => sum + chunkIds.length, 0),
      ids.size,
    );
  });

  it('are refused where one would be larger than a frame', async () => {
    const alike = Array.from(
      { length: MAX_REFS_IN_PAGE + 1 },
      (_, n) => n.toString(16).padStart(64, '0') as ChunkId,
    );
    await assertRejectsCode(pagesOf(alike), 'too-large');
    assert.equal((await pagesOf(alike.slice(1))).length, 1);
  });
});

function prefix(head: number, bits: number): number {
  return Math.floor(head / 2 ** (32 - bits));
}

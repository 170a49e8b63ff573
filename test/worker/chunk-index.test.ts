import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { idBytes, idFromBytes } from '../../shared/ids.ts';
import type { ChunkId } from '../../shared/ids.ts';
import { ChunkIndex } from '../../web/worker/vault/chunk-index.ts';

/** What the index grows at for the first time. */
const FIRST_CAPACITY = 1_024;

/** Like a real id: all its bytes follow from `n`. */
function chunkId(n: number): ChunkId {
  return idFromBytes<ChunkId>(createHash('sha256').update(String(n)).digest());
}

/** Ids that all hash to the same slot: their first four bytes are equal. */
function collidingId(n: number): ChunkId {
  return idFromBytes<ChunkId>(new Uint8Array([0, 0, 0, 0, ...idBytes(chunkId(n)).subarray(4)]));
}

function idsUpTo(count: number, from = 0): ChunkId[] {
  return Array.from({ length: count }, (_, i) => chunkId(from + i));
}

function assertSame(index: ChunkIndex, model: ReadonlySet<ChunkId>, all: Iterable<ChunkId>): void {
  assert.equal(index.size, model.size);
  for (const id of all) assert.equal(index.has(id), model.has(id), id);
}

describe('the chunk index', () => {
  it('holds what a Set holds, whatever is added and forgotten in whatever order', () => {
    const step = fc.record({
      verb: fc.constantFrom('add', 'delete'),
      id: fc.nat(60),
      collides: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const [index, model] = [new ChunkIndex(), new Set<ChunkId>()];
        for (const { verb, id: n, collides } of steps) {
          const id = collides ? collidingId(n) : chunkId(n);
          if (verb === 'add') index.add(id);
          else index.delete(id);
          if (verb === 'add') model.add(id);
          else model.delete(id);
          assert.equal(index.has(id), model.has(id));
        }
        const all = Array.from({ length: 61 }, (_, n) => [chunkId(n), collidingId(n)]).flat();
        assertSame(index, model, all);
      }),
    );
  });

  it('loses nothing while it grows', () => {
    const index = new ChunkIndex();
    const ids = idsUpTo(20 * FIRST_CAPACITY);
    for (const id of ids) index.add(id);
    assertSame(index, new Set(ids), [...ids, ...idsUpTo(1_000, 1_000_000)]);
  });

  it('keeps working when it grows after ids were forgotten', () => {
    for (const forgotten of [1, 7, FIRST_CAPACITY / 2 - 1, FIRST_CAPACITY - 1]) {
      const [index, model] = [new ChunkIndex(), new Set<ChunkId>()];
      const first = idsUpTo(FIRST_CAPACITY);
      for (const id of first) index.add(id);
      for (const id of first.slice(forgotten)) model.add(id);
      for (const id of first.slice(0, forgotten)) index.delete(id);
      const later = idsUpTo(4 * FIRST_CAPACITY, FIRST_CAPACITY);
      for (const id of later) {
        index.add(id);
        model.add(id);
      }
      assertSame(index, model, [...first, ...later]);
    }
  });

  it('stays right while ids come and go', () => {
    const [index, model] = [new ChunkIndex(), new Set<ChunkId>()];
    for (const id of idsUpTo(10 * FIRST_CAPACITY)) {
      index.add(id);
      index.delete(id);
    }
    assertSame(index, model, idsUpTo(100));
  });

  it('takes packed pages of any length and counts an id once', () => {
    const index = new ChunkIndex();
    const ids = idsUpTo(3 * FIRST_CAPACITY);
    const page = Buffer.concat(ids.map(idBytes));
    index.addPage(page);
    index.addPage(page.subarray(0, 32 * 100));
    index.addPage(new Uint8Array(0));
    assertSame(index, new Set(ids), ids);
  });

  it('does not count an id twice, nor below nothing', () => {
    const index = new ChunkIndex();
    index.add(chunkId(1));
    index.add(chunkId(1));
    index.delete(chunkId(2));
    assert.equal(index.size, 1);
    index.delete(chunkId(1));
    index.delete(chunkId(1));
    assert.equal(index.size, 0);
    index.add(chunkId(1));
    assert.equal(index.has(chunkId(1)), true);
  });
});

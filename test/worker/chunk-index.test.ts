import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { idBytes, idFromBytes } from '../../shared/ids.ts';
import type { ChunkId } from '../../shared/ids.ts';
import { ChunkIndex } from '../../web/worker/vault/chunk-index.ts';

/** About what the index grows at for the first time. */
const FIRST_CAPACITY = 1_024;
/** The last slot of the smallest table: runs that begin there go on at its beginning. */
const LAST_SLOT = 2_047;

/** Like a real id: all its bytes follow from `n`. */
function chunkId(n: number): ChunkId {
  return idFromBytes<ChunkId>(createHash('sha256').update(String(n)).digest());
}

/** Ids that hash to two slots side by side, the last and the first, by their first four bytes. */
function collidingId(n: number): ChunkId {
  const bytes = idBytes(chunkId(n));
  new DataView(bytes.buffer).setUint32(0, n % 3 === 0 ? 0 : LAST_SLOT, true);
  return idFromBytes<ChunkId>(bytes);
}

function idsUpTo(count: number, from = 0): ChunkId[] {
  return Array.from({ length: count }, (_, i) => chunkId(from + i));
}

/** What the index gives back page by page. */
function idsIn(index: ChunkIndex): ChunkId[] {
  const all = Buffer.concat([...index.pages()]);
  assert.equal(all.length, 32 * index.size);
  return Array.from({ length: index.size }, (_, n) =>
    idFromBytes<ChunkId>(all.subarray(32 * n, 32 * n + 32)),
  );
}

function packed(ids: readonly ChunkId[]): Buffer {
  return Buffer.concat(ids.map(idBytes));
}

function assertSame(index: ChunkIndex, model: ReadonlySet<ChunkId>, all: Iterable<ChunkId>): void {
  assert.equal(index.size, model.size);
  assert.deepEqual(new Set(idsIn(index)), model);
  for (const id of all) assert.equal(index.has(id), model.has(id), id);
}

interface Verb {
  readonly name: 'add' | 'delete';
  /** Whether ids come packed. */
  readonly page: boolean;
}

function change(index: ChunkIndex, { name, page }: Verb, ids: readonly ChunkId[]): void {
  if (page) index[`${name}Page`](packed(ids));
  else for (const id of ids) index[name](id);
}

describe('the chunk index', () => {
  it('holds what a Set holds, whatever is added and forgotten in whatever order', () => {
    const step = fc.record({
      verb: fc.record({ name: fc.constantFrom('add', 'delete'), page: fc.boolean() }),
      id: fc.nat(60),
      collides: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const [index, model] = [new ChunkIndex(), new Set<ChunkId>()];
        for (const { verb, id: n, collides } of steps) {
          const id = collides ? collidingId(n) : chunkId(n);
          // A page has the one id and another, and the one again.
          const ids = verb.page ? [id, collidingId(n + 1), id] : [id];
          change(index, verb, ids);
          for (const each of ids) model[verb.name](each);
          assert.equal(index.has(id), model.has(id));
        }
        const all = Array.from({ length: 62 }, (_, n) => [chunkId(n), collidingId(n)]).flat();
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
    const page = packed(ids);
    index.addPage(page);
    index.addPage(page.subarray(0, 32 * 100));
    index.addPage(new Uint8Array(0));
    assertSame(index, new Set(ids), ids);
  });

  it('takes pages wherever in memory they begin', () => {
    const ids = idsUpTo(100);
    for (const shift of [1, 2, 3, 4]) {
      const index = new ChunkIndex();
      const memory = Buffer.concat([Buffer.alloc(shift), packed(ids), Buffer.alloc(5)]);
      index.addPage(memory.subarray(shift));
      index.deletePage(memory.subarray(shift, shift + 32 * 50));
      assertSame(index, new Set(ids.slice(50)), ids);
    }
  });

  it('is empty after it was cleared, and takes ids again', () => {
    const index = new ChunkIndex();
    index.addPage(packed(idsUpTo(3 * FIRST_CAPACITY)));
    index.clear();
    assertSame(index, new Set(), idsUpTo(100));
    index.add(chunkId(1));
    assertSame(index, new Set([chunkId(1)]), idsUpTo(100));
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

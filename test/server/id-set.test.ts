import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { IdSet } from '../../server/id-set.ts';
import { testRandom } from './test-server.ts';

/** Ids of few different bytes, so that many agree in most of them. */
const anyId = fc.uint8Array({ minLength: 32, maxLength: 32, max: 1 });

test('a set of ids has what was added and nothing else, however often and in whatever company', () => {
  fc.assert(
    fc.property(fc.array(anyId, { maxLength: 300 }), fc.array(anyId, { maxLength: 50 }), (added, others) => {
      const set = new IdSet(testRandom);
      set.addAll(Buffer.concat(added));
      set.addAll(Buffer.concat(added.slice(0, 7)));
      const known = new Set(added.map((id) => Buffer.from(id).toString('hex')));
      assert.equal(set.size, known.size);
      for (const id of [...added, ...others]) {
        assert.equal(set.has(id), known.has(Buffer.from(id).toString('hex')));
        assert.equal(set.has(Buffer.concat([Buffer.alloc(5), id]), 5), set.has(id));
      }
    }),
  );
});

test('it grows to many ids', () => {
  const set = new IdSet(testRandom);
  const ids = testRandom(32 * 100_000);
  set.addAll(ids);
  assert.equal(set.size, 100_000);
  for (let offset = 0; offset < ids.length; offset += 32 * 97) assert.ok(set.has(ids, offset));
  assert.equal(set.has(testRandom(32)), false);
});

test('ids that were chosen to agree in all but their last bytes cost no more than others', () => {
  const chosen = Buffer.alloc(32 * 50_000, 7);
  for (let index = 0; index < 50_000; index++) chosen.writeUInt32LE(index * 65_536, 32 * index + 28);
  const random = testRandom(chosen.length);
  const add = (ids: Uint8Array): number => {
    const set = new IdSet(testRandom);
    const startMs = performance.now();
    set.addAll(ids);
    assert.equal(set.size, 50_000);
    return performance.now() - startMs;
  };
  // By turns, and the quickest of each: what else the machine does slows both. Searched one by one, a thousand times.
  const took = [1, 2, 3].map(() => ({ chosenMs: add(chosen), randomMs: add(random) }));
  const chosenMs = Math.min(...took.map((turn) => turn.chosenMs));
  const randomMs = Math.min(...took.map((turn) => turn.randomMs));
  assert.ok(chosenMs < 20 * randomMs, `${chosenMs} against ${randomMs} ms`);
});

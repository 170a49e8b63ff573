import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from './seeded-random.ts';

test('the same seed gives the same bytes, whatever the request sizes, and another seed others', () => {
  assert.deepEqual(seededRandom(7).bytes(1000), seededRandom(7).fill(new Uint8Array(1000)));
  assert.notDeepEqual(seededRandom(7).bytes(1000), seededRandom(8).bytes(1000));
});

test('bytes look random: every value occurs, none much more often than others', () => {
  const counts = new Array<number>(256).fill(0);
  for (const byte of seededRandom(1).bytes(256 * 1000)) counts[byte] = (counts[byte] ?? 0) + 1;
  assert.ok(Math.min(...counts) > 800 && Math.max(...counts) < 1200);
});

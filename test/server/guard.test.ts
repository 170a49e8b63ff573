import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Guard } from '../../server/store/guard.ts';
import { testRandom } from './test-server.ts';
import { randomHex } from './wire-client.ts';

const ids = Array.from({ length: 4 }, () => randomHex(32));

function packed(...places: readonly number[]): Buffer {
  return Buffer.from(places.map((place) => ids[place] ?? '').join(''), 'hex');
}

test('what a request counts on is not free until it lets go', () => {
  const guard = new Guard(testRandom);
  const release = guard.use(packed(0, 1));
  assert.deepEqual(guard.free(ids), ids.slice(2));
  release();
  assert.deepEqual(guard.free(ids), ids);
});

test('while a collection runs, what was named stays named, from before it began to after it was let go', () => {
  const guard = new Guard(testRandom);
  const early = guard.use(packed(0));
  guard.beginCollection();
  early();
  guard.use(packed(2))();
  assert.deepEqual(guard.free(ids), [ids[1], ids[3]]);
  guard.endCollection();
  assert.deepEqual(guard.free(ids), ids);
});

test('what is being erased is missing until that is done, or has failed', async () => {
  const guard = new Guard(testRandom);
  const [one = '', other = ''] = ids;
  await guard.whileLeaving([one], () => {
    assert.deepEqual([guard.isLeaving(one), guard.isLeaving(other)], [true, false]);
    return Promise.resolve();
  });
  assert.equal(guard.isLeaving(one), false);
  await assert.rejects(guard.whileLeaving([one], () => Promise.reject(new Error('full'))));
  assert.equal(guard.isLeaving(one), false);
});

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { CollectionNudge } from '../../shared/collection-nudge.ts';

it('a device without room for the nudge goes on with its work', () => {
  let asked = 0;
  const nudge = new CollectionNudge(() => {
    asked += 1;
    throw new RangeError('Array buffer allocation failed');
  });
  nudge.now();
  nudge.passed(1024 ** 3);
  assert.equal(asked, 2);
});

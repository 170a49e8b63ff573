import { assert } from 'chai';
import type { JobId } from '../../../../shared/ids.ts';
import { bytesLeft, goneWith, placeAbove, placeBelow } from '../../../../web/state/outbox-store.ts';
import { fakeQueued } from '../fake-outbox.ts';

const jobOf = (id: string): JobId => id.padEnd(32, '0') as JobId;

/** Two sources in turns: a chain of three, and one of two. */
const QUEUE = [
  fakeQueued('a1', 'Photos', 5, 100, { sentBytes: 40 }),
  fakeQueued('b1', 'Letters', 4, 10),
  fakeQueued('a2', 'Photos', 3, 20, { waitsFor: jobOf('a1') }),
  fakeQueued('a3', 'Photos', 2, 30, { waitsFor: jobOf('a2') }),
  fakeQueued('b2', 'Letters', 1, 5, { waitsFor: jobOf('b1') }),
];

describe('the queue’s order', () => {
  it('has all later ones of a source go with the one that they count on, and no others', () => {
    const gone = (id: string) => goneWith(QUEUE, jobOf(id)).map(({ jobId }) => jobId);
    assert.deepEqual(gone('a1'), ['a1', 'a2', 'a3'].map(jobOf));
    assert.deepEqual(gone('a3'), [jobOf('a3')]);
    assert.deepEqual(gone('b1'), ['b1', 'b2'].map(jobOf));
  });

  it('lets a backup pass one of another source, and never one of its own', () => {
    assert.isUndefined(placeAbove(QUEUE, jobOf('a1')), 'it is at the front');
    assert.equal(placeAbove(QUEUE, jobOf('b1')), jobOf('a1'));
    assert.isUndefined(placeAbove(QUEUE, jobOf('a3')), 'a2 goes first');
    assert.equal(placeBelow(QUEUE, jobOf('b1')), jobOf('a3'));
    assert.isUndefined(placeBelow(QUEUE, jobOf('a2')), 'a3 goes later');
    assert.equal(placeBelow(QUEUE, jobOf('a3')), 'end');
    assert.isUndefined(placeBelow(QUEUE, jobOf('b2')), 'it is at the end');
  });

  it('knows nothing of a backup that is gone', () => {
    assert.isEmpty(goneWith(QUEUE, jobOf('ff')));
    assert.isUndefined(placeAbove(QUEUE, jobOf('ff')));
  });

  it('counts what has not reached the server', () => {
    assert.equal(bytesLeft(QUEUE), 125);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HoldfastError } from '../../shared/errors.ts';
import { Pace } from '../../web/worker/history/pace.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';
import { ManualClock } from './manual-clock.ts';

describe('long work', () => {
  it('goes on without a pause for a moment, then gives way once, however many steps it takes at once', async () => {
    const clock = new ManualClock();
    const pace = new Pace(clock, new AbortController().signal);
    for (let step = 0; step < 1_000; step++) await pace.step();
    await clock.advance(20);
    const steps = [pace.step(), pace.step(), pace.step()];
    assert.equal(clock.sleeping, 1);
    await clock.advance(0);
    await Promise.all(steps);
    await pace.step();
    assert.equal(clock.sleeping, 0);
  });

  it('ends when it is told to, in the middle of a step and between two', async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const pace = new Pace(clock, controller.signal);
    await clock.advance(20);
    const step = pace.step();
    controller.abort(new HoldfastError('cancelled'));
    await assertRejectsCode(step, 'cancelled');
    await assertRejectsCode(pace.step(), 'cancelled');
  });
});

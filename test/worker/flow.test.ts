/** The small parts that order work: credit, back-off, gate, turns, speed, buffers. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HoldfastError } from '../../shared/errors.ts';
import { PIECE_BYTES } from '../../shared/limits.ts';
import { backoffMs, pauseMs } from '../../web/worker/connection/backoff.ts';
import { Credit } from '../../web/worker/connection/credit.ts';
import { Gate } from '../../web/worker/jobs/gate.ts';
import { Speedometer } from '../../web/worker/jobs/speed.ts';
import { Turns } from '../../web/worker/jobs/turns.ts';
import { BufferPool } from '../../web/worker/reader/buffer-pool.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';

const CANCELLED = new HoldfastError('cancelled');

/** Lets everything go on that can. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** Whether a promise has been fulfilled by now. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(() => (done = true));
  await settle();
  return done;
}

describe('credit', () => {
  it('never lets more be taken than was granted, and lets all of it be taken, in the order of asking', async () => {
    const step = fc.oneof(
      fc.nat(50).map((bytes) => ({ verb: 'grant' as const, bytes })),
      fc.nat(50).map((bytes) => ({ verb: 'take' as const, bytes })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const credit = new Credit();
        const taken: number[] = [];
        const asked: number[] = [];
        let granted = 0;
        for (const { verb, bytes } of steps) {
          if (verb === 'grant') {
            granted += bytes;
            credit.grant(bytes);
          } else {
            asked.push(bytes);
            void credit.take(bytes).then(() => taken.push(bytes));
          }
          await settle();
          assert.deepEqual(taken, asked.slice(0, taken.length));
          const next = asked[taken.length];
          const left = granted - taken.reduce((sum, each) => sum + each, 0);
          assert.ok(left >= 0);
          if (next !== undefined) assert.ok(next > left, 'someone waits though there is enough');
        }
      }),
    );
  });

  it('lets nobody overtake who asked for more', async () => {
    const credit = new Credit();
    const [large, small] = [credit.take(10), credit.take(1)];
    credit.grant(9);
    assert.equal(await isDone(small), false);
    credit.grant(2);
    assert.deepEqual([await isDone(large), await isDone(small)], [true, true]);
  });

  it('fails for all who wait and all who come, once it has failed, with the first reason', async () => {
    const credit = new Credit();
    credit.grant(5);
    const waiting = [credit.take(6), credit.take(1)].map(async (taking) =>
      assertRejectsCode(taking, 'cancelled'),
    );
    credit.fail(CANCELLED);
    credit.fail(new HoldfastError('offline'));
    await Promise.all(waiting);
    await assertRejectsCode(credit.take(1), 'cancelled');
    credit.grant(100);
    await assertRejectsCode(credit.take(1), 'cancelled');
  });
});

describe('back-off', () => {
  it('is any time up to a bound that doubles from 250 ms to a minute', () => {
    const bounds = [0, 1, 2, 3, 7, 8, 9, 100, 1_000_000].map((attempt) => backoffMs(attempt, 1));
    assert.deepEqual(bounds, [250, 500, 1_000, 2_000, 32_000, 60_000, 60_000, 60_000, 60_000]);
    fc.assert(
      fc.property(
        fc.nat(),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempt, chance) => {
          const waitMs = backoffMs(attempt, chance);
          assert.ok(waitMs >= 0 && waitMs <= 60_000);
          assert.equal(waitMs, chance * backoffMs(attempt, 1));
        },
      ),
    );
  });

  it('ends never before the time that a server names, and up to as long after it, by chance', () => {
    const half = (askedMs: number | undefined, attempt: number): number => pauseMs(askedMs, attempt, 0.5);
    // None named; less than the back-off; more; more than a minute; more than a server may ask for.
    assert.deepEqual(
      [
        half(undefined, 3),
        half(1_000, 3),
        half(8_000, 3),
        half(300_000, 3),
        half(2 ** 32 - 1, 3),
        half(5_000, 9),
      ],
      [1_000, 2_000, 12_000, 330_000, 630_000, 35_000],
    );
    for (const askedMs of [0, 1, 4_999, 600_000]) assert.equal(pauseMs(askedMs, 2, 0), askedMs);
  });
});

describe('a gate', () => {
  const never = new AbortController().signal;

  it('lets through while it is open, holds while it is closed, and lets all go that it held', async () => {
    const gate = new Gate();
    await gate.pass(never);
    gate.close();
    gate.close();
    assert.equal(gate.isClosed, true);
    const held = [gate.pass(never), gate.pass(never)];
    assert.equal(await isDone(Promise.any(held)), false);
    gate.open();
    await Promise.all(held);
    await gate.pass(never);
    assert.equal(gate.isClosed, false);
  });

  it('holds who has not passed yet when it closes again at once', async () => {
    const gate = new Gate();
    gate.close();
    const held = gate.pass(never);
    gate.open();
    gate.close();
    assert.equal(await isDone(held), false);
    gate.open();
    await held;
  });

  it('lets go of who is cancelled', async () => {
    const gate = new Gate();
    const cancelling = new AbortController();
    gate.close();
    const held = assertRejectsCode(gate.pass(cancelling.signal), 'cancelled');
    cancelling.abort(CANCELLED);
    await held;
    await assertRejectsCode(gate.pass(cancelling.signal), 'cancelled');
    gate.open();
    await assertRejectsCode(gate.pass(cancelling.signal), 'cancelled');
  });

  it('hears of a cancellation however it moves', async () => {
    const gate = new Gate();
    const cancelling = new AbortController();
    gate.close();
    const held = gate.pass(cancelling.signal);
    gate.open();
    gate.close();
    cancelling.abort(CANCELLED);
    await assertRejectsCode(held, 'cancelled');
  });
});

describe('turns', () => {
  it('run one at a time, in the order of asking', async () => {
    const turns = new Turns();
    const log: string[] = [];
    const results = await Promise.all(
      [30, 5, 0].map(async (ms, index) =>
        turns.run(async () => {
          log.push(`begin ${index}`);
          await new Promise((resolve) => setTimeout(resolve, ms));
          log.push(`end ${index}`);
          return index;
        }),
      ),
    );
    assert.deepEqual(results, [0, 1, 2]);
    assert.deepEqual(log, ['begin 0', 'end 0', 'begin 1', 'end 1', 'begin 2', 'end 2']);
  });

  it('let go of who gives up, leave its task out, and keep the others in order', async () => {
    const turns = new Turns();
    const done: string[] = [];
    let end: () => void = () => undefined;
    const first = turns.run(async () => new Promise<void>((resolve) => (end = resolve)));
    const giving = new AbortController();
    const second = turns.run(async () => Promise.resolve(done.push('second')), giving.signal);
    const third = turns.run(async () => Promise.resolve(done.push('third')));
    giving.abort(CANCELLED);
    await assertRejectsCode(second, 'cancelled');
    end();
    await Promise.all([first, third]);
    assert.deepEqual(done, ['third']);
  });

  it('go on after one that failed, of which only its own caller hears', async () => {
    const turns = new Turns();
    const failing = turns.run(async () => Promise.reject(CANCELLED));
    const next = turns.run(async () => Promise.resolve('next'));
    await assertRejectsCode(failing, 'cancelled');
    assert.equal(await next, 'next');
  });
});

describe('the speed', () => {
  it('is nothing before there is something to tell it by', () => {
    const speed = new Speedometer();
    assert.equal(speed.bytesPerSecond(), 0);
    speed.note(1_000, 500);
    assert.equal(speed.bytesPerSecond(), 0);
    speed.note(1_000, 700);
    assert.equal(speed.bytesPerSecond(), 0);
  });

  it('is that of the last five seconds', () => {
    const speed = new Speedometer();
    for (let second = 0; second <= 10; second++) speed.note(1_000 * second, 100 * second);
    assert.equal(speed.bytesPerSecond(), 100);
    for (let second = 11; second <= 16; second++) speed.note(1_000 * second, 1_000 + 400 * (second - 10));
    assert.equal(speed.bytesPerSecond(), 400);
  });

  it('falls to nothing when nothing moves, and never below', () => {
    const speed = new Speedometer();
    speed.note(0, 0);
    speed.note(1_000, 9_000);
    for (let second = 2; second <= 8; second++) speed.note(1_000 * second, 9_000);
    assert.equal(speed.bytesPerSecond(), 0);
    speed.note(5_000, 9_000); // a clock that was set back
    assert.ok(speed.bytesPerSecond() >= 0);
  });
});

describe('the buffer pool', () => {
  it('makes as many buffers as it may and no more, and uses them again', async () => {
    const pool = new BufferPool(3);
    const taken = await Promise.all([pool.take(), pool.take(), pool.take()]);
    assert.equal(new Set(taken).size, 3);
    assert.ok(taken.every(({ byteLength }) => byteLength === PIECE_BYTES));
    const fourth = pool.take();
    assert.equal(await isDone(fourth), false);
    const [first] = taken;
    pool.give(first);
    assert.equal(await fourth, first);
  });

  it('serves who waits in the order of asking', async () => {
    const pool = new BufferPool(1);
    const only = await pool.take();
    const order: number[] = [];
    const waiting = [1, 2, 3].map(async (place) => {
      const buffer = await pool.take();
      order.push(place);
      pool.give(buffer);
    });
    pool.give(only);
    await Promise.all(waiting);
    assert.deepEqual(order, [1, 2, 3]);
    assert.equal(await pool.take(), only);
  });
});

/** Limits that depend on time, with a clock that the test sets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AttemptLimiter } from '../../server/auth/attempt-limiter.ts';
import { startTidying } from '../../server/jobs/tidy.ts';
import type { Sessions } from '../../server/auth/sessions.ts';
import type { Invites } from '../../server/auth/invites.ts';
import { Hub } from '../../server/connection/hub.ts';
import type { Clock } from '../../server/ports.ts';
import { HoldfastError } from '../../shared/errors.ts';
import { createLog } from '../../server/log.ts';

/** A clock whose time stands still until it is moved. */
class ManualClock implements Clock {
  #nowMs = 1_000_000;
  #timers: { readonly dueMs: number; readonly run: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { dueMs: this.#nowMs + delayMs, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  async move(byMs: number): Promise<void> {
    this.#nowMs += byMs;
    const due = this.#timers.filter(({ dueMs }) => dueMs <= this.#nowMs);
    this.#timers = this.#timers.filter((timer) => !due.includes(timer));
    for (const { run } of due) run();
    await new Promise((resolve) => setImmediate(resolve));
  }

  get waiting(): number {
    return this.#timers.length;
  }
}

function waitMs(limiter: AttemptLimiter, key: string): number {
  try {
    limiter.take(key);
    return 0;
  } catch (error) {
    assert.ok(error instanceof HoldfastError && error.code === 'too-many-attempts');
    return error.retryAfterMs ?? 0;
  }
}

test('attempts come back evenly over the window, and the told time is just enough', async () => {
  const clock = new ManualClock();
  const limiter = new AttemptLimiter({ maxAttempts: 3, windowMs: 9_000, clock });
  assert.deepEqual(
    [1, 2, 3].map(() => waitMs(limiter, 'anna')),
    [0, 0, 0],
  );
  const wait = waitMs(limiter, 'anna');
  assert.equal(wait, 3_000);
  assert.equal(waitMs(limiter, 'berta'), 0, 'another key is not concerned');
  await clock.move(wait - 1);
  assert.equal(waitMs(limiter, 'anna'), 1);
  await clock.move(1);
  assert.equal(waitMs(limiter, 'anna'), 0);
  await clock.move(1_000_000);
  assert.deepEqual(
    [1, 2, 3].map(() => waitMs(limiter, 'anna')),
    [0, 0, 0],
    'no more than the most',
  );
  assert.ok(waitMs(limiter, 'anna') > 0);
});

test('a clock that is set back gives no attempts and takes none', async () => {
  const clock = new ManualClock();
  const limiter = new AttemptLimiter({ maxAttempts: 2, windowMs: 1_000, clock });
  limiter.take('anna');
  await clock.move(-500_000);
  assert.equal(waitMs(limiter, 'anna'), 0);
  assert.ok(waitMs(limiter, 'anna') > 0);
});

test('however many names are tried, the memory for them is bounded', () => {
  const limiter = new AttemptLimiter({ maxAttempts: 1, windowMs: 1_000_000, clock: new ManualClock() });
  limiter.take('first');
  for (let i = 0; i < 100_000; i++) limiter.take(`name ${i}`);
  assert.equal(waitMs(limiter, 'first'), 0, 'the oldest is forgotten');
  assert.ok(waitMs(limiter, 'name 99999') > 0, 'the newest is not');
});

test('tidying goes on every minute, also after it failed, and a last time at the end', async () => {
  const clock = new ManualClock();
  let calls = 0;
  let failing = false;
  const sessions = {
    tidy: () => {
      calls++;
      return failing ? Promise.reject(new HoldfastError('storage-failed')) : Promise.resolve(1);
    },
  } as Partial<Sessions> as Sessions;
  const invites = { removeExpired: () => Promise.resolve(0) } as Partial<Invites> as Invites;
  const end = startTidying({ sessions, invites, hub: new Hub(clock), clock, log: createLog('silent') });
  await clock.move(59_999);
  assert.equal(calls, 0);
  await clock.move(1);
  failing = true;
  await clock.move(60_000);
  failing = false;
  await clock.move(60_000);
  assert.equal(calls, 3);
  await end();
  assert.deepEqual([calls, clock.waiting], [4, 0]);
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RateLimit } from '../../web/worker/connection/rate-limit.ts';
import { ManualClock } from './manual-clock.ts';

/** What has gone by when, with someone who always wants to send the next of `sizes`. */
class Sender {
  readonly gone: { readonly atMs: number; readonly bytes: number }[] = [];
  isStopped = false;

  async run(clock: ManualClock, limit: RateLimit, sizes: readonly number[]): Promise<void> {
    for (let turn = 0; !this.isStopped; turn++) {
      const bytes = sizes[turn % sizes.length] ?? 1;
      await (limit.take(bytes) ?? clock.sleep(1));
      this.gone.push({ atMs: clock.nowMs(), bytes });
    }
  }

  bytesIn(fromMs: number, toMs: number): number {
    return this.gone
      .filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
      .reduce((sum, { bytes }) => sum + bytes, 0);
  }
}

async function sendFor(clock: ManualClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) await clock.advance(50);
}

describe('a limit', () => {
  it('is kept within ten per cent over any five seconds, whatever is sent at once', async () => {
    const sizes = fc.array(fc.integer({ min: 2_000, max: 30_000 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(sizes, async (each) => {
        const clock = new ManualClock();
        const limit = new RateLimit(clock);
        limit.set(100_000);
        const sender = new Sender();
        const fromMs = clock.nowMs();
        void sender.run(clock, limit, each);
        await sendFor(clock, 12_000);
        sender.isStopped = true;
        for (let startMs = fromMs; startMs <= fromMs + 7_000; startMs += 250) {
          const bytes = sender.bytesIn(startMs, startMs + 5_000);
          assert.ok(Math.abs(bytes - 500_000) <= 50_000, `${bytes} from ${startMs - fromMs}`);
        }
      }),
      { numRuns: 10 },
    );
  });

  it('allows no burst that breaks it after a long rest', async () => {
    const clock = new ManualClock();
    const limit = new RateLimit(clock);
    limit.set(100_000);
    await clock.advance(3_600_000);
    const sender = new Sender();
    const fromMs = clock.nowMs();
    void sender.run(clock, limit, [1_000]);
    await sendFor(clock, 5_000);
    sender.isStopped = true;
    assert.ok(sender.bytesIn(fromMs, fromMs + 5_001) <= 550_000);
  });

  it('that changes holds at once, also for who waits already', async () => {
    const clock = new ManualClock();
    const limit = new RateLimit(clock);
    limit.set(1_000);
    const sender = new Sender();
    void sender.run(clock, limit, [10_000]);
    await sendFor(clock, 1_000);
    const changedAtMs = clock.nowMs();
    limit.set(100_000);
    await sendFor(clock, 5_000);
    const bytes = sender.bytesIn(changedAtMs, changedAtMs + 5_000);
    assert.ok(Math.abs(bytes - 500_000) <= 50_000, String(bytes));
    limit.set(undefined);
    await clock.advance(1);
    sender.isStopped = true;
    assert.equal(limit.take(1_000_000_000), undefined);
  });

  it('that is none takes no time, not even a turn of the event loop', () => {
    const limit = new RateLimit(new ManualClock());
    for (let i = 0; i < 1_000; i++) assert.equal(limit.take(1_000_000), undefined);
  });

  it('lets go in the order of asking', async () => {
    const clock = new ManualClock();
    const limit = new RateLimit(clock);
    limit.set(1_000);
    const order: number[] = [];
    for (let each = 0; each < 5; each++) void limit.take(500)?.then(() => order.push(each));
    await sendFor(clock, 5_000);
    assert.deepEqual(order, [0, 1, 2, 3, 4]);
  });
});

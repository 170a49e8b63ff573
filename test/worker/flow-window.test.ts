import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MAX_FRAME_BYTES } from '../../shared/wire/frame.ts';
import { DeliveryRate } from '../../web/worker/connection/delivery-rate.ts';
import { frameSizes, windowBytes } from '../../web/worker/connection/flow-window.ts';
import { RoundTrip } from '../../web/worker/connection/round-trip.ts';

const MIB = 1024 * 1024;
const MBIT = 125_000;

function windowOf(
  best: number | undefined,
  leastMs: number,
  more: { limit?: number; isDraining?: boolean; isGrowing?: boolean } = {},
) {
  const { limit, isDraining = false, isGrowing = false } = more;
  return windowBytes({
    rate: { best, isGrowing },
    limit,
    roundTrip: { leastMs, isDraining },
    maxBytes: 12 * MIB,
  });
}

describe('the window', () => {
  it('holds what the connection holds and a queue of a fifth of a second', () => {
    assert.equal(windowOf(100 * MBIT, 200), 5_000_000);
    assert.equal(windowOf(MBIT, 50), 31_250);
  });

  it('is never more than the memory that is set apart, nor less than a few small frames', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 1e10, noNaN: true }),
        fc.nat(60_000),
        fc.boolean(),
        (rate, ms, isDraining) => {
          const window = windowOf(rate, ms, { isDraining });
          assert.ok(window <= 12 * MIB && window >= 4 * frameSizes(window).partBytes);
        },
      ),
    );
  });

  it('makes nobody wait longer than half a second behind it, from 0.5 Mbit/s on', () => {
    fc.assert(
      fc.property(
        fc.double({ min: MBIT / 2, max: 1e8, noNaN: true }),
        fc.nat(1_000),
        fc.boolean(),
        (rate, leastMs, isGrowing) => {
          const window = windowOf(rate, leastMs, { isGrowing });
          assert.ok((window * 1_000) / rate <= leastMs + 500);
        },
      ),
    );
  });

  it('doesn’t shrink a fast connection’s while it is drained', () => {
    assert.equal(windowOf(80e6, 1, { isDraining: true }), 12 * MIB);
    assert.ok(windowOf(10e6, 100, { isDraining: true }) < windowOf(10e6, 100) / 4);
  });

  it('follows a person’s limit below what the connection could do', () => {
    assert.equal(windowOf(100 * MBIT, 50, { limit: 100_000 }), 25_000);
  });
});

describe('frames', () => {
  it('are whole on a fast connection, and take a twentieth of a second or less on a slow one', () => {
    assert.equal(frameSizes(12 * MIB).wholeBytes, MAX_FRAME_BYTES);
    for (const rate of [1, 2, 5, 10, 20].map((mbit) => mbit * MBIT)) {
      const { wholeBytes } = frameSizes(windowOf(rate, 0));
      assert.ok(wholeBytes <= rate / 20, `${wholeBytes} at ${rate}`);
    }
  });

  it('with a limit take no more than a tenth of a second of it, however fast the connection is', () => {
    assert.ok(frameSizes(12 * MIB, 100_000).wholeBytes <= 10_000);
  });
});

describe('the rate of delivery', () => {
  it('is the most of the last ten measurements', () => {
    const rate = new DeliveryRate(3);
    assert.equal(rate.best, undefined);
    rate.note(500, true);
    for (let each = 0; each < 9; each++) rate.note(100 + each, true);
    assert.equal(rate.best, 500);
    rate.note(50, true);
    assert.equal(rate.best, 108);
  });

  it('doesn’t sink while there is little to send', () => {
    const rate = new DeliveryRate(3);
    rate.note(500, true);
    for (let each = 0; each < 100; each++) rate.note(10, false);
    assert.equal(rate.best, 500);
    rate.note(600, false);
    assert.equal(rate.best, 600);
  });

  it('grows until it has not for three measurements, the connection being full, and again when it is faster than ever', () => {
    const rate = new DeliveryRate(3);
    for (const each of [100, 200, 220, 210, 400]) rate.note(each, true);
    assert.equal(rate.isGrowing, true);
    for (const each of [420, 410, 450]) rate.note(each, true);
    assert.equal(rate.isGrowing, false);
    rate.note(1_000, true);
    assert.equal(rate.isGrowing, true);
  });

  it('is the latest measurement alone once the queue has become too long', () => {
    const rate = new DeliveryRate(3);
    for (const each of [900, 800, 100]) rate.note(each, true);
    rate.forgetEarlier();
    assert.equal(rate.best, 100);
  });
});

describe('the time of a round trip', () => {
  /** Pings every second, which take `tookMs` each; gives when it was drained. */
  function pingFor(
    roundTrip: RoundTrip,
    seconds: number,
    tookMs: () => number,
    wasIdle = false,
    fromMs = 0,
  ): number[] {
    const drainedAtSeconds: number[] = [];
    for (let second = 1; second <= seconds; second++) {
      const sentAtMs = fromMs + second * 1_000;
      roundTrip.note(sentAtMs, sentAtMs + tookMs(), wasIdle);
      if (roundTrip.isDraining) drainedAtSeconds.push(second);
    }
    return drainedAtSeconds;
  }

  it('is the least that was measured, whatever stands in queues', () => {
    const roundTrip = new RoundTrip();
    pingFor(roundTrip, 1, () => 40);
    assert.equal(roundTrip.leastMs, 40);
    assert.equal(roundTrip.note(2_000, 2_290, false), 250);
    assert.equal(roundTrip.leastMs, 40);
  });

  it('is never taken for longer because of our own queue, in an hour of transfer', () => {
    const roundTrip = new RoundTrip();
    pingFor(roundTrip, 1, () => 40);
    const drained = pingFor(
      roundTrip,
      3_600,
      () => (roundTrip.isDraining ? 45 : roundTrip.leastMs + 200),
      false,
      1_000,
    );
    assert.ok(roundTrip.leastMs <= 45, String(roundTrip.leastMs));
    assert.ok(drained.length > 300 && drained.length < 900, String(drained.length));
  });

  it('costs no draining as long as some pings find the way empty', () => {
    const roundTrip = new RoundTrip();
    let turn = 0;
    assert.deepEqual(
      pingFor(roundTrip, 600, () => (turn++ % 5 === 0 ? 42 : 240)),
      [],
    );
  });

  it('follows a way that has become longer', () => {
    const busy = new RoundTrip();
    pingFor(busy, 1, () => 10);
    pingFor(busy, 30, () => 400, false, 1_000);
    assert.equal(busy.leastMs, 400);
    const idle = new RoundTrip();
    pingFor(idle, 1, () => 10, true);
    pingFor(idle, 2, () => 400, true, 1_000);
    assert.ok(idle.leastMs === 10 || idle.leastMs === 400);
    pingFor(idle, 1, () => 400, true, 3_000);
    assert.equal(idle.leastMs, 400);
  });
});

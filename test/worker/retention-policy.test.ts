import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { SnapshotId } from '../../shared/ids.ts';
import { ALWAYS_WITHIN_MS, planRetention } from '../../web/worker/retention/policy.ts';
import type { Candidate, RetentionPolicy } from '../../web/worker/retention/policy.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW_MS = new Date(2026, 10, 24, 12).getTime();

function snapshot(ageMs: number, pinned = false): Candidate {
  return {
    snapshotId: `${String(ageMs)}${pinned ? 'p' : ''}` as SnapshotId,
    receivedAtMs: NOW_MS - ageMs,
    pinned,
  };
}

function kept(snapshots: readonly Candidate[], policy: RetentionPolicy): string[] {
  return [...planRetention(snapshots, policy, NOW_MS).keep.keys()].sort();
}

const daily = Array.from({ length: 400 }, (_, day) => snapshot(day * DAY_MS));

describe('a retention policy', () => {
  it('keeps everything when it says nothing', () => {
    assert.equal(planRetention(daily, {}, NOW_MS).remove.length, 0);
  });

  it('keeps one of each of the last periods', () => {
    const policy = { daily: 10, monthly: 6, yearly: 2 };
    const { keep } = planRetention(daily, policy, NOW_MS);
    const reasons = [...keep.values()].flat();
    assert.equal(reasons.filter((reason) => reason === 'daily').length, 10);
    assert.equal(reasons.filter((reason) => reason === 'monthly').length, 6);
    assert.equal(reasons.filter((reason) => reason === 'yearly').length, 2);
    assert.ok(keep.size <= 18);
  });

  it('keeps the newest of a day, not the first', () => {
    const old = 30 * DAY_MS;
    const [early, late] = [snapshot(old + 2 * HOUR_MS), snapshot(old)];
    assert.deepEqual(kept([early, late], { daily: 1 }), [late.snapshotId]);
  });

  it('keeps what is pinned', () => {
    assert.ok(
      kept([snapshot(300 * DAY_MS, true), ...daily], { last: 1 }).includes(`${String(300 * DAY_MS)}p`),
    );
  });

  it('can’t be made to drop last week’s snapshots by a flood of new ones', () => {
    const good = snapshot(6 * DAY_MS);
    const flood = Array.from({ length: 10_000 }, (_, i) => snapshot(i * 10));
    assert.ok(kept([good, ...flood], { last: 3 }).includes(good.snapshotId));
  });

  it('can’t be made to drop earlier days by a flood within one day', () => {
    const policy = { daily: 30 };
    const before = kept(daily.slice(1), policy);
    const flood = Array.from({ length: 1_000 }, (_, i) => snapshot(i));
    const after = kept([...daily.slice(1), ...flood], policy);
    // One more day is in the window, so the oldest of the thirty goes; no other.
    assert.equal(before.filter((id) => !after.includes(id)).length, 1);
  });

  it('keeps and removes each snapshot exactly once, and never one that is younger than a week', () => {
    const count = fc.integer({ min: 0, max: 8 });
    const policy = fc.record({
      last: count,
      hourly: count,
      daily: count,
      weekly: count,
      monthly: count,
      yearly: count,
    });
    const ages = fc.uniqueArray(fc.integer({ min: 0, max: 3 * 365 * DAY_MS }), { maxLength: 60 });
    fc.assert(
      fc.property(policy, ages, (wanted, agesMs) => {
        const plan = planRetention(
          agesMs.map((ageMs) => snapshot(ageMs)),
          wanted,
          NOW_MS,
        );
        assert.equal(plan.keep.size + plan.remove.length, agesMs.length);
        for (const id of plan.remove) assert.ok(Number(id) >= ALWAYS_WITHIN_MS);
        const { last } = wanted;
        const newest = agesMs.toSorted((a, b) => a - b).slice(0, last);
        for (const ageMs of newest) assert.ok(plan.keep.has(String(ageMs) as SnapshotId));
      }),
      { numRuns: 300 },
    );
  });
});

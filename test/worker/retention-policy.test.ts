import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { DeviceId, SnapshotId } from '../../shared/ids.ts';
import type { RetentionPolicy } from '../../web/bridge/sources-api.ts';
import { periodKey } from '../../web/worker/retention/periods.ts';
import { planRetention } from '../../web/worker/retention/policy.ts';
import type { Candidate } from '../../web/worker/retention/policy.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** A Tuesday, at noon. */
const NOW_MS = new Date(2026, 10, 24, 12).getTime();
const LAPTOP = 'aa'.repeat(16) as DeviceId;
const DESKTOP = 'bb'.repeat(16) as DeviceId;

/** One that was made and received so long before now. Its id says what it is. */
function snapshot(ageMs: number, facts: Partial<Candidate> = {}, name = 'good'): Candidate {
  return {
    snapshotId: `${name} ${String(ageMs)} ${facts.deviceId ?? ''}` as SnapshotId,
    deviceId: LAPTOP,
    receivedAtMs: NOW_MS - ageMs,
    takenAtMs: NOW_MS - ageMs,
    partial: false,
    pinned: false,
    ...facts,
  };
}

function fake(ageMs: number, facts: Partial<Candidate> = {}): Candidate {
  return snapshot(ageMs, facts, 'fake');
}

function kept(snapshots: readonly Candidate[], policy: RetentionPolicy): Set<SnapshotId> {
  return new Set(planRetention(snapshots, policy).keep.map(({ snapshotId }) => snapshotId));
}

function idsOf(snapshots: readonly Candidate[]): Set<SnapshotId> {
  return new Set(snapshots.map(({ snapshotId }) => snapshotId));
}

function dayOf({ receivedAtMs }: Candidate): string {
  return periodKey(receivedAtMs, 'daily');
}

const daily = Array.from({ length: 400 }, (_, day) => snapshot(day * DAY_MS));
const threeInAnHour = [5, 15, 25].map((minutes) => snapshot(minutes * MINUTE_MS));

describe('a retention policy', () => {
  it('keeps everything when it says nothing', () => {
    for (const policy of [{}, { last: 0, daily: 0 }])
      assert.deepEqual(planRetention(daily, policy).remove, []);
  });

  it('keeps exactly as many as it says where there is one a day', () => {
    assert.deepEqual(kept(daily, { last: 3 }), idsOf(daily.slice(0, 3)));
    assert.deepEqual(kept(daily, { daily: 7 }), idsOf(daily.slice(0, 7)));
  });

  it('keeps the newest of each of the newest months and years that have one', () => {
    const { keep } = planRetention(daily, { monthly: 3, yearly: 2 });
    const dates = keep.map(({ snapshotId }) => new Date(NOW_MS - Number(snapshotId.split(' ')[1])));
    assert.deepEqual(
      dates.map((date) => [date.getFullYear(), date.getMonth() + 1, date.getDate()].join('-')),
      // The first of November and the first of 2026 are of periods that go on.
      ['2026-11-24', '2026-11-1', '2026-10-31', '2026-9-30', '2026-1-1', '2025-12-31'],
    );
  });

  it('says all that keeps a snapshot', () => {
    const [newest] = planRetention(daily, { last: 1, hourly: 1, daily: 1, weekly: 1, withinMs: DAY_MS }).keep;
    assert.deepEqual(newest?.reasons, ['within', 'last', 'hourly', 'daily', 'weekly']);
  });

  it('thins out several in one day to as many as it says', () => {
    assert.deepEqual(kept(threeInAnHour, { last: 2 }), idsOf(threeInAnHour.slice(0, 2)));
    for (const policy of [{ hourly: 5 }, { daily: 5 }, { weekly: 5 }, { monthly: 5 }, { yearly: 5 }])
      assert.deepEqual(kept(threeInAnHour, policy), idsOf(threeInAnHour.slice(0, 1)));
  });

  it('keeps what came within a span before the newest, and how things were when the span began', () => {
    const snapshots = [0, 1, 2, 10, 20].map((days) => snapshot(days * DAY_MS));
    assert.deepEqual(kept(snapshots, { withinMs: 5 * DAY_MS }), idsOf(snapshots.slice(0, 4)));
  });

  it('counts weeks from Monday to Sunday, across the turn of the year', () => {
    const at = (year: number, month: number, day: number): string =>
      periodKey(new Date(year, month - 1, day, 23).getTime(), 'weekly');
    assert.equal(at(2025, 12, 29), at(2026, 1, 4));
    assert.notEqual(at(2026, 1, 4), at(2026, 1, 5));
  });

  it('never removes a source’s newest whole snapshot, however old', () => {
    const old = [snapshot(900 * DAY_MS), snapshot(901 * DAY_MS)];
    for (const policy of [{ withinMs: 1 }, { hourly: 1 }])
      assert.ok(kept(old, policy).has(old[0]?.snapshotId ?? ('' as SnapshotId)));
  });

  it('keeps what is pinned, and by that removes nothing else', () => {
    const pinned = daily.map((each, index) => ({ ...each, pinned: index % 50 === 49 }));
    const before = kept(daily, { daily: 7 });
    const after = kept(pinned, { daily: 7 });
    assert.deepEqual(after, new Set([...before, ...idsOf(pinned.filter((each) => each.pinned))]));
  });
});

describe('partial snapshots', () => {
  it('never take a whole one’s place', () => {
    const partial = [1, 2, 3].map((minutes) => snapshot(minutes * MINUTE_MS, { partial: true }));
    for (const policy of [{ last: 2 }, { daily: 2 }, { last: 1, daily: 2, monthly: 2 }]) {
      const withPartial = kept([...partial, ...daily.slice(1)], policy);
      for (const id of kept(daily.slice(1), policy)) assert.ok(withPartial.has(id));
    }
  });

  it('stay while nothing whole came after them, and go then', () => {
    const partial = snapshot(HOUR_MS, { partial: true });
    assert.ok(kept([partial, snapshot(DAY_MS)], { last: 1 }).has(partial.snapshotId));
    assert.ok(!kept([snapshot(0), partial, snapshot(DAY_MS)], { last: 3 }).has(partial.snapshotId));
  });
});

describe('devices of one source', () => {
  it('can’t push out what another one backed up', () => {
    const desktop = daily.slice(1, 30).map((each) => ({ ...each, deviceId: DESKTOP }));
    const policy = { last: 2, daily: 3, weekly: 2 };
    const flood = Array.from({ length: 500 }, (_, i) => fake(i * HOUR_MS));
    const alone = kept(desktop, policy);
    const together = kept([...desktop, ...flood], policy);
    for (const id of alone) assert.ok(together.has(id));
  });
});

const count = fc.integer({ min: 0, max: 6 });
const somePolicy = fc.record({
  last: count,
  hourly: count,
  daily: count,
  weekly: count,
  monthly: count,
  yearly: count,
  withinMs: fc.constantFrom(0, DAY_MS, 30 * DAY_MS),
});
const someSnapshots = fc
  .uniqueArray(
    fc.record({
      ageMs: fc.oneof(
        fc.integer({ min: HOUR_MS, max: 3 * DAY_MS }),
        fc.integer({ min: HOUR_MS, max: 900 * DAY_MS }),
      ),
      partial: fc.constantFrom(false, false, true),
      pinned: fc.constantFrom(false, false, false, true),
      deviceId: fc.constantFrom(LAPTOP, LAPTOP, DESKTOP),
    }),
    { selector: ({ ageMs }) => ageMs, maxLength: 50 },
  )
  .map((all) => all.map(({ ageMs, ...facts }) => snapshot(ageMs, facts)));

describe('whatever the policy and the snapshots', () => {
  it('keeps or removes each exactly once, the pinned ones never', () => {
    fc.assert(
      fc.property(somePolicy, someSnapshots, (policy, snapshots) => {
        const { keep, remove } = planRetention(snapshots, policy);
        const all = [...keep.map(({ snapshotId }) => snapshotId), ...remove];
        assert.deepEqual(all.toSorted(), [...idsOf(snapshots)].sort());
        const pinned = idsOf(snapshots.filter((each) => each.pinned));
        for (const id of remove) assert.ok(!pinned.has(id));
        for (const { reasons } of keep) assert.equal(new Set(reasons).size, reasons.length);
      }),
    );
  });

  it('keeps all of it when what was kept is judged again', () => {
    fc.assert(
      fc.property(somePolicy, someSnapshots, (policy, snapshots) => {
        const first = kept(snapshots, policy);
        const again = planRetention(
          snapshots.filter(({ snapshotId }) => first.has(snapshotId)),
          policy,
        );
        assert.deepEqual(again.remove, []);
      }),
    );
  });

  it('keeps nothing less for keeping more of something', () => {
    const rule = fc.constantFrom('last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly');
    fc.assert(
      fc.property(somePolicy, someSnapshots, rule, (policy, snapshots, more) => {
        fc.pre(Object.values(policy).some((each) => each > 0));
        const before = kept(snapshots, policy);
        const after = kept(snapshots, { ...policy, [more]: policy[more] + 1 });
        for (const id of before) assert.ok(after.has(id));
      }),
    );
  });

  it('doesn’t care in which order snapshots come', () => {
    fc.assert(
      fc.property(somePolicy, someSnapshots, (policy, snapshots) => {
        assert.deepEqual(planRetention(snapshots.toReversed(), policy), planRetention(snapshots, policy));
      }),
    );
  });
});

describe('a flood of fake snapshots', () => {
  /** Any number, in the last hour, some of them partial. */
  const flood = fc
    .uniqueArray(fc.integer({ min: 0, max: HOUR_MS - 1 }), { minLength: 1, maxLength: 200 })
    .map((ages) => ages.map((ageMs) => fake(ageMs, { partial: ageMs % 3 === 0 })));

  it('takes at most one place of each rule in a day: all else that was kept from earlier days stays', () => {
    fc.assert(
      fc.property(somePolicy, someSnapshots, flood, (policy, snapshots, fakes) => {
        // As if the flood's day had one honest snapshot: the place that a day takes is taken.
        const honest = [
          snapshot(HOUR_MS, {}, 'honest'),
          ...snapshots.filter(({ deviceId }) => deviceId === LAPTOP),
        ];
        const today = dayOf(snapshot(0));
        const rules = { ...policy, last: 0, hourly: 0, withinMs: 0 };
        const before = kept(honest, rules);
        const after = kept([...honest, ...fakes], rules);
        for (const each of honest) {
          if (dayOf(each) === today || each.partial || !before.has(each.snapshotId)) continue;
          assert.ok(after.has(each.snapshotId), `${each.snapshotId} was pushed out`);
        }
      }),
    );
  });

  it('can’t push the days before out of `last`', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 10 }), someSnapshots, flood, (last, snapshots, fakes) => {
        const good = snapshots.filter(({ deviceId, partial }) => deviceId === LAPTOP && !partial);
        const today = dayOf(snapshot(0));
        const days = [...new Set(good.toSorted((a, b) => b.receivedAtMs - a.receivedAtMs).map(dayOf))];
        const after = kept([...good, ...fakes], { last });
        const isKept = (day: string): boolean =>
          good.some((each) => dayOf(each) === day && after.has(each.snapshotId));
        for (const day of days.filter((each) => each !== today).slice(0, last - 1))
          assert.ok(isKept(day), day);
      }),
    );
  });

  it('can’t put away all of a week, month or year, however long it lasts', () => {
    const thisYear = daily.filter(({ receivedAtMs }) => new Date(receivedAtMs).getFullYear() === 2026);
    const [first] = thisYear.toReversed();
    assert.ok(first);
    const fakes = Array.from({ length: 3_000 }, (_, i) => fake(i * MINUTE_MS));
    for (const policy of [{ yearly: 3 }, { monthly: 12, yearly: 3 }]) {
      const after = kept([...daily, ...fakes], policy);
      assert.ok(after.has(first.snapshotId));
      assert.ok(
        after.has(daily[daily.indexOf(first) + 1]?.snapshotId ?? ('' as SnapshotId)),
        'the year before',
      );
    }
  });

  it('can’t push out what was pinned or came within the span', () => {
    const good = [snapshot(HOUR_MS), snapshot(2 * DAY_MS), snapshot(50 * DAY_MS, { pinned: true })];
    const fakes = Array.from({ length: 10_000 }, (_, i) => fake(i * 300));
    const after = kept([...good, ...fakes], { withinMs: 3 * DAY_MS });
    for (const { snapshotId } of good) assert.ok(after.has(snapshotId));
  });
});

describe('a lie about times', () => {
  /** What honest times keep, and what is kept where `lie` changes some. */
  function assertKeepsAll(lie: (snapshot: Candidate, lot: number) => Candidate): void {
    const lots = fc.array(fc.nat(), { minLength: 30, maxLength: 30 });
    fc.assert(
      fc.property(somePolicy, someSnapshots, lots, (policy, snapshots, random) => {
        const lied = snapshots.map((snapshot, index) => lie(snapshot, random[index % random.length] ?? 0));
        const after = kept(lied, policy);
        for (const id of kept(snapshots, policy)) assert.ok(after.has(id), `${id} was given up`);
      }),
    );
  }

  it('of the server, when it received snapshots, has no device give one up', () => {
    assertKeepsAll((snapshot) => ({ ...snapshot, receivedAtMs: NOW_MS }));
    assertKeepsAll((snapshot, lot) => ({ ...snapshot, receivedAtMs: lot }));
  });

  it('of a device, when it made them, has no other give one up', () => {
    assertKeepsAll((snapshot, lot) => ({ ...snapshot, takenAtMs: lot }));
  });
});

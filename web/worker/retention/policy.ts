/**
 * Which snapshots a policy keeps, in the style of restic's forget, but proof against floods and lies. It is judged
 * twice, by the time at which the server received a snapshot, which no device can feign, and by the time at which it
 * was made, which no server can; only what goes by both is removed. What is of one day counts as one day's, however
 * much it is:
 *
 * - `last` keeps the newest N, and of each of the newest N days the newest: a day of many snapshots takes one place.
 * - A period keeps its newest. The weeks, months and years that are still going on keep their first one too, if it
 *   is of an earlier day: whatever comes later can't put all of a period away. Earlier periods are closed: nothing
 *   can be added to them.
 * - `within` counts back from the device's newest snapshot, and keeps how things were at the span's beginning too.
 * - Devices are judged apart: one can't push out what another backed up.
 * - What is partial never takes a whole one's place. Partial ones newer than the last whole one are judged among
 *   themselves, since they may hold what nothing else does.
 * - The newest whole snapshot always stays, and so does what is pinned, which changes nothing for the others.
 *
 * Judging what was kept again keeps all of it.
 */
import type { DeviceId, SnapshotId } from '../../../shared/ids.ts';
import type { KeepReason } from '../../bridge/history-api.ts';
import type { RetentionPolicy } from '../../bridge/sources-api.ts';
import { PERIODS, periodKey } from './periods.ts';
import type { Period } from './periods.ts';

/** One snapshot of the source that is judged; what is in the trash isn't judged. */
export interface Candidate {
  readonly snapshotId: SnapshotId;
  readonly deviceId: DeviceId;
  /** By the server's clock. */
  readonly receivedAtMs: number;
  /** By the device's clock. */
  readonly takenAtMs: number;
  readonly partial: boolean;
  readonly pinned: boolean;
}

export interface RetentionPlan {
  /** Newest first: what is kept, and all that keeps it. */
  readonly keep: readonly { readonly snapshotId: SnapshotId; readonly reasons: readonly KeepReason[] }[];
  readonly remove: readonly SnapshotId[];
}

/** A snapshot and the time that it is judged by. */
interface Dated {
  readonly snapshotId: SnapshotId;
  readonly deviceId: DeviceId;
  readonly atMs: number;
  readonly partial: boolean;
  readonly pinned: boolean;
}

/** Periods so long that their first snapshot is worth keeping while they go on. */
const LONG_PERIODS: readonly Period[] = ['weekly', 'monthly', 'yearly'];

/** Judges the snapshots of one source, in any order. A policy that keeps nothing is taken to keep everything. */
export function planRetention(snapshots: readonly Candidate[], policy: RetentionPolicy): RetentionPlan {
  const newestFirst = snapshots.toSorted((a, b) => b.receivedAtMs - a.receivedAtMs);
  const reasons = new Map<SnapshotId, Set<KeepReason>>(
    newestFirst.map(({ snapshotId }) => [snapshotId, new Set()]),
  );
  const give: Give = (reason, kept) => {
    for (const { snapshotId } of kept) reasons.get(snapshotId)?.add(reason);
  };
  judge(
    newestFirst.map((snapshot) => ({ ...snapshot, atMs: snapshot.receivedAtMs })),
    policy,
    give,
  );
  judge(
    newestFirst.map((snapshot) => ({ ...snapshot, atMs: snapshot.takenAtMs })),
    policy,
    give,
  );
  const judged = [...reasons].map(([snapshotId, why]) => ({ snapshotId, reasons: [...why] }));
  return {
    keep: judged.filter(({ reasons: { length } }) => length > 0),
    remove: judged.filter(({ reasons: { length } }) => length === 0).map(({ snapshotId }) => snapshotId),
  };
}

type Give = (reason: KeepReason, kept: readonly Dated[]) => void;

function judge(snapshots: readonly Dated[], policy: RetentionPolicy, give: Give): void {
  const newestFirst = snapshots.toSorted((a, b) => b.atMs - a.atMs);
  give(
    'pinned',
    newestFirst.filter(({ pinned }) => pinned),
  );
  for (const ofDevice of byDevice(newestFirst)) judgeDevice(ofDevice, effective(policy), give);
}

function judgeDevice(newestFirst: readonly Dated[], policy: RetentionPolicy, give: Give): void {
  const [newest] = newestFirst;
  if (newest === undefined) return;
  if ((policy.withinMs ?? 0) > 0) give('within', within(newestFirst, newest.atMs - (policy.withinMs ?? 0)));
  const newestWhole = newestFirst.findIndex(({ partial }) => !partial);
  judgeAlike(
    newestFirst.filter(({ partial }) => !partial),
    policy,
    give,
  );
  judgeAlike(newestWhole === -1 ? newestFirst : newestFirst.slice(0, newestWhole), policy, give);
}

/** What came after `sinceMs`, and how things were then: the newest whole snapshot before it. */
function within(newestFirst: readonly Dated[], sinceMs: number): Dated[] {
  const before = newestFirst.find(({ atMs, partial }) => atMs <= sinceMs && !partial);
  const after = newestFirst.filter(({ atMs }) => atMs > sinceMs);
  return before === undefined ? after : [...after, before];
}

/** Judges snapshots that count for one another: all whole, or all partial. */
function judgeAlike(newestFirst: readonly Dated[], policy: RetentionPolicy, give: Give): void {
  const { last = 0 } = policy;
  give('last', newestFirst.slice(0, Math.max(1, last)));
  give('last', newestOfEach(newestFirst, 'daily', last));
  for (const period of PERIODS) {
    const count = policy[period] ?? 0;
    give(period, newestOfEach(newestFirst, period, count));
    if (count > 0) give(period, firstOfNewest(newestFirst, period));
  }
}

/** The newest snapshot of each of the newest `count` periods that have one. */
function newestOfEach(newestFirst: readonly Dated[], period: Period, count: number): Dated[] {
  const newest = new Map<string, Dated>();
  for (const snapshot of newestFirst) {
    const key = periodKey(snapshot.atMs, period);
    if (newest.has(key)) continue;
    if (newest.size === count) break;
    newest.set(key, snapshot);
  }
  return [...newest.values()];
}

/** The first snapshot of the newest period, if that is a long one, unless it is of the newest day. */
function firstOfNewest(newestFirst: readonly Dated[], period: Period): Dated[] {
  if (!LONG_PERIODS.includes(period)) return [];
  const keyOf = (snapshot: Dated | undefined, of: Period): string | undefined =>
    snapshot && periodKey(snapshot.atMs, of);
  const [newest] = newestFirst;
  const first = newestFirst.findLast((snapshot) => keyOf(snapshot, period) === keyOf(newest, period));
  return first === undefined || keyOf(first, 'daily') === keyOf(newest, 'daily') ? [] : [first];
}

function byDevice(snapshots: readonly Dated[]): Dated[][] {
  const devices = new Map<DeviceId, Dated[]>();
  for (const snapshot of snapshots) {
    const ofDevice = devices.get(snapshot.deviceId);
    if (ofDevice === undefined) devices.set(snapshot.deviceId, [snapshot]);
    else ofDevice.push(snapshot);
  }
  return [...devices.values()];
}

function effective(policy: RetentionPolicy): RetentionPolicy {
  const keepsNothing = Object.values(policy).every((count: number | undefined) => (count ?? 0) === 0);
  return keepsNothing ? { withinMs: Infinity } : policy;
}

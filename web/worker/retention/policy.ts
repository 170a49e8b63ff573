/**
 * Which snapshots of a source a policy keeps, in the style of restic's forget. All times are those at which
 * the server received a snapshot: a device's clock can't make a snapshot look old or new.
 */
import type { SnapshotId } from '../../../shared/ids.ts';

const PERIODS = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
type Period = (typeof PERIODS)[number];

/** How many to keep of each; what is 0 or absent keeps nothing by itself. */
export interface RetentionPolicy {
  readonly last?: number;
  readonly hourly?: number;
  readonly daily?: number;
  readonly weekly?: number;
  readonly monthly?: number;
  readonly yearly?: number;
  /** Everything received in this span before now. */
  readonly withinMs?: number;
}

/**
 * Everything of the last week stays, whatever the policy says: a flood of new snapshots can use up `last`
 * and win its own day, but it can't push out what was there before anyone had time to notice.
 */
export const ALWAYS_WITHIN_MS = 7 * 24 * 60 * 60 * 1_000;

export interface Candidate {
  readonly snapshotId: SnapshotId;
  readonly receivedAtMs: number;
  readonly pinned: boolean;
}

export type KeepReason = 'pinned' | 'within' | 'last' | Period;

export interface RetentionPlan {
  /** Kept snapshots, and all that keeps each. */
  readonly keep: ReadonlyMap<SnapshotId, readonly KeepReason[]>;
  readonly remove: readonly SnapshotId[];
}

/**
 * Judges the snapshots of one source. Days and months are those of the person’s time zone.
 * A policy that keeps nothing is taken to keep everything.
 */
export function planRetention(
  snapshots: readonly Candidate[],
  policy: RetentionPolicy,
  nowMs: number,
): RetentionPlan {
  const newestFirst = snapshots.toSorted((a, b) => b.receivedAtMs - a.receivedAtMs);
  const keep = new Map<SnapshotId, KeepReason[]>();
  for (const [reason, kept] of reasonsToKeep(newestFirst, policy, nowMs)) {
    for (const { snapshotId } of kept) keep.set(snapshotId, [...(keep.get(snapshotId) ?? []), reason]);
  }
  const remove = newestFirst
    .map(({ snapshotId }) => snapshotId)
    .filter((snapshotId) => !keep.has(snapshotId));
  return { keep, remove };
}

function reasonsToKeep(
  newestFirst: readonly Candidate[],
  policy: RetentionPolicy,
  nowMs: number,
): [KeepReason, readonly Candidate[]][] {
  const withinMs = keepsNothing(policy) ? Infinity : Math.max(ALWAYS_WITHIN_MS, policy.withinMs ?? 0);
  return [
    ['pinned', newestFirst.filter(({ pinned }) => pinned)],
    ['within', newestFirst.filter(({ receivedAtMs }) => receivedAtMs > nowMs - withinMs)],
    ['last', newestFirst.slice(0, policy.last ?? 0)],
    ...PERIODS.map((period): [KeepReason, Candidate[]] => [
      period,
      newestOfEach(newestFirst, period, policy[period] ?? 0),
    ]),
  ];
}

/** The newest snapshot of each of the last `count` periods that have one. */
function newestOfEach(newestFirst: readonly Candidate[], period: Period, count: number): Candidate[] {
  const seen = new Set<string>();
  const newest: Candidate[] = [];
  for (const snapshot of newestFirst) {
    const key = periodKey(new Date(snapshot.receivedAtMs), period);
    if (seen.size === count && !seen.has(key)) break;
    if (!seen.has(key)) newest.push(snapshot);
    seen.add(key);
  }
  return newest;
}

function periodKey(date: Date, period: Period): string {
  const [year, month, day] = [date.getFullYear(), date.getMonth(), date.getDate()];
  switch (period) {
    case 'hourly':
      return [year, month, day, date.getHours()].join('-');
    case 'daily':
      return [year, month, day].join('-');
    case 'weekly':
      // The Monday of its week.
      return new Date(year, month, day - ((date.getDay() + 6) % 7)).toDateString();
    case 'monthly':
      return [year, month].join('-');
    case 'yearly':
      return String(year);
  }
}

function keepsNothing(policy: RetentionPolicy): boolean {
  return Object.values(policy).every((count: number | undefined) => (count ?? 0) === 0);
}

/** Snapshots by when they were taken: by day for a month, by month before that. Pure. */
import type { SnapshotInfo } from '../state/types.ts';
import { formatDay, formatMonth, startOfDay } from './format.ts';

const DAYS_APART_MS = 31 * 86_400_000;

export interface TimeGroup {
  readonly title: string;
  /** Whether its snapshots need their date beside the time. */
  readonly isMonth: boolean;
  readonly snapshots: readonly SnapshotInfo[];
}

/** Groups in the order of `snapshots`, which is newest first. */
export function groupByTime(snapshots: readonly SnapshotInfo[], nowMs: number): readonly TimeGroup[] {
  const groups: { title: string; isMonth: boolean; snapshots: SnapshotInfo[] }[] = [];
  for (const snapshot of snapshots) {
    const { takenAtMs } = snapshot;
    const isMonth = startOfDay(nowMs) - startOfDay(takenAtMs) > DAYS_APART_MS;
    const title = isMonth ? formatMonth(takenAtMs) : formatDay(takenAtMs, nowMs);
    const last = groups.at(-1);
    if (last?.title === title) last.snapshots.push(snapshot);
    else groups.push({ title, isMonth, snapshots: [snapshot] });
  }
  return groups;
}

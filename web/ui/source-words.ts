/** Sources, modes, schedules and retention as a person reads them. Pure. */
import { formatMinute } from '../state/minute-of-day.ts';
import type { BackupMode, RetentionPolicy, Schedule, SourceInfo } from '../state/types.ts';
import { formatAgo, formatUntil } from './format.ts';

export interface ModeWords {
  readonly mode: BackupMode;
  readonly name: string;
  readonly hint: string;
}

export const MODES: readonly ModeWords[] = [
  {
    mode: 'incremental',
    name: 'Incremental',
    hint: 'Reads what changed since the last backup, by size and date. The usual way.',
  },
  {
    mode: 'differential',
    name: 'Differential',
    hint: 'Reads what changed since the last full backup.',
  },
  {
    mode: 'full',
    name: 'Full',
    hint: 'Reads every file again. For when size and date can’t be trusted; still sends only what is new.',
  },
];

export function modeName(mode: BackupMode): string {
  return MODES.find((each) => each.mode === mode)?.name ?? mode;
}

/** For example `Every day at 20:30`. */
export function scheduleWords(schedule: Schedule): string {
  switch (schedule.kind) {
    case 'manual':
      return 'When you say so';
    case 'hourly':
      return 'Every hour';
    case 'daily':
      return `Every day at ${formatMinute(schedule.minuteOfDay)}`;
    case 'on-change':
      return 'When something changes';
  }
}

type Counted = Exclude<keyof RetentionPolicy, 'withinMs'>;

/** The kinds that a policy counts, with the field's words. */
export const COUNTED: readonly (readonly [Counted, string])[] = [
  ['last', 'Newest'],
  ['hourly', 'Hourly'],
  ['daily', 'Daily'],
  ['weekly', 'Weekly'],
  ['monthly', 'Monthly'],
  ['yearly', 'Yearly'],
];

/** For example `Keeps 7 daily, 5 weekly`. */
export function retentionWords(policy: RetentionPolicy): string {
  const counted = COUNTED.filter(([kind]) => (policy[kind] ?? 0) > 0).map(
    ([kind, words]) => `${policy[kind] ?? 0} ${words.toLowerCase()}`,
  );
  const within = policy.withinMs ?? 0;
  const all = within > 0 ? [`all of ${Math.round(within / 86_400_000)} days`, ...counted] : counted;
  return all.length === 0 ? 'Keeps every snapshot' : `Keeps ${all.join(', ')}`;
}

/** When it was backed up last, and when it is due. */
export function lastWords({ lastBackupAtMs }: SourceInfo, nowMs: number): string {
  return lastBackupAtMs === undefined ? 'Never backed up' : `Backed up ${formatAgo(lastBackupAtMs, nowMs)}`;
}

export function nextWords({ settings, nextBackupAtMs }: SourceInfo, nowMs: number): string {
  if (nextBackupAtMs === undefined) return scheduleWords(settings.schedule);
  return nextBackupAtMs <= nowMs ? 'Due now' : `Next ${formatUntil(nextBackupAtMs, nowMs)}`;
}

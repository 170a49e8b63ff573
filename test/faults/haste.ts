/** How the server of this suite is set, which a person can't: everything is due soon, and segments are small. */
import type { Config } from '../../server/config.ts';

const SECOND_IN_HOURS = 1 / 3_600;

export const HASTE = {
  segmentSizeBytes: 1024 * 1024,
  trashGraceDays: 0,
  /**
   * Longer than any backup of the suite takes, which is some 20 s where it has to queue: what it has sent before would
   * be garbage when its snapshot comes, and it would need its source again. A person's grace is an hour at least.
   */
  garbageGraceHours: 30 * SECOND_IN_HOURS,
  maintenanceIntervalMinutes: 1 / 120,
  compactionDeadPercent: 1,
  scrubIntervalDays: SECOND_IN_HOURS / 4,
} as const satisfies Partial<Config>;

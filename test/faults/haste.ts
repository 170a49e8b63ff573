/** How the server of this suite is set, which a person can't: everything is due at once, and segments are small. */
import type { Config } from '../../server/config.ts';

const SECOND_IN_HOURS = 1 / 3_600;

export const HASTE = {
  segmentSizeBytes: 1024 * 1024,
  trashGraceDays: 0,
  garbageGraceHours: 3 * SECOND_IN_HOURS,
  maintenanceIntervalMinutes: 1 / 120,
  compactionDeadPercent: 1,
  scrubIntervalDays: SECOND_IN_HOURS / 4,
} as const satisfies Partial<Config>;

/** When a schedule is due. Local time: "every day at three" means the device's three. */
import type { Schedule } from '../../bridge/sources-api.ts';

const HOUR_MS = 3_600_000;

/**
 * When a source is due that was last backed up, or tried, at `lastAtMs` (0: never); `undefined` for schedules
 * that go by no clock. What was missed while the app was closed is due in the past: at once.
 */
export function dueAtMs(schedule: Schedule, lastAtMs: number): number | undefined {
  switch (schedule.kind) {
    case 'manual':
    case 'on-change':
      return undefined;
    case 'hourly':
      return lastAtMs + HOUR_MS;
    case 'daily':
      return nextMinuteOfDay(schedule.minuteOfDay, lastAtMs);
  }
}

/** The first moment after `afterMs` at which a clock on the wall shows that minute. */
function nextMinuteOfDay(minuteOfDay: number, afterMs: number): number {
  const moment = new Date(afterMs);
  moment.setHours(0, minuteOfDay, 0, 0);
  if (moment.getTime() <= afterMs) {
    moment.setDate(moment.getDate() + 1);
    moment.setHours(0, minuteOfDay, 0, 0);
  }
  return moment.getTime();
}

/** Which limits hold when (network-api.ts). */
import { HoldfastError } from '../../../shared/errors.ts';
import type { LimitPeriod, NetworkSettings, RateLimits } from '../../bridge/network-api.ts';

const MIN_BYTES_PER_SECOND = 1_024;
const DAY_MINUTES = 24 * 60;
const WEEK_DAYS = 7;

/** The limits of `settings` at `date`, by its local time. */
export function limitsAt({ limits, periods }: NetworkSettings, date: Date): RateLimits {
  return periods.find((period) => holds(period, date))?.limits ?? limits;
}

/** Throws `internal` unless every number is within its bounds. */
export function checkSettings({ limits, periods }: NetworkSettings): void {
  const isSound =
    [limits, ...periods.map((period) => period.limits)].every(areLimits) && periods.every(isPeriod);
  if (!isSound) throw new HoldfastError('internal', { detail: 'network settings out of bounds' });
}

function holds({ weekdays, fromMinute, toMinute }: LimitPeriod, date: Date): boolean {
  const minute = date.getHours() * 60 + date.getMinutes();
  const begunToday = weekdays.includes(date.getDay()) && minute >= fromMinute;
  if (fromMinute < toMinute) return begunToday && minute < toMinute;
  const yesterday = (date.getDay() + WEEK_DAYS - 1) % WEEK_DAYS;
  return begunToday || (weekdays.includes(yesterday) && minute < toMinute);
}

function areLimits({ uploadBytesPerSecond, downloadBytesPerSecond }: RateLimits): boolean {
  return [uploadBytesPerSecond, downloadBytesPerSecond].every(
    (limit) => limit === undefined || (Number.isFinite(limit) && limit >= MIN_BYTES_PER_SECOND),
  );
}

function isPeriod({ weekdays, fromMinute, toMinute }: LimitPeriod): boolean {
  return (
    weekdays.every((day) => isBelow(WEEK_DAYS, day)) &&
    isBelow(DAY_MINUTES, fromMinute) &&
    isBelow(DAY_MINUTES, toMinute)
  );
}

function isBelow(bound: number, value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < bound;
}

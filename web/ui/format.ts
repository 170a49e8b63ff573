/** Sizes, times and counts as a person reads them. Pure functions; the app speaks English. */
const LOCALE = 'en-GB';
const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'] as const;

const wholeNumber = new Intl.NumberFormat(LOCALE);
const dateTime = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'short' });
const clock = new Intl.DateTimeFormat(LOCALE, { timeStyle: 'medium' });
const dateOnly = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium' });
const dayName = new Intl.DateTimeFormat(LOCALE, { weekday: 'long', day: 'numeric', month: 'long' });
const monthName = new Intl.DateTimeFormat(LOCALE, { month: 'long', year: 'numeric' });
const shortTime = new Intl.DateTimeFormat(LOCALE, { timeStyle: 'short' });
const shortDay = new Intl.DateTimeFormat(LOCALE, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});
const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto' });

/** For example `1.2 MB`; a KB is 1,000 bytes. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit] ?? 'PB'}`;
}

export function formatCount(count: number): string {
  return wholeNumber.format(count);
}

/** For example `1 file` and `1,204 files`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** For example `24 Nov 2026, 14:05`. */
export function formatDateTime(atMs: number): string {
  return dateTime.format(atMs);
}

function formatDate(atMs: number): string {
  return dateOnly.format(atMs);
}

/** For example `14:05:09`. */
export function formatClock(atMs: number): string {
  return clock.format(atMs);
}

/** For example `45 s`, `3 min 5 s`, `2 h 10 min`, `3 days 4 h`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return pair(Math.floor(whole / 60), 'min', whole % 60, 's');
  if (whole < 86_400) return pair(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'min');
  const days = Math.floor(whole / 86_400);
  return pair(days, days === 1 ? 'day' : 'days', Math.floor((whole % 86_400) / 3600), 'h');
}

function pair(first: number, firstUnit: string, second: number, secondUnit: string): string {
  return second === 0 ? `${first} ${firstUnit}` : `${first} ${firstUnit} ${second} ${secondUnit}`;
}

/** How long ago, for example `5 minutes ago`, `yesterday`; a date when it is more than a week. */
export function formatAgo(atMs: number, nowMs: number): string {
  const seconds = Math.round((nowMs - atMs) / 1000);
  if (seconds < 45) return 'just now';
  if (seconds < 3600) return relative.format(-Math.max(1, Math.round(seconds / 60)), 'minute');
  if (seconds < 86_400) return relative.format(-Math.round(seconds / 3600), 'hour');
  const days = Math.round(seconds / 86_400);
  return days <= 7 ? relative.format(-days, 'day') : formatDate(atMs);
}

/** How long until then, for example `in 6 hours`, `tomorrow`. */
export function formatUntil(atMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((atMs - nowMs) / 1000));
  if (seconds < 3600) return relative.format(Math.max(1, Math.round(seconds / 60)), 'minute');
  if (seconds < 86_400) return relative.format(Math.round(seconds / 3600), 'hour');
  return relative.format(Math.round(seconds / 86_400), 'day');
}

/** A day's heading, for example `Today`, `Yesterday`, `Tuesday 24 November`. */
export function formatDay(atMs: number, nowMs: number): string {
  const days = Math.round((startOfDay(nowMs) - startOfDay(atMs)) / 86_400_000);
  if (days === 0) return 'Today';
  return days === 1 ? 'Yesterday' : dayName.format(atMs);
}

/** A month's heading, for example `October 2026`. */
export function formatMonth(atMs: number): string {
  return monthName.format(atMs);
}

/** The time of day, for example `14:05`. */
export function formatTime(atMs: number): string {
  return shortTime.format(atMs);
}

/** The day and time without the year, for example `24 Nov, 14:05`. */
export function formatShort(atMs: number): string {
  return shortDay.format(atMs);
}

/** Midnight before `atMs`, local time. */
export function startOfDay(atMs: number): number {
  return new Date(atMs).setHours(0, 0, 0, 0);
}

/** Done of total as a whole percentage that reaches 100 only at the end. */
export function percentOf(done: number, total: number): number {
  if (total <= 0) return 0;
  return Math.min(100, Math.floor((100 * done) / total));
}

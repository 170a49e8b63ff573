/** Times of the day as inputs have them. Pure. */

/** A minute of the day, for example `20:30`. */
export function formatMinute(minuteOfDay: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(Math.floor(minuteOfDay / 60))}:${two(minuteOfDay % 60)}`;
}

/** The minute of the day that a time input's text names; undefined if it is none. */
export function parseMinute(text: string): number | undefined {
  const parts = /^(\d{1,2}):(\d{2})/.exec(text);
  if (parts === null) return undefined;
  const [hour, minute] = [Number(parts[1]), Number(parts[2])];
  return hour < 24 && minute < 60 ? hour * 60 + minute : undefined;
}

/** The hours, days, weeks, months and years that moments fall into, by this device's time zone. */

export const PERIODS = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
export type Period = (typeof PERIODS)[number];

/** The same for two moments of one period. Weeks begin on Monday. */
export function periodKey(atMs: number, period: Period): string {
  const date = new Date(atMs);
  const [year, month, day] = [date.getFullYear(), date.getMonth(), date.getDate()];
  switch (period) {
    case 'hourly':
      return [year, month, day, date.getHours()].join('-');
    case 'daily':
      return [year, month, day].join('-');
    case 'weekly':
      return new Date(year, month, day - ((date.getDay() + 6) % 7)).toDateString();
    case 'monthly':
      return [year, month].join('-');
    case 'yearly':
      return String(year);
  }
}

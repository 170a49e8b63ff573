/** Whether something grows: samples over time, and their slope by linear regression once caches are full. */

export interface Sample {
  readonly atMs: number;
  readonly value: number;
}

/**
 * How much the values of the later three quarters grow in an hour, by least squares; 0 of fewer than two samples. Of
 * the later half alone, a page's ten minutes, the slope is uncertain by half of what is allowed.
 */
export function slopePerHour(samples: readonly Sample[]): number {
  const late = samples.slice(Math.floor(samples.length / 4));
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const meanAt = mean(late.map(({ atMs }) => atMs));
  const meanValue = mean(late.map(({ value }) => value));
  const covariance = late.reduce((sum, { atMs, value }) => sum + (atMs - meanAt) * (value - meanValue), 0);
  const variance = late.reduce((sum, { atMs }) => sum + (atMs - meanAt) ** 2, 0);
  return variance === 0 ? 0 : (covariance / variance) * 3_600_000;
}

/** The least sample of each `windowMs`: of memory what a collection leaves, not what lies about until the next one. */
export function floors(samples: readonly Sample[], windowMs: number): Sample[] {
  const least = new Map<number, Sample>();
  const startMs = samples[0]?.atMs ?? 0;
  for (const sample of samples) {
    const window = Math.floor((sample.atMs - startMs) / windowMs);
    const before = least.get(window);
    if (before === undefined || sample.value < before.value) least.set(window, sample);
  }
  return [...least.values()];
}

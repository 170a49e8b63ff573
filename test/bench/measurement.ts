/** One measured number of one run. */
export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: 'MB/s' | 'files/s' | 'MB' | 'ms/MB' | 's' | 'ms' | 'ns' | '%';
  /** What a reader should know of it: a peer's version, for one. */
  readonly note?: string;
}

/** Megabytes are 10^6 bytes here, as in disks' and networks' speeds. */
export const MEGABYTE = 1e6;

/** The speed of moving `sizeBytes` in `ms`. */
export function speedOf(name: string, sizeBytes: number, ms: number, note?: string): Measurement {
  const value = sizeBytes / MEGABYTE / (ms / 1_000);
  return { name, value, unit: 'MB/s', ...(note === undefined ? {} : { note }) };
}

/** What goes wrong with one file is that file's alone, unless it makes trying the next one useless. */
import { toHoldfastError } from '../../../shared/errors.ts';
import type { HoldfastError } from '../../../shared/errors.ts';

const ENDS_ALL: readonly string[] = [
  'device-full',
  'session-expired',
  'not-signed-in',
  'cancelled',
  'locked',
];

/**
 * What `work` gives; `undefined` if it fails with what concerns this one item alone, which `onFailure` hears of.
 * Throws what ends the whole restore, and the signal's reason.
 */
export async function attempt<T>(
  signal: AbortSignal,
  work: () => Promise<T>,
  onFailure: (failure: HoldfastError) => void,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    const failure = toHoldfastError(error);
    if (ENDS_ALL.includes(failure.code)) throw failure;
    onFailure(failure);
    return undefined;
  }
}

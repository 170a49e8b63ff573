/**
 * A signal for one piece of work. A browser keeps a signal made of others, with all that listens to it, until it
 * aborts, and so all that the work was made of: here it aborts at the work's end at the latest.
 */
import { HoldfastError } from '../../shared/errors.ts';

/** What still listens at the end hears this. One for all: an error holds what was under way when it was made. */
const OVER = new HoldfastError('cancelled');

export interface SignalScope {
  /** Aborts when the outer one does, by `abort`, or when the work is over. */
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
}

/** What `work` gives or throws. */
export async function inSignalScope<T>(
  outer: AbortSignal,
  work: (scope: SignalScope) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  try {
    return await work({
      signal: AbortSignal.any([outer, own.signal]),
      abort: (reason) => {
        own.abort(reason);
      },
    });
  } finally {
    own.abort(OVER);
  }
}

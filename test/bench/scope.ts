/** Clean-up outside of a test: what was started is ended in the reverse order, whatever happened. */
import type { CleanUp } from '../helpers/temp-dir.ts';

/** Runs `work` with a scope and then everything that was left to the scope. */
export async function withScope<T>(work: (scope: CleanUp) => Promise<T>): Promise<T> {
  const left: (() => void | Promise<void>)[] = [];
  try {
    return await work({ after: (fn) => void left.push(fn) });
  } finally {
    for (const fn of left.toReversed()) await fn();
  }
}

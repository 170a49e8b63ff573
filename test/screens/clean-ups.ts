/** Runs something outside a test runner that needs cleaning up after: servers, browsers, folders. */
import type { CleanUp } from '../helpers/temp-dir.ts';

export type CleanUps = CleanUp;

/** Runs `work`; what it registered is run when it has ended, the latest first, even if it failed. */
export async function runCleanUps(work: (cleanUps: CleanUps) => Promise<void>): Promise<void> {
  const registered: (() => void | Promise<void>)[] = [];
  try {
    await work({ after: (fn) => registered.push(fn) });
  } finally {
    for (const fn of registered.reverse()) await fn();
  }
}

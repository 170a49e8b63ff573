/** Cleaning up after a suite whose tests share what `before` has made. */
import { after } from 'node:test';
import type { CleanUp } from './temp-dir.ts';

/**
 * Call it in the body of `describe`: what is registered while the suite runs, in `before` or in a test, is
 * run when the suite ends, the latest first. (`after` itself, called in `before`, runs when `before` ends.)
 */
export function suiteCleanUp(): CleanUp {
  const registered: (() => void | Promise<void>)[] = [];
  after(async () => {
    for (let fn = registered.pop(); fn !== undefined; fn = registered.pop()) await fn();
  });
  return { after: (fn) => registered.push(fn) };
}

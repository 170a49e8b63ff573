/** Waiting for something that has no event. */
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_EVERY_MS = 50;

/**
 * Calls `probe` until it gives something other than undefined, and resolves with that. Rejects after
 * `timeoutMs`, naming what was waited for.
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 30_000,
): Promise<T> {
  const giveUpAtMs = Date.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (Date.now() > giveUpAtMs) throw new Error(`Waited ${timeoutMs} ms in vain for ${what}.`);
    await sleep(POLL_EVERY_MS);
  }
}

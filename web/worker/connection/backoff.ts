/** Exponential back-off with full jitter: many clients that lost one server don't come back as one. */
const FIRST_MS = 250;
const MOST_MS = 60_000;

/** How long to wait before try number `attempt` (0 = the first again), for a `chance` in [0, 1). */
export function backoffMs(attempt: number, chance: number): number {
  return chance * Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
}

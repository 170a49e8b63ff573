/** Exponential back-off with full jitter: many clients that lost one server don't come back as one. */
const FIRST_MS = 250;
const MOST_MS = 60_000;

/** How long to wait before try number `attempt` (0 = the first again), for a `chance` in [0, 1). */
export function backoffMs(attempt: number, chance: number): number {
  return chance * boundMs(attempt);
}

/** The most that a server may have a client wait. */
const MOST_ASKED_MS = 10 * 60_000;

/**
 * How long to wait where the server may name a time: never shorter than that, and spread over as long again, up to a
 * minute: it names the same time to all whom it turned away. Without one it is the back-off; so it can't have a client
 * ask without a pause, and never has it wait so long that a person would think it dead.
 */
export function pauseMs(askedMs: number | undefined, attempt: number, chance: number): number {
  const leastMs = Math.min(askedMs ?? 0, MOST_ASKED_MS);
  return leastMs + chance * Math.max(boundMs(attempt), Math.min(leastMs, MOST_MS));
}

function boundMs(attempt: number): number {
  return Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
}

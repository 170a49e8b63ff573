/**
 * How long to wait between connections. One that comes and goes at once, again and again, is as good as none: a server
 * that greets and then talks nonsense must not keep a device busy.
 */

/** What came of a try: no connection, one that came and went, one that lasted or that chunks went over. */
export type Outcome = 'failed' | 'brief' | 'lasted';

/** As long as this a connection must be there to count as one that lasted. */
export const LASTED_MS = 1_000;
/** Brief connections in a row that are still followed at once: networks do that. */
const PATIENCE = 4;

export class Tries {
  #failures = 0;
  #briefs = 0;

  /** The number of the next try for the back-off, after one with this outcome. */
  after(outcome: Outcome): number {
    if (outcome === 'failed') return this.#failures++;
    this.#failures = 0;
    this.#briefs = outcome === 'brief' ? this.#briefs + 1 : 0;
    return Math.max(0, this.#briefs - PATIENCE);
  }
}

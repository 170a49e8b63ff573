/**
 * Lets the steps of several things that are under way at once happen in an order that a seed decides, one at a time:
 * the same seed gives the same order again.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SeededRandom } from '../helpers/seeded-random.ts';

/** Turns of the event loop without news after which all that can go on has gone as far as its next step. */
const QUIET_TURNS = 2;

export class Schedule {
  readonly #random: SeededRandom;
  #waiting: (() => Promise<unknown>)[] = [];
  /** Resolves when nothing happens any more. */
  readonly #stopped: Promise<void>;
  #stop: () => void = () => undefined;

  constructor(random: SeededRandom) {
    this.#random = random;
    this.#stopped = new Promise((resolve) => (this.#stop = resolve));
  }

  /** A step, which happens when it is its turn. */
  add<T>(act: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(async () => act().then(resolve, reject));
    });
  }

  /** Nothing that waits happens any more. */
  stop(): void {
    this.#waiting = [];
    this.#stop();
  }

  /** Has steps happen until `work` has ended, and all that it left behind. */
  async run(work: Promise<unknown>): Promise<void> {
    const over = new AbortController();
    const ending = work.finally(() => {
      over.abort();
    });
    for (;;) {
      await this.#quiet();
      const [step] = this.#waiting.splice(this.#random.integer(this.#waiting.length), 1);
      if (step !== undefined) await Promise.race([step(), this.#stopped]);
      else if (over.signal.aborted) break;
    }
    await ending;
  }

  async #quiet(): Promise<void> {
    for (let quiet = 0, count = -1; quiet < QUIET_TURNS; quiet++) {
      await nextTurn();
      if (this.#waiting.length !== count) quiet = -1;
      count = this.#waiting.length;
    }
  }
}

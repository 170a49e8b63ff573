/**
 * Notices a server that lives and doesn't answer: it pings, and owes answers, and nothing goes on. What counts is that
 * anything goes on at all: how long one request takes depends on what is under way before it.
 */
import type { Clock } from '../ports.ts';

const LOOK_EVERY_MS = 5_000;
/** So many looks in a row without anything: a minute. Looks are counted, not time, which passes while a device sleeps. */
const PATIENCE_LOOKS = 12;

export interface AnswerWatchEvents {
  /** Whether the server owes something that it could give now. */
  isOwing(): boolean;
  onOverdue(): void;
}

export class AnswerWatch {
  readonly #clock: Clock;
  readonly #life: AbortSignal;
  readonly #events: AnswerWatchEvents;
  #looks = 0;

  /** Watches from `start` on until `life` aborts. */
  constructor(clock: Clock, life: AbortSignal, events: AnswerWatchEvents) {
    this.#clock = clock;
    this.#life = life;
    this.#events = events;
  }

  start(): void {
    void this.#watch();
  }

  /** Something went on. */
  progressed(): void {
    this.#looks = 0;
  }

  async #watch(): Promise<void> {
    while (!this.#life.aborted) {
      await this.#clock.sleep(LOOK_EVERY_MS, this.#life).catch(() => undefined);
      this.#looks = this.#events.isOwing() ? this.#looks + 1 : 0;
      if (this.#looks > PATIENCE_LOOKS) this.#events.onOverdue();
    }
  }
}

/** Lets long work give way now and then: the engine's thread also sends pieces and hears that it is cancelled. */
import type { Clock } from '../ports.ts';

const SLICE_MS = 12;

export class Pace {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #sinceMs: number;
  #rest: Promise<void> | undefined;

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    this.#sinceMs = clock.nowMs();
  }

  /** Call between small steps. Throws the signal's reason once it has aborted. */
  async step(): Promise<void> {
    this.#signal.throwIfAborted();
    if (this.#clock.nowMs() - this.#sinceMs >= SLICE_MS) this.#rest ??= this.#giveWay();
    await this.#rest;
  }

  async #giveWay(): Promise<void> {
    try {
      await this.#clock.sleep(0, this.#signal);
    } finally {
      this.#sinceMs = this.#clock.nowMs();
      this.#rest = undefined;
    }
  }
}

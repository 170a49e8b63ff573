/** Keeps a job's reading and writing to a rate, lets the event loop run between its slices, and ends it. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { HoldfastError } from '../../shared/errors.ts';
import type { Clock } from '../ports.ts';

/** Shorter rests than these are gathered. */
const REST_MS = 20;
/** Work without a rest, where there is no rate. */
const SLICE_BYTES = 1024 * 1024;

export interface PaceOptions {
  readonly clock: Clock;
  /** Infinity: as fast as it goes. */
  readonly bytesPerSecond: number;
  /** Ends the job at its next step. */
  readonly signal: AbortSignal;
}

export class Pace {
  readonly #options: PaceOptions;
  #spentBytes = 0;

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /** After each slice of work. Throws `shutting-down` when the job is to end. */
  async turn(): Promise<void> {
    await nextTurn();
    this.#checkStopped();
  }

  /** After so many bytes were read or written. Throws `shutting-down`. */
  async spend(bytes: number): Promise<void> {
    this.#spentBytes += bytes;
    const restMs = (1_000 * this.#spentBytes) / this.#options.bytesPerSecond;
    if (restMs >= REST_MS) await this.#rest(restMs);
    else if (this.#spentBytes < SLICE_BYTES) return;
    this.#spentBytes = 0;
    await this.turn();
  }

  async #rest(restMs: number): Promise<void> {
    const { clock, signal } = this.#options;
    this.#checkStopped();
    await new Promise<void>((resolve) => {
      const end = () => {
        callOff();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const callOff = clock.after(restMs, end);
      signal.addEventListener('abort', end);
    });
  }

  #checkStopped(): void {
    if (this.#options.signal.aborted) throw new HoldfastError('shutting-down');
  }
}

/** A clock that stands still until a test moves it. */
import { setImmediate as afterEvents } from 'node:timers/promises';
import type { Clock } from '../../web/worker/ports.ts';

interface Sleeper {
  readonly wakeAtMs: number;
  readonly wake: () => void;
}

export class ManualClock implements Clock {
  #nowMs: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(nowMs = 1_700_000_000_000) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** How many sleep now. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const sleeper = {
        wakeAtMs: this.#nowMs + ms,
        wake: () => {
          signal?.removeEventListener('abort', stop);
          resolve();
        },
      };
      const stop = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason as Error);
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', stop, { once: true });
    });
  }

  /** Moves time on by `ms`, waking who is due at their own moment, each after what the one before began. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.wakeAtMs);
      this.#sleepers.delete(next);
      next.wake();
      await afterEvents();
    }
    this.#nowMs = untilMs;
    await afterEvents();
  }

  #next(untilMs: number): Sleeper | undefined {
    return [...this.#sleepers]
      .filter(({ wakeAtMs }) => wakeAtMs <= untilMs)
      .sort((a, b) => a.wakeAtMs - b.wakeAtMs)
      .at(0);
  }
}

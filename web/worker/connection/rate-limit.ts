/**
 * A limit on bytes per second that can change at any time (token bucket). Bytes may go as soon as those before are
 * paid for, however many they are: so parts of any size keep the rate, and what is lent is paid back by waiting.
 */
import { Turns } from '../jobs/turns.ts';
import type { Clock } from '../ports.ts';

/** What may be saved up while nothing goes: a late timer costs no speed, and a burst is no more than this. */
const SAVED_SECONDS = 0.25;

export class RateLimit {
  readonly #clock: Clock;
  readonly #turns = new Turns();
  #changed = new AbortController();
  #waiting = 0;
  #bytesPerSecond: number | undefined;
  #savedBytes = 0;
  #countedAtMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get bytesPerSecond(): number | undefined {
    return this.#bytesPerSecond;
  }

  /** Undefined for no limit. Concerns those that wait already, too. */
  set(bytesPerSecond: number | undefined): void {
    if (bytesPerSecond === this.#bytesPerSecond) return;
    this.#count();
    if (this.#bytesPerSecond === undefined) this.#savedBytes = 0;
    this.#bytesPerSecond = bytesPerSecond;
    this.#changed.abort();
    this.#changed = new AbortController();
  }

  /** Undefined if `bytes` may go at once, else a promise of when; in the order of asking. */
  take(bytes: number): Promise<void> | undefined {
    if (this.#bytesPerSecond === undefined && this.#waiting === 0) return undefined;
    this.#waiting++;
    return this.#turns.run(async () => {
      for (let waitMs = this.#debtMs(); waitMs > 0; waitMs = this.#debtMs()) {
        // Woken early when the limit changes.
        await this.#clock.sleep(waitMs, this.#changed.signal).catch(() => undefined);
      }
      this.#savedBytes -= bytes;
      this.#waiting--;
    });
  }

  /** In whole milliseconds, as clocks count. */
  #debtMs(): number {
    this.#count();
    if (this.#bytesPerSecond === undefined) return 0;
    return Math.ceil((-this.#savedBytes * 1_000) / this.#bytesPerSecond);
  }

  #count(): void {
    const nowMs = this.#clock.nowMs();
    const passedSeconds = Math.max(0, nowMs - this.#countedAtMs) / 1_000;
    this.#countedAtMs = nowMs;
    const rate = this.#bytesPerSecond ?? 0;
    this.#savedBytes = Math.min(this.#savedBytes + passedSeconds * rate, SAVED_SECONDS * rate);
  }
}

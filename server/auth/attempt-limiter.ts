/**
 * Bounds attempts per key (a name, an address): so many at once, then evenly over the window. Counts
 * names that exist and names that don't alike.
 */
import { HoldfastError } from '../../shared/errors.ts';
import type { Clock } from '../ports.ts';

/** What a key has used up, as the time that it takes to come back. */
interface Debt {
  debtMs: number;
  countedAtMs: number;
}

export interface AttemptLimiterOptions {
  readonly maxAttempts: number;
  readonly windowMs: number;
  readonly clock: Clock;
}

/** Keys that are remembered; beyond it the oldest are forgotten, never the newest refused. */
const MAX_KEYS = 100_000;

export class AttemptLimiter {
  readonly #options: AttemptLimiterOptions;
  readonly #debts = new Map<string, Debt>();

  constructor(options: AttemptLimiterOptions) {
    this.#options = options;
  }

  /** Counts an attempt. Throws `too-many-attempts` with the time until the next is allowed. */
  take(key: string): void {
    const debt = this.#debtOf(key);
    const debtMs = debt.debtMs + this.#attemptMs;
    const overMs = debtMs - this.#options.windowMs;
    if (overMs > 0) throw new HoldfastError('too-many-attempts', { retryAfterMs: Math.ceil(overMs) });
    debt.debtMs = debtMs;
  }

  /** Takes an attempt back that turned out to be rightful. */
  refund(key: string): void {
    const debt = this.#debtOf(key);
    debt.debtMs = Math.max(0, debt.debtMs - this.#attemptMs);
  }

  /** Whole milliseconds, so that the last attempt of a full window is not lost to rounding. */
  get #attemptMs(): number {
    return Math.floor(this.#options.windowMs / this.#options.maxAttempts);
  }

  /** The key's debt as it is now. A clock that was set back takes nothing off it and adds nothing. */
  #debtOf(key: string): Debt {
    const nowMs = this.#options.clock.nowMs();
    const { debtMs, countedAtMs } = this.#debts.get(key) ?? { debtMs: 0, countedAtMs: nowMs };
    const paidMs = Math.max(0, nowMs - countedAtMs);
    const debt = { debtMs: Math.max(0, debtMs - paidMs), countedAtMs: nowMs };
    this.#remember(key, debt);
    return debt;
  }

  /** Keeps the keys in the order of their last use, so that the first is the oldest. */
  #remember(key: string, debt: Debt): void {
    this.#debts.delete(key);
    this.#debts.set(key, debt);
    if (this.#debts.size <= MAX_KEYS) return;
    for (const oldest of this.#debts.keys()) {
      this.#debts.delete(oldest);
      return;
    }
  }
}

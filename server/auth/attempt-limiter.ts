/**
 * Bounds attempts per key (a name, an address): each has a bucket of attempts that refills evenly
 * over the window. Counts names that exist and names that don't alike.
 */
import { HoldfastError } from '../../shared/errors.ts';
import type { Clock } from '../ports.ts';

interface Bucket {
  attemptsLeft: number;
  updatedAtMs: number;
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
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: AttemptLimiterOptions) {
    this.#options = options;
  }

  /** Counts an attempt. Throws `too-many-attempts` with the time until the next is allowed. */
  take(key: string): void {
    const bucket = this.#refilled(key);
    if (bucket.attemptsLeft < 1) {
      throw new HoldfastError('too-many-attempts', { retryAfterMs: this.#waitMs(1 - bucket.attemptsLeft) });
    }
    bucket.attemptsLeft--;
  }

  /** Takes an attempt back that turned out to be rightful. */
  refund(key: string): void {
    const bucket = this.#refilled(key);
    bucket.attemptsLeft = Math.min(this.#options.maxAttempts, bucket.attemptsLeft + 1);
  }

  #refilled(key: string): Bucket {
    const { maxAttempts, windowMs, clock } = this.#options;
    const nowMs = clock.nowMs();
    const bucket = this.#buckets.get(key) ?? { attemptsLeft: maxAttempts, updatedAtMs: nowMs };
    const refill = ((nowMs - bucket.updatedAtMs) / windowMs) * maxAttempts;
    bucket.attemptsLeft = Math.min(maxAttempts, bucket.attemptsLeft + Math.max(0, refill));
    bucket.updatedAtMs = nowMs;
    this.#remember(key, bucket);
    return bucket;
  }

  /** Keeps the keys in the order of their last use, so that the first is the oldest. */
  #remember(key: string, bucket: Bucket): void {
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size <= MAX_KEYS) return;
    for (const oldest of this.#buckets.keys()) {
      this.#buckets.delete(oldest);
      return;
    }
  }

  #waitMs(missingAttempts: number): number {
    return Math.ceil((missingAttempts * this.#options.windowMs) / this.#options.maxAttempts);
  }
}

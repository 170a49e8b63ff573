/**
 * The time that a message and its answer take on an empty connection: the least that was measured lately. What
 * stands in a queue makes every measurement longer, and so, while transfers go on, the truth would be forgotten:
 * before that both ways are let run dry for a moment ("draining"), and it is measured again.
 */

/** After this long without another short measurement it may be that the way itself has become longer. */
const PERIOD_MS = 10_000;
/** Pings that are sent while draining: when the first is answered, what went before is gone. */
const DRAINING_PINGS = 2;

export class RoundTrip {
  #leastMs: number | undefined;
  /** Of this period. */
  #recentMs = Infinity;
  #periodFromMs: number | undefined;
  #draining: { readonly fromMs: number; pings: number } | undefined;
  /** The measurement before, if nothing else was under way. */
  #idleMs: number | undefined;

  /** 0 as long as nothing was measured. */
  get leastMs(): number {
    return this.#leastMs ?? 0;
  }

  /** Whether no more than half of what the way holds should be under way. */
  get isDraining(): boolean {
    return this.#draining !== undefined;
  }

  /**
   * A ping was answered. Gives how long that took beyond the least. `wasIdle`: nothing else was under way, so there
   * was no queue of ours: two such measurements are the truth, even if it was less before.
   */
  note(sentAtMs: number, nowMs: number, wasIdle: boolean): number {
    const tookMs = Math.max(0, nowMs - sentAtMs);
    this.#noteIdle(wasIdle ? tookMs : undefined, nowMs);
    this.#leastMs = Math.min(this.#leastMs ?? tookMs, tookMs);
    this.#recentMs = Math.min(this.#recentMs, tookMs);
    if (this.#draining !== undefined) this.#drained(sentAtMs, nowMs);
    else if (nowMs - (this.#periodFromMs ??= nowMs) >= PERIOD_MS) this.#renew(nowMs);
    return tookMs - this.leastMs;
  }

  #noteIdle(tookMs: number | undefined, nowMs: number): void {
    const beforeMs = this.#idleMs;
    this.#idleMs = tookMs;
    if (tookMs !== undefined && beforeMs !== undefined) this.#begin(Math.min(tookMs, beforeMs), nowMs);
  }

  #renew(nowMs: number): void {
    if (this.#recentMs <= this.leastMs * 1.25 + 20) this.#begin(this.#recentMs, nowMs);
    else {
      this.#draining = { fromMs: nowMs, pings: 0 };
      this.#recentMs = Infinity;
    }
  }

  #drained(sentAtMs: number, nowMs: number): void {
    if (this.#draining === undefined || sentAtMs < this.#draining.fromMs) return;
    if (++this.#draining.pings === DRAINING_PINGS) this.#begin(this.#recentMs, nowMs);
  }

  #begin(leastMs: number, nowMs: number): void {
    this.#leastMs = leastMs;
    this.#recentMs = Infinity;
    this.#periodFromMs = nowMs;
    this.#draining = undefined;
  }
}

/**
 * What is on its way to the server. Each ping stands behind the bytes that were sent before it, so its answer says
 * that they have arrived: that is how fast the connection delivers, wherever its queues are (in the browser, in
 * the kernel, in the network).
 */
import type { Clock } from '../ports.ts';
import { DeliveryRate } from './delivery-rate.ts';
import { frameSizes, windowBytes } from './flow-window.ts';
import type { RateLimit } from './rate-limit.ts';
import type { RoundTrip } from './round-trip.ts';

/** As much as the server grants. */
const MAX_WINDOW_BYTES = 12 * 1024 * 1024;
/** Pings in a window. */
const PINGS_IN_WINDOW = 4;
/** Measurements of two windows. */
const STEADY_AFTER = 2 * PINGS_IN_WINDOW;

/** Where the bytes stood when a ping was sent. */
export interface PingMark {
  readonly sentAtMs: number;
  readonly sentBytes: number;
  readonly arrivedBytes: number;
  /** When the latest answer had come by then, and when the ping that it answered had been sent. */
  readonly arrivedAtMs: number;
  readonly askedAtMs: number;
}

export class UploadFlow {
  readonly #clock: Clock;
  readonly #roundTrip: RoundTrip;
  readonly #limit: RateLimit;
  readonly #ping: () => void;
  readonly #rate = new DeliveryRate(STEADY_AFTER);
  #waiting: (() => void)[] = [];
  #isOver = false;
  #sentBytes = 0;
  #arrivedBytes = 0;
  #pingedBytes = 0;
  #arrivedAtMs = 0;
  #askedAtMs = 0;
  /** When somebody last had to wait for room. */
  #fullAtMs = 0;

  /** `ping` sends one, and hands its mark to `answered`. */
  constructor(clock: Clock, roundTrip: RoundTrip, limit: RateLimit, ping: () => void) {
    this.#clock = clock;
    this.#roundTrip = roundTrip;
    this.#limit = limit;
    this.#ping = ping;
  }

  /** How large frames should be now. */
  get sizes(): { readonly wholeBytes: number; readonly partBytes: number } {
    return frameSizes(this.#window(), this.#limit.bytesPerSecond);
  }

  /** Undefined if a frame may go now, else a promise of when. */
  room(bytes: number): Promise<void> | undefined {
    return this.#fits(bytes) ? undefined : this.#wait(bytes);
  }

  sent(bytes: number): void {
    if (this.#sentBytes === this.#arrivedBytes) this.#arrivedAtMs = this.#askedAtMs = this.#clock.nowMs();
    this.#sentBytes += bytes;
    if (this.#sentBytes - this.#pingedBytes >= this.#window() / PINGS_IN_WINDOW) this.#ping();
  }

  /** For a ping that is about to be sent. */
  mark(): PingMark {
    this.#pingedBytes = this.#sentBytes;
    return {
      sentAtMs: this.#clock.nowMs(),
      sentBytes: this.#sentBytes,
      arrivedBytes: this.#arrivedBytes,
      arrivedAtMs: this.#arrivedAtMs,
      askedAtMs: this.#askedAtMs,
    };
  }

  /** The ping of `mark` was answered, and so late that the queue must be too long, or not. */
  answered(mark: PingMark, isQueueTooLong: boolean): void {
    const nowMs = this.#clock.nowMs();
    if (mark.sentBytes > this.#arrivedBytes) {
      // The longer of sending and arriving: answers may come in a bunch.
      const tookMs = Math.max(1, nowMs - mark.arrivedAtMs, mark.sentAtMs - mark.askedAtMs);
      const bytesPerSecond = ((mark.sentBytes - mark.arrivedBytes) * 1_000) / tookMs;
      this.#rate.note(bytesPerSecond, this.#fullAtMs >= mark.arrivedAtMs);
      this.#arrivedBytes = mark.sentBytes;
      this.#arrivedAtMs = nowMs;
      this.#askedAtMs = mark.sentAtMs;
    }
    if (isQueueTooLong) this.#rate.forgetEarlier();
    this.#wake();
  }

  /** Nobody waits any more. */
  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  async #wait(bytes: number): Promise<void> {
    while (!this.#fits(bytes)) {
      this.#fullAtMs = this.#clock.nowMs();
      if (this.#pingedBytes < this.#sentBytes) this.#ping();
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    this.#fullAtMs = this.#clock.nowMs();
  }

  #fits(bytes: number): boolean {
    const underWayBytes = this.#sentBytes - this.#arrivedBytes;
    return this.#isOver || underWayBytes === 0 || underWayBytes + bytes <= this.#window();
  }

  #window(): number {
    return windowBytes({
      rate: this.#rate,
      limit: this.#limit.bytesPerSecond,
      roundTrip: this.#roundTrip,
      maxBytes: MAX_WINDOW_BYTES,
    });
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

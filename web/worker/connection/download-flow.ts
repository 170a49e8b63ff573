/**
 * What is on its way to us: the server sends what it has credit for, so granting it is how the flow is kept. The
 * rate is measured over stretches in which the server always had something to send.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import { MAX_PAYLOAD_BYTES } from '../../../shared/limits.ts';
import type { Clock } from '../ports.ts';
import { DeliveryRate } from './delivery-rate.ts';
import { FIRST_WINDOW_BYTES, frameSizes, windowBytes } from './flow-window.ts';
import type { RateLimit } from './rate-limit.ts';
import type { RoundTrip } from './round-trip.ts';

/** What may be on its way to us, and so in memory. */
const MAX_WINDOW_BYTES = 8 * 1024 * 1024;
/** Credit is given in steps of this size at most, to spare messages. */
const STEP_BYTES = 1024 * 1024;
/** What is not granted yet can't be under way. */
const STEPS_IN_WINDOW = 8;
/** With a limit, as much as it allows in this time. */
const STEP_SECONDS = 0.1;
/** A rate is measured over a round trip, and over one of these: shorter stretches tell of late timers above all. */
const MEASURED_MS = 200;
const MEASURED_BYTES = 256 * 1024;
/** Round trips. */
const STEADY_AFTER = 3;

export interface DownloadAnswers {
  grant(bytes: number): void;
  /** Asks for larger messages to be cut. */
  cutTo(bytes: number): void;
}

interface Arrival {
  readonly atMs: number;
  /** Received by then. */
  readonly bytes: number;
}

export class DownloadFlow {
  readonly #clock: Clock;
  readonly #roundTrip: RoundTrip;
  readonly #limit: RateLimit;
  readonly #answers: DownloadAnswers;
  readonly #rate = new DeliveryRate(STEADY_AFTER);
  #grantedBytes = FIRST_WINDOW_BYTES;
  #isGranting = false;
  #isOver = false;
  #partBytes = MAX_PAYLOAD_BYTES;
  #receivedBytes = 0;
  /** Of what the server sent without a break. */
  #arrivals: Arrival[] = [];
  /** What began before belongs to the round trip that was measured last. */
  #roundFromMs = 0;

  constructor(clock: Clock, roundTrip: RoundTrip, limit: RateLimit, answers: DownloadAnswers) {
    this.#clock = clock;
    this.#roundTrip = roundTrip;
    this.#limit = limit;
    this.#answers = answers;
  }

  /** A piece or part has come; `isBusy` if the server has more to send. Throws `credit-exceeded`. */
  received(bytes: number, isBusy: boolean): void {
    this.#grantedBytes -= bytes;
    if (this.#grantedBytes < 0) throw new HoldfastError('credit-exceeded', { detail: 'pieces' });
    this.#measure(bytes);
    if (!isBusy) this.#arrivals = [];
    this.#update();
  }

  /** A ping was answered, and so late that the queue must be too long, or not. */
  answered(isQueueTooLong: boolean): void {
    if (isQueueTooLong) this.#rate.forgetEarlier();
    this.#update();
  }

  /** Tells how to begin. */
  start(): void {
    this.#update();
  }

  /** Looks again what may be granted. */
  #update(): void {
    const window = this.#window();
    this.#cut(window);
    if (!this.#isGranting && this.#due(window) > 0) void this.#grant();
  }

  end(): void {
    this.#isOver = true;
  }

  /** Over the shortest stretch up to now that tells something, at each arrival: they come in bunches. */
  #measure(bytes: number): void {
    const nowMs = this.#clock.nowMs();
    this.#receivedBytes += bytes;
    this.#arrivals.push({ atMs: nowMs, bytes: this.#receivedBytes });
    while (this.#arrivals[1] !== undefined && this.#isLong(this.#arrivals[1], nowMs)) this.#arrivals.shift();
    const [from] = this.#arrivals;
    if (from === undefined || !this.#isLong(from, nowMs)) return;
    const rate = ((this.#receivedBytes - from.bytes) * 1_000) / (nowMs - from.atMs);
    if (from.atMs < this.#roundFromMs) {
      this.#rate.correct(rate);
      return;
    }
    this.#rate.note(rate, true);
    this.#roundFromMs = nowMs;
  }

  #isLong({ atMs, bytes }: Arrival, nowMs: number): boolean {
    const tookMs = nowMs - atMs;
    const tells = tookMs >= MEASURED_MS || this.#receivedBytes - bytes >= MEASURED_BYTES;
    return tells && tookMs >= Math.max(1, this.#roundTrip.leastMs);
  }

  async #grant(): Promise<void> {
    this.#isGranting = true;
    for (let bytes = this.#due(this.#window()); bytes > 0; bytes = this.#due(this.#window())) {
      const granted = Math.min(bytes, Math.ceil((this.#limit.bytesPerSecond ?? Infinity) * STEP_SECONDS));
      const allowed = this.#limit.take(granted);
      if (allowed !== undefined) await allowed;
      if (this.#isOver) return;
      this.#grantedBytes += granted;
      this.#answers.grant(granted);
    }
    this.#isGranting = false;
  }

  /** What there is to grant, once that is worth a message. */
  #due(window: number): number {
    const bytes = Math.floor(window - this.#grantedBytes);
    return bytes >= Math.min(STEP_BYTES, window / STEPS_IN_WINDOW) ? bytes : 0;
  }

  #cut(window: number): void {
    const { wholeBytes, partBytes } = frameSizes(window, this.#limit.bytesPerSecond);
    // A power of two, so that it seldom changes.
    const wanted =
      wholeBytes >= MAX_PAYLOAD_BYTES ? MAX_PAYLOAD_BYTES : 2 ** Math.floor(Math.log2(partBytes));
    if (wanted === this.#partBytes) return;
    this.#partBytes = wanted;
    this.#answers.cutTo(wanted);
  }

  #window(): number {
    return windowBytes({
      rate: this.#rate,
      limit: this.#limit.bytesPerSecond,
      roundTrip: this.#roundTrip,
      maxBytes: MAX_WINDOW_BYTES,
    });
  }
}

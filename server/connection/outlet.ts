/**
 * What a client lets through: credit for pieces and parts, the size that messages are cut to on its connection,
 * and the room in its socket. Whoever waits for one of them waits here.
 */
import { HoldfastError } from '../../shared/errors.ts';
import { MAX_DOWNLOAD_CREDIT_BYTES, MAX_PAYLOAD_BYTES, MIN_PART_BYTES } from '../../shared/limits.ts';
import { PART_FIELDS_BYTES } from '../../shared/wire/parts.ts';
import type { SendGate } from './send-gate.ts';

/** No part is larger, whatever the client asks for: what is cut is held in pieces of this size. */
export const MAX_PART_BYTES = 32 * 1024;
/** What may stand in the socket when a part is sent. */
const STANDING_BYTES = 16 * 1024;

export class Outlet {
  readonly #gate: SendGate;
  #creditBytes = 0;
  /** Messages with a larger payload are cut. */
  #wholeBytes = MAX_PAYLOAD_BYTES;
  #waiting: (() => void)[] = [];

  constructor(gate: SendGate) {
    this.#gate = gate;
  }

  /** The client grants more. Throws `credit-exceeded` for more than a client may have open. */
  grant(bytes: number): void {
    if (this.#creditBytes + bytes > MAX_DOWNLOAD_CREDIT_BYTES) {
      throw new HoldfastError('credit-exceeded', { detail: 'download credit' });
    }
    this.#creditBytes += bytes;
    this.wake();
  }

  /** The client wants messages above `bytes` cut, into parts of at most so many. Throws `malformed`. */
  cutTo(bytes: number): void {
    if (bytes < MIN_PART_BYTES || bytes > MAX_PAYLOAD_BYTES) {
      throw new HoldfastError('malformed', { detail: 'part size' });
    }
    this.#wholeBytes = bytes;
    this.wake();
  }

  takesWhole(payloadBytes: number): boolean {
    return payloadBytes <= this.#wholeBytes;
  }

  /** Whether a piece of `payloadBytes` may be read now: it can go out, or is to be cut, which takes its own time. */
  isReadyFor(payloadBytes: number): boolean {
    return !this.takesWhole(payloadBytes) || (payloadBytes <= this.#creditBytes && this.#gate.clear);
  }

  take(payloadBytes: number): void {
    this.#creditBytes -= payloadBytes;
  }

  /** How many of the `leftBytes` of a message may go out now as a part; takes the credit for them. 0 for none yet. */
  takePart(leftBytes: number): number {
    const bytes = Math.min(leftBytes, this.#wholeBytes, MAX_PART_BYTES);
    if (PART_FIELDS_BYTES + bytes > this.#creditBytes || !this.#gate.isBelow(STANDING_BYTES)) return 0;
    this.take(PART_FIELDS_BYTES + bytes);
    return bytes;
  }

  /** Resolves when `isTrue` is, which is asked again at each `wake`. */
  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  /** The client has granted or taken something, or is gone. */
  wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

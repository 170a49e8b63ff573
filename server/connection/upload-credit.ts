/**
 * The server's side of upload credit (PROTOCOL.md, Credits): how many payload bytes a client may
 * still send. A chunk's bytes are given back when the chunk is settled, so that what waits for the disk
 * is bounded and an acknowledgement never takes longer than one window's writing.
 */
import { HoldfastError } from '../../shared/errors.ts';
import { UPLOAD_CREDIT_BYTES } from '../../shared/limits.ts';

/** Grants are gathered up to this size: a message for each chunk would be waste. */
const GRANT_BYTES = 1024 * 1024;

export class UploadCredit {
  readonly #grant: (bytes: number) => void;
  #leftBytes = UPLOAD_CREDIT_BYTES;
  #ungrantedBytes = 0;

  /** `grant` tells the client. */
  constructor(grant: (bytes: number) => void) {
    this.#grant = grant;
  }

  /** Throws `credit-exceeded`. */
  take(bytes: number): void {
    if (bytes > this.#leftBytes) throw new HoldfastError('credit-exceeded');
    this.#leftBytes -= bytes;
  }

  giveBack(bytes: number): void {
    this.#ungrantedBytes += bytes;
    if (this.#ungrantedBytes < GRANT_BYTES) return;
    this.#leftBytes += this.#ungrantedBytes;
    this.#grant(this.#ungrantedBytes);
    this.#ungrantedBytes = 0;
  }
}

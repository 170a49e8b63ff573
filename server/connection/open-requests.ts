/** The requests of a connection that wait for their answer: how many, and how much they hold. */
import { HoldfastError } from '../../shared/errors.ts';
import { MAX_OPEN_REQUESTS, MAX_OPEN_REQUEST_BYTES } from '../../shared/limits.ts';

export class OpenRequests {
  #count = 0;
  #bytes = 0;

  get count(): number {
    return this.#count;
  }

  /** Throws `too-many-requests` if there is no room for one that holds `bytes`. */
  checkRoom(bytes: number): void {
    if (this.#count >= MAX_OPEN_REQUESTS || this.#bytes + bytes > MAX_OPEN_REQUEST_BYTES) {
      throw new HoldfastError('too-many-requests');
    }
  }

  /** Counts a request in that holds `bytes`; the returned function counts it out. */
  enter(bytes: number): () => void {
    this.#count++;
    this.#bytes += bytes;
    return () => {
      this.#count--;
      this.#bytes -= bytes;
    };
  }
}

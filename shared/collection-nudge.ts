/**
 * Has garbage collected in a thread whose script hardly makes any. A browser collects when script memory grows; what
 * its own objects hold (each message's event, each read of a file) it doesn't count. Measured in Chromium: without
 * this, the threads that read files and feed sockets grow by a megabyte for each 40 that pass through them.
 *
 * What makes it look is a large buffer. Nobody touches it, so it takes no memory, but it is counted.
 */
const UNTOUCHED_BYTES = 64 * 1024 * 1024;
/** Between two collections, of a few milliseconds each. */
const EVERY_BYTES = 64 * 1024 * 1024;

export class CollectionNudge {
  /** Kept, so that no optimiser leaves it out. */
  readonly #untouched: ArrayBuffer[] = [];
  #passedBytes = 0;

  /** Counts what passes through the thread. */
  passed(bytes: number): void {
    this.#passedBytes += bytes;
    if (this.#passedBytes < EVERY_BYTES) return;
    this.#passedBytes = 0;
    this.#untouched[0] = new ArrayBuffer(UNTOUCHED_BYTES);
  }
}

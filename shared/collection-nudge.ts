/**
 * Has garbage collected in a thread that would let it lie. A browser collects when script memory grows a lot; what its
 * own objects hold (each message's event, each read of a file) it doesn't count. Measured in Chromium: without this,
 * the threads that read files and feed sockets grow by a megabyte for each 40 that pass through them, and the page's and
 * the engine's by one for each small backup, to hundreds of megabytes.
 *
 * What makes it look is a large buffer. Nobody touches it, so it takes no memory, but it is counted: it has to be more
 * than the 64 MiB by which such memory may grow before Chromium looks.
 */
const UNTOUCHED_BYTES = 96 * 1024 * 1024;
/** Between two collections, of a few milliseconds each. */
const EVERY_BYTES = 64 * 1024 * 1024;

export class CollectionNudge {
  /** Kept, so that no optimiser leaves it out. */
  readonly #untouched: ArrayBuffer[] = [];
  #passedBytes = 0;

  /** Counts what passes through the thread. */
  passed(bytes: number): void {
    this.#passedBytes += bytes;
    if (this.#passedBytes >= EVERY_BYTES) this.now();
  }

  /** Has it collected soon: for the end of what leaves much behind. */
  now(): void {
    this.#passedBytes = 0;
    this.#untouched[0] = new ArrayBuffer(UNTOUCHED_BYTES);
  }
}

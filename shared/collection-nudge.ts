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
  readonly #allot: (bytes: number) => ArrayBuffer;
  /** Kept, so that no optimiser leaves it out. */
  readonly #untouched: ArrayBuffer[] = [];
  #passedBytes = 0;

  /** `allot` gives a buffer, or throws where there is no room for it. */
  constructor(allot = (bytes: number): ArrayBuffer => new ArrayBuffer(bytes)) {
    this.#allot = allot;
  }

  /** Counts what passes through the thread. */
  passed(bytes: number): void {
    this.#passedBytes += bytes;
    if (this.#passedBytes >= EVERY_BYTES) this.now();
  }

  /** Has it collected soon: for the end of what leaves much behind. Never throws: it is a hint, and work goes on. */
  now(): void {
    this.#passedBytes = 0;
    try {
      this.#untouched[0] = this.#allot(UNTOUCHED_BYTES);
    } catch {
      // A browser that is this short of room collects by itself, and has just done so.
    }
  }
}

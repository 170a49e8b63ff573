/**
 * Buffers that segments are scanned through. They have megabytes, and a scrub scans one segment after the other: made
 * anew for each, they would stand in memory by the dozen until the next garbage collection.
 */
import { WINDOW_BYTES } from './scan-segment.ts';

/** For a scrub and a compaction at once: what each reads ahead and what it looks at. */
const MAX_KEPT = 4;

export class ScanBuffers {
  readonly #free: Buffer[] = [];

  /** One of WINDOW_BYTES, whatever is in it, until `giveBack`. */
  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafe(WINDOW_BYTES);
  }

  giveBack(buffer: Buffer): void {
    if (this.#free.length < MAX_KEPT) this.#free.push(buffer);
  }
}

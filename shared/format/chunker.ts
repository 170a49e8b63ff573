/**
 * Content-defined chunk boundaries (FORMAT.md, Chunking): FastCDC's normalised chunking (Xia et al.,
 * USENIX ATC 2016) over a gear hash of 32 bits. Boundaries depend on content alone, so an insertion moves
 * them with the content and only the chunks around it are new.
 */
import { CHUNK_AVERAGE_BYTES, CHUNK_FIXED_BYTES, CHUNK_MAX_BYTES, CHUNK_MIN_BYTES } from '../limits.ts';
import type { GearScanner } from './gear-scanner.ts';

/** A boundary is where these high bits are all zero: rarer before the average size, more often after. */
const MASK_BEFORE_AVERAGE = 0xfffffc00 | 0; // 22 bits
const MASK_AFTER_AVERAGE = 0xffffc000 | 0; // 18 bits

/** Finds boundaries in a file that arrives in parts. One for each file. */
export interface CutsContent {
  /**
   * Looks at `bytes[start .. end)`. Returns the offset just behind the chunk's last byte and begins the
   * next chunk, or -1 if the chunk goes on past `end`.
   */
  next(bytes: Uint8Array, start: number, end: number): number;
}

/** Boundaries where the content says. */
export class Chunker implements CutsContent {
  readonly #scanner: GearScanner;
  #chunkBytes = 0;
  #hash = 0;

  /** Files that are cut by turns may share a scanner. */
  constructor(scanner: GearScanner) {
    this.#scanner = scanner;
  }

  next(bytes: Uint8Array, start: number, end: number): number {
    let offset = start;
    for (const [limit, mask] of [
      [CHUNK_MIN_BYTES, 0],
      [CHUNK_AVERAGE_BYTES, MASK_BEFORE_AVERAGE],
      [CHUNK_MAX_BYTES, MASK_AFTER_AVERAGE],
    ] as const) {
      const stop = Math.min(end, offset + Math.max(0, limit - this.#chunkBytes));
      const cut = mask === 0 ? -1 : this.#scan(bytes.subarray(offset, stop), mask);
      if (cut !== -1) return this.#cut(offset + cut);
      this.#chunkBytes += stop - offset;
      offset = stop;
    }
    return this.#chunkBytes === CHUNK_MAX_BYTES ? this.#cut(offset) : -1;
  }

  #scan(bytes: Uint8Array, mask: number): number {
    const { cut, hash } = this.#scanner.scan(bytes, mask, this.#hash);
    this.#hash = hash;
    return cut;
  }

  #cut(offset: number): number {
    this.#chunkBytes = 0;
    this.#hash = 0;
    return offset;
  }
}

/** Boundaries at multiples of one size: chunk lengths then tell nothing of the content. */
export class FixedChunker implements CutsContent {
  #chunkBytes = 0;

  next(_bytes: Uint8Array, start: number, end: number): number {
    const cut = start + CHUNK_FIXED_BYTES - this.#chunkBytes;
    if (cut > end) {
      this.#chunkBytes += end - start;
      return -1;
    }
    this.#chunkBytes = 0;
    return cut;
  }
}

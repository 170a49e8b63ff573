/**
 * Reads a segment ahead of a scan, without holding the event loop up: what the scan's own reads ask for is
 * then in the system's memory, whatever the disk.
 */
import { isUnreadable } from '../disk-errors.ts';
import { WINDOW_BYTES } from './scan-segment.ts';
import type { SegmentReaders } from './segment-readers.ts';

export class ReadAhead {
  readonly #readers: SegmentReaders;
  readonly #segment: number;
  readonly #sizeBytes: number;
  readonly #buffer: Buffer;
  #reached = 0;

  /** Reads into `buffer`, in which nobody looks for anything. */
  constructor(readers: SegmentReaders, segment: number, sizeBytes: number, buffer: Buffer) {
    this.#readers = readers;
    this.#segment = segment;
    this.#sizeBytes = sizeBytes;
    this.#buffer = buffer;
  }

  /** Resolves when a scan at `offset` finds all that it may read in its next step. */
  async reach(offset: number): Promise<void> {
    const wanted = Math.min(offset + 2 * WINDOW_BYTES, this.#sizeBytes);
    while (this.#reached < wanted) {
      const read = await this.#read();
      if (read === 0) return;
      this.#reached += read;
    }
  }

  async #read(): Promise<number> {
    try {
      return await this.#readers.read(this.#segment, this.#reached, [this.#buffer]);
    } catch (error) {
      if (isUnreadable(error)) return WINDOW_BYTES; // the scan finds out where
      throw error;
    }
  }
}

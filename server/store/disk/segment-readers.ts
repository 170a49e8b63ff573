/** Open segment files for reading: a bounded number, the least recently used is closed first. */
import { closeSync, openSync } from 'node:fs';
import type { DiskCalls } from './segment-writer.ts';

interface OpenFile {
  readonly fd: number;
  readsInFlight: number;
  /** To be closed when nobody reads it any more. */
  dropped: boolean;
}

export class SegmentReaders {
  readonly #pathOf: (segment: number) => string;
  readonly #maxOpen: number;
  readonly #disk: DiskCalls;
  /** In the order of last use. */
  readonly #files = new Map<number, OpenFile>();

  constructor(pathOf: (segment: number) => string, maxOpen: number, disk: DiskCalls) {
    this.#pathOf = pathOf;
    this.#maxOpen = maxOpen;
    this.#disk = disk;
  }

  /** Fills `targets` from `offset` on; returns how many bytes there were. Throws the system's error. */
  async read(segment: number, offset: number, targets: readonly Uint8Array[]): Promise<number> {
    const file = this.#open(segment);
    file.readsInFlight++;
    if (this.#files.size > this.#maxOpen) this.#closeOldest();
    try {
      return await this.#disk.readv(file.fd, targets, offset);
    } finally {
      file.readsInFlight--;
      if (file.dropped && file.readsInFlight === 0) closeSync(file.fd);
    }
  }

  /** Lets go of a file that is about to be removed; reads that have begun go on. */
  drop(segment: number): void {
    const file = this.#files.get(segment);
    this.#files.delete(segment);
    if (file === undefined) return;
    if (file.readsInFlight === 0) closeSync(file.fd);
    else file.dropped = true;
  }

  close(): void {
    for (const { fd } of this.#files.values()) closeSync(fd);
    this.#files.clear();
  }

  #open(segment: number): OpenFile {
    const file = this.#files.get(segment) ?? this.#opened(segment);
    this.#files.delete(segment);
    this.#files.set(segment, file);
    return file;
  }

  #opened(segment: number): OpenFile {
    return { fd: openSync(this.#pathOf(segment), 'r'), readsInFlight: 0, dropped: false };
  }

  /** More stay open while all of them are being read. */
  #closeOldest(): void {
    for (const [segment, { fd, readsInFlight }] of this.#files) {
      if (readsInFlight > 0) continue;
      closeSync(fd);
      this.#files.delete(segment);
      return;
    }
  }
}

/** Copies one file, or what has been added to it since, and knows its checksum. */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import type { Hash } from 'node:crypto';

const BUFFER_BYTES = 1024 * 1024;

export interface CopiedLength {
  readonly bytes: number;
  readonly sha256: string;
}

/** A source that is open: it can be read to its end even if it is removed meanwhile. */
export class SourceFile {
  readonly #fd: number;
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  readonly #hash: Hash = createHash('sha256');
  #bytes = 0;

  /** Throws the system's error. */
  constructor(path: string) {
    this.#fd = openSync(path, 'r');
  }

  get copied(): CopiedLength {
    return { bytes: this.#bytes, sha256: this.#hash.copy().digest('hex') };
  }

  /** Reads up to `toBytes` bytes of the file, from where the last call ended; `take` gets them piece by piece. */
  read(toBytes: number, take: (bytes: Buffer, offset: number) => void = () => undefined): void {
    while (this.#bytes < toBytes) {
      const wanted = Math.min(BUFFER_BYTES, toBytes - this.#bytes);
      const length = readSync(this.#fd, this.#buffer, 0, wanted, this.#bytes);
      if (length === 0) return;
      const bytes = this.#buffer.subarray(0, length);
      this.#hash.update(bytes);
      take(bytes, this.#bytes);
      this.#bytes += length;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** A copy that is written to. */
export class TargetFile {
  readonly #fd: number;

  /** Goes on behind `keptBytes` of what the file holds. */
  constructor(path: string, keptBytes: number) {
    this.#fd = openSync(path, keptBytes === 0 ? 'w' : 'r+', 0o600);
    ftruncateSync(this.#fd, keptBytes);
  }

  write(bytes: Buffer, offset: number): void {
    for (let written = 0; written < bytes.length;) {
      written += writeSync(this.#fd, bytes, written, bytes.length - written, offset + written);
    }
  }

  /** Durable when this returns. */
  finish(): void {
    fsyncSync(this.#fd);
    closeSync(this.#fd);
  }
}

/**
 * A file's bytes, read into memory that is used again and again where the browser can: fresh buffers, of two megabytes
 * each in Chromium, cost more than the reading itself, and die by the hundred.
 */
import type { Bytes } from '../../../shared/crypto/primitives.ts';
import { HoldfastError } from '../../../shared/errors.ts';

const PART_BYTES = 256 * 1024;

/** A file's bytes in their order. Whoever reads holds it: Chromium may collect a stream that nobody else does. */
export interface FileBytes {
  /**
   * Reads into `target`, as much as there is: gives what it filled, nothing at the file's end. The buffer behind
   * `target` is gone, the one behind the answer takes its place. Throws `cancelled` after `cancel`.
   */
  read(target: Bytes): Promise<Bytes>;
  /** Nobody reads on. */
  cancel(): void;
}

export function fileBytes(file: Blob): FileBytes {
  const stream = file.stream();
  try {
    return new LentBytes(stream.getReader({ mode: 'byob' }));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // Not a byte stream in this browser.
    return new CopiedBytes(stream.getReader());
  }
}

/** The parts in order. Each is only good until the next one is asked for. */
export async function* fileParts(file: Blob): AsyncGenerator<Uint8Array> {
  const bytes = fileBytes(file);
  let buffer = new ArrayBuffer(PART_BYTES);
  for (;;) {
    const part = await bytes.read(new Uint8Array(buffer));
    if (part.length === 0) return;
    yield part;
    buffer = part.buffer;
  }
}

class LentBytes implements FileBytes {
  readonly #reader: ReadableStreamBYOBReader;

  constructor(reader: ReadableStreamBYOBReader) {
    this.#reader = reader;
  }

  async read(target: Bytes): Promise<Bytes> {
    const { value } = await this.#reader.read(target);
    // Only of a stream that was cancelled.
    if (value === undefined) throw new HoldfastError('cancelled');
    return value;
  }

  cancel(): void {
    // Whatever it fails with, nobody wants the bytes any more.
    this.#reader.cancel().catch(() => undefined);
  }
}

class CopiedBytes implements FileBytes {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #left: Uint8Array = new Uint8Array();

  constructor(reader: ReadableStreamDefaultReader<Uint8Array>) {
    this.#reader = reader;
  }

  async read(target: Bytes): Promise<Bytes> {
    while (this.#left.length === 0) {
      const { done, value } = await this.#reader.read();
      if (done) return target.subarray(0, 0);
      this.#left = value;
    }
    const taken = this.#left.subarray(0, target.length);
    target.set(taken);
    this.#left = this.#left.subarray(taken.length);
    return target.subarray(0, taken.length);
  }

  cancel(): void {
    this.#reader.cancel().catch(() => undefined);
  }
}

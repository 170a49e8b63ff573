/** Cuts a file's stream into chunks, in pooled buffers that are handed over. */
import type { CutsContent } from '../../../shared/format/chunker.ts';
import { PIECE_BYTES } from '../../../shared/limits.ts';
import type { BufferPool } from './buffer-pool.ts';
import type { FileFacts, ReaderMessage } from './protocol.ts';

export type Send = (message: ReaderMessage, transfer: Transferable[]) => void;

/** Copies one file's stream into pooled buffers, ending a buffer where it is full or a chunk ends. */
export class FileCutter {
  readonly #facts: FileFacts;
  readonly #chunker: CutsContent;
  readonly #pool: BufferPool;
  readonly #send: Send;
  #buffer: ArrayBuffer | undefined;
  #filled = 0;

  constructor(facts: FileFacts, chunker: CutsContent, pool: BufferPool, send: Send) {
    this.#facts = facts;
    this.#chunker = chunker;
    this.#pool = pool;
    this.#send = send;
  }

  async add(part: Uint8Array): Promise<void> {
    for (let start = 0; start < part.length;) {
      // A full buffer waits for the next byte: only then it is known not to be the file's last.
      if (this.#filled === PIECE_BYTES) this.#emit(false, false);
      this.#buffer ??= await this.#pool.take();
      const room = Math.min(part.length, start + PIECE_BYTES - this.#filled);
      const cut = this.#chunker.next(part, start, room);
      const end = cut === -1 ? room : cut;
      new Uint8Array(this.#buffer).set(part.subarray(start, end), this.#filled);
      this.#filled += end - start;
      start = end;
      if (cut !== -1) this.#emit(true, false);
    }
  }

  async end(): Promise<void> {
    // The last chunk may have ended just at the file's end: an empty piece then says that it did.
    this.#buffer ??= await this.#pool.take();
    this.#emit(true, true);
  }

  abandon(): void {
    if (this.#buffer !== undefined) this.#pool.give(this.#buffer);
    this.#buffer = undefined;
  }

  #emit(chunkEnd: boolean, fileEnd: boolean): void {
    if (this.#buffer === undefined) return;
    const message: ReaderMessage = {
      type: 'piece',
      ...this.#facts,
      buffer: this.#buffer,
      lengthBytes: this.#filled,
      chunkEnd,
      fileEnd,
    };
    this.#send(message, [this.#buffer]);
    this.#buffer = undefined;
    this.#filled = 0;
  }
}

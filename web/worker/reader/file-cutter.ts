/** Cuts a file into chunks, read straight into pooled buffers that are handed over. */
import type { CutsContent } from '../../../shared/format/chunker.ts';
import { PIECE_BYTES } from '../../../shared/limits.ts';
import type { BufferPool } from './buffer-pool.ts';
import type { FileBytes } from './file-parts.ts';
import type { FileFacts, ReaderMessage } from './protocol.ts';

export type Send = (message: ReaderMessage, buffers: ArrayBuffer[]) => void;

/** Hands one file over, piece by piece: a piece ends where its buffer is full or a chunk ends. */
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

  /** Reads on, and hands over what is whole. Gives how many bytes there were: 0 at the file's end. */
  async readOn(bytes: FileBytes): Promise<number> {
    this.#buffer ??= await this.#pool.take();
    const { buffer, length } = await bytes.read(new Uint8Array(this.#buffer, this.#filled));
    this.#buffer = buffer;
    await this.#cut(buffer, this.#filled + length);
    return length;
  }

  /** The last piece, an empty one where nothing is left: it says that the chunk and the file end. */
  async end(): Promise<void> {
    this.#emit(this.#buffer ?? (await this.#pool.take()), true, true);
  }

  /** A buffer that was lent for a read that failed is lost: another takes its place. */
  abandon(): void {
    if (this.#buffer === undefined) return;
    const isLost = this.#buffer.byteLength === 0;
    this.#pool.give(isLost ? new ArrayBuffer(PIECE_BYTES) : this.#buffer);
    this.#buffer = undefined;
  }

  /** Looks at what came into `buffer`, up to `end`. What is behind a boundary moves to a buffer of its own. */
  async #cut(buffer: ArrayBuffer, end: number): Promise<void> {
    const bytes = new Uint8Array(buffer, 0, end);
    const cut = this.#chunker.next(bytes, this.#filled, end);
    this.#filled = cut === -1 ? end : cut;
    if (cut !== -1 && cut < end) {
      const next = await this.#pool.take();
      new Uint8Array(next).set(bytes.subarray(cut));
      this.#emit(buffer, true, false);
      this.#buffer = next;
      await this.#cut(next, end - cut);
    } else if (cut !== -1 || end === PIECE_BYTES) this.#emit(buffer, cut !== -1, false);
  }

  #emit(buffer: ArrayBuffer, chunkEnd: boolean, fileEnd: boolean): void {
    const message: ReaderMessage = {
      type: 'piece',
      ...this.#facts,
      buffer,
      lengthBytes: this.#filled,
      chunkEnd,
      fileEnd,
    };
    this.#send(message, [buffer]);
    this.#buffer = undefined;
    this.#filled = 0;
  }
}

/**
 * Reads files in the order they were asked for, cuts them into chunks, and hands the content over in
 * pooled buffers. Runs in a thread of its own beside the one that seals and sends.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import { Chunker, gearTableOf } from '../../../shared/format/chunker.ts';
import { BUNDLED_FILE_MAX_BYTES, PIECE_BYTES } from '../../../shared/limits.ts';
import { fileParts } from './file-parts.ts';
import { BufferPool } from './buffer-pool.ts';
import type { ReaderMessage, ReaderRequest } from './protocol.ts';

/** 8 MiB: enough to keep reading while a chunk of 2 MiB is being sealed and another is on its way. */
const BUFFERS = 32;

/** Small files that are read at once: each costs the browser a round trip between processes. */
const PARALLEL_SMALL_FILES = 16;

type Send = (message: ReaderMessage, transfer: Transferable[]) => void;
interface Wanted {
  readonly fileId: number;
  readonly file: Blob;
}

export class FileReader {
  readonly #send: Send;
  readonly #pool = new BufferPool(BUFFERS);
  readonly #queue: Wanted[] = [];
  #gear: Int32Array = new Int32Array(256);
  #running = false;
  /**
   * Held here because Chromium doesn't hold it: a file's stream that only its own pending read can be reached
   * from is garbage collected in the middle, and that read then never ends.
   */
  #reading: AsyncGenerator<Uint8Array> | undefined;

  constructor(send: Send) {
    this.#send = send;
  }

  handle(request: ReaderRequest): void {
    switch (request.type) {
      case 'start':
        this.#gear = gearTableOf(request.gearTable);
        break;
      case 'recycle':
        for (const buffer of request.buffers) this.#pool.give(buffer);
        break;
      case 'read':
        this.#queue.push(request);
        if (!this.#running) void this.#run();
        break;
    }
  }

  async #run(): Promise<void> {
    this.#running = true;
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      if (first.file.size < BUNDLED_FILE_MAX_BYTES) await this.#readSmallFiles(this.#takeSmallFiles());
      else await this.#readLargeFile(this.#queue.shift() ?? first);
    }
    this.#running = false;
  }

  /** The small files at the queue's head that fit in one buffer together. */
  #takeSmallFiles(): Wanted[] {
    let bytes = 0;
    let count = 0;
    for (const { file } of this.#queue) {
      bytes += file.size;
      if (count === PARALLEL_SMALL_FILES || file.size >= BUNDLED_FILE_MAX_BYTES || bytes > PIECE_BYTES) break;
      count += 1;
    }
    return this.#queue.splice(0, Math.max(1, count));
  }

  async #readSmallFiles(wanted: readonly Wanted[]): Promise<void> {
    const buffer = await this.#pool.take();
    const target = new Uint8Array(buffer);
    const contents = await Promise.all(wanted.map(async ({ fileId, file }) => this.#readWhole(fileId, file)));
    const files: { fileId: number; offset: number; lengthBytes: number }[] = [];
    let offset = 0;
    for (const [index, { fileId }] of wanted.entries()) {
      const content = contents[index];
      if (content === undefined) continue;
      target.set(content, offset);
      files.push({ fileId, offset, lengthBytes: content.length });
      offset += content.length;
    }
    this.#send({ type: 'small-files', buffer, files }, [buffer]);
  }

  async #readWhole(fileId: number, file: Blob): Promise<Uint8Array | undefined> {
    try {
      const content = new Uint8Array(await file.arrayBuffer());
      if (content.length !== file.size) throw new HoldfastError('source-changed');
      return content;
    } catch (error) {
      this.#fail(fileId, error);
      return undefined;
    }
  }

  async #readLargeFile({ fileId, file }: Wanted): Promise<void> {
    const cutter = new FileCutter(fileId, this.#gear, this.#pool, this.#send);
    try {
      let readBytes = 0;
      this.#reading = fileParts(file);
      for await (const part of this.#reading) {
        readBytes += part.length;
        await cutter.add(part);
      }
      if (readBytes !== file.size) throw new HoldfastError('source-changed');
      await cutter.end();
    } catch (error) {
      cutter.abandon();
      this.#fail(fileId, error);
    } finally {
      this.#reading = undefined;
    }
  }

  #fail(fileId: number, error: unknown): void {
    const code = error instanceof HoldfastError ? error.code : 'source-unreadable';
    const detail = error instanceof Error ? error.message : String(error);
    this.#send({ type: 'failed', fileId, code, detail }, []);
  }
}

/** Copies one file's stream into pooled buffers, ending a buffer where it is full or a chunk ends. */
class FileCutter {
  readonly #fileId: number;
  readonly #chunker: Chunker;
  readonly #pool: BufferPool;
  readonly #send: Send;
  #buffer: ArrayBuffer | undefined;
  #filled = 0;

  constructor(fileId: number, gear: Int32Array, pool: BufferPool, send: Send) {
    this.#fileId = fileId;
    this.#chunker = new Chunker(gear);
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
      fileId: this.#fileId,
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

/**
 * Reads files in the order they were asked for, cuts them into chunks, and hands the content over in
 * pooled buffers. Runs in a thread of its own beside the one that seals and sends.
 */
import { contentDigester } from '../../../shared/crypto/content-digest.ts';
import type { ContentDigester } from '../../../shared/crypto/content-digest.ts';
import { HoldfastError } from '../../../shared/errors.ts';
import { Chunker, FixedChunker, gearTableOf } from '../../../shared/format/chunker.ts';
import type { CutsContent } from '../../../shared/format/chunker.ts';
import type { ContentDigest } from '../../../shared/ids.ts';
import { CollectionNudge } from '../../../shared/collection-nudge.ts';
import { BUNDLED_FILE_MAX_BYTES, PIECE_BYTES } from '../../../shared/limits.ts';
import { fileParts } from './file-parts.ts';
import { BufferPool } from './buffer-pool.ts';
import type { ReaderMessage, ReaderRequest, ReaderSetup, SmallFile } from './protocol.ts';

/** 8 MiB: enough to keep reading while a chunk of 2 MiB is being sealed and another is on its way. */
const BUFFERS = 32;

/** Small files that are read at once: each costs the browser a round trip between processes. */
const PARALLEL_SMALL_FILES = 16;

type Send = (message: ReaderMessage, transfer: Transferable[]) => void;
interface Wanted {
  readonly fileId: number;
  readonly file: Blob;
}

interface Ready {
  readonly digestOf: ContentDigester;
  readonly newChunker: () => CutsContent;
}

export class FileReader {
  readonly #send: Send;
  readonly #pool = new BufferPool(BUFFERS);
  readonly #queue: Wanted[] = [];
  readonly #nudge = new CollectionNudge();
  #setup: Promise<Ready> | undefined;
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
        this.#setup = ready(request);
        // Heard of by whoever waits for it: each file that is asked for.
        this.#setup.catch(() => undefined);
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
    const files: SmallFile[] = [];
    let offset = 0;
    for (const [index, { fileId }] of wanted.entries()) {
      const content = contents[index];
      if (content === undefined) continue;
      const { bytes, ...digest } = content;
      target.set(bytes, offset);
      files.push({ fileId, offset, lengthBytes: bytes.length, ...digest });
      offset += bytes.length;
    }
    this.#send({ type: 'small-files', buffer, files }, [buffer]);
  }

  async #readWhole(
    fileId: number,
    file: Blob,
  ): Promise<{ readonly bytes: Uint8Array; readonly digest?: ContentDigest } | undefined> {
    try {
      const { digestOf } = await this.#ready();
      const bytes = new Uint8Array(await file.arrayBuffer());
      if (bytes.length !== file.size) throw new HoldfastError('source-changed');
      return bytes.length === 0 ? { bytes } : { bytes, digest: digestOf(bytes) };
    } catch (error) {
      this.#fail(fileId, error);
      return undefined;
    }
  }

  async #ready(): Promise<Ready> {
    if (this.#setup === undefined)
      throw new HoldfastError('internal', { detail: 'the reader isn’t started' });
    return this.#setup;
  }

  async #readLargeFile({ fileId, file }: Wanted): Promise<void> {
    let cutter: FileCutter | undefined;
    try {
      const { newChunker } = await this.#ready();
      cutter = new FileCutter(fileId, newChunker(), this.#pool, this.#send);
      let readBytes = 0;
      this.#reading = fileParts(file);
      for await (const part of this.#reading) {
        readBytes += part.length;
        this.#nudge.passed(part.length);
        await cutter.add(part);
      }
      if (readBytes !== file.size) throw new HoldfastError('source-changed');
      await cutter.end();
    } catch (error) {
      cutter?.abandon();
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

async function ready({ gearTable, digestKey, fixedSize }: ReaderSetup): Promise<Ready> {
  const gear = gearTableOf(gearTable);
  const newChunker = (): CutsContent => (fixedSize ? new FixedChunker() : new Chunker(gear));
  return { digestOf: await contentDigester(digestKey), newChunker };
}

/** Copies one file's stream into pooled buffers, ending a buffer where it is full or a chunk ends. */
class FileCutter {
  readonly #fileId: number;
  readonly #chunker: CutsContent;
  readonly #pool: BufferPool;
  readonly #send: Send;
  #buffer: ArrayBuffer | undefined;
  #filled = 0;

  constructor(fileId: number, chunker: CutsContent, pool: BufferPool, send: Send) {
    this.#fileId = fileId;
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

/**
 * Reads one backup's files in the order they were asked for, cuts them into chunks, and hands the content over in
 * pooled buffers.
 */
import { contentDigester } from '../../../shared/crypto/content-digest.ts';
import type { ContentDigester } from '../../../shared/crypto/content-digest.ts';
import { HoldfastError } from '../../../shared/errors.ts';
import { Chunker, FixedChunker } from '../../../shared/format/chunker.ts';
import type { CutsContent } from '../../../shared/format/chunker.ts';
import { GearScanner } from '../../../shared/format/gear-scanner.ts';
import type { ContentDigest } from '../../../shared/ids.ts';
import type { CollectionNudge } from '../../../shared/collection-nudge.ts';
import { BUNDLED_FILE_MAX_BYTES, PIECE_BYTES } from '../../../shared/limits.ts';
import { fileBytes } from './file-parts.ts';
import type { FileBytes } from './file-parts.ts';
import { BufferPool } from './buffer-pool.ts';
import { FileCutter } from './file-cutter.ts';
import type { Send } from './file-cutter.ts';
import type { FileFacts, Readable, ReaderRequest, ReaderSetup, SmallFile } from './protocol.ts';
import { readSmallFiles } from './small-files.ts';
import type { SmallContent } from './small-files.ts';

/** 8 MiB: enough to keep reading while a chunk of 2 MiB is being sealed and another is on its way. */
const BUFFERS = 32;

/** Small files that are read at once, if they fit in one buffer. */
const SMALL_FILES_AT_ONCE = 16;

type Wanted = Omit<Extract<ReaderRequest, { readonly type: 'read' }>, 'type'>;

interface Opened extends FileFacts {
  readonly file: File;
  readonly isGuarded: boolean;
}

interface Ready {
  readonly digestOf: ContentDigester;
  readonly newChunker: () => CutsContent;
}

export class FileReader {
  readonly #send: Send;
  readonly #pool = new BufferPool(BUFFERS);
  readonly #queue: Wanted[] = [];
  readonly #nudge: Pick<CollectionNudge, 'passed'>;
  readonly #ready: Promise<Ready>;
  #running = false;
  /**
   * Held here because Chromium doesn't hold it: a file's stream that only its own pending read can be reached
   * from is garbage collected in the middle, and that read then never ends.
   */
  #reading: FileBytes | undefined;

  /** `nudge` hears of what is read. */
  constructor(setup: ReaderSetup, nudge: Pick<CollectionNudge, 'passed'>, send: Send) {
    this.#send = send;
    this.#nudge = nudge;
    this.#ready = ready(setup);
    // Heard of by whoever waits for it: each file that is asked for.
    this.#ready.catch(() => undefined);
  }

  read(wanted: Wanted): void {
    this.#queue.push(wanted);
    if (!this.#running) void this.#run();
  }

  /** The buffers' content is used up. */
  recycle(buffers: readonly ArrayBuffer[]): void {
    for (const buffer of buffers) this.#pool.give(buffer);
  }

  /** Reads no more, and gives its memory back. */
  end(): void {
    this.#queue.length = 0;
    this.#pool.close();
    this.#reading?.cancel();
  }

  /** Small files are read a group ahead: while the browser fetches one, the other is digested. */
  async #run(): Promise<void> {
    this.#running = true;
    let before: Promise<void> = Promise.resolve();
    do {
      for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
        const reading = this.#readNext(first, before);
        await before;
        before = reading;
      }
      await before;
    } while (this.#queue.length > 0);
    this.#running = false;
  }

  async #readNext(first: Wanted, before: Promise<void>): Promise<void> {
    if (isSmall(first.file)) return this.#readSmallFiles(this.#takeSmallFiles());
    this.#queue.shift();
    await before;
    return this.#openAndRead(first);
  }

  /** The small files at the queue's head that fit in one buffer together. */
  #takeSmallFiles(): Opened[] {
    let bytes = 0;
    const taken: Opened[] = [];
    for (const { file, ...wanted } of this.#queue) {
      if (taken.length === SMALL_FILES_AT_ONCE || !isSmall(file)) break;
      bytes += file.size;
      if (bytes > PIECE_BYTES) break;
      taken.push(opened(wanted, file));
    }
    this.#queue.splice(0, taken.length);
    return taken;
  }

  async #openAndRead(wanted: Wanted): Promise<void> {
    try {
      const file = 'getFile' in wanted.file ? await wanted.file.getFile() : wanted.file;
      const ready = opened(wanted, file);
      await (isSmall(file) ? this.#readSmallFiles([ready]) : this.#readLargeFile(ready));
    } catch (error) {
      this.#fail(wanted.fileId, error);
    }
  }

  async #readSmallFiles(wanted: readonly Opened[]): Promise<void> {
    const buffer = await this.#pool.take();
    const target = new Uint8Array(buffer);
    const contents = await readSmallFiles(wanted);
    const files: SmallFile[] = [];
    let offset = 0;
    for (const [index, { file, fileId, modifiedAtMs }] of wanted.entries()) {
      try {
        const bytes = wholeContent(file, contents[index]);
        const digest = await this.#digest(bytes);
        target.set(bytes, offset);
        files.push({ fileId, modifiedAtMs, offset, lengthBytes: bytes.length, ...digest });
        offset += bytes.length;
      } catch (error) {
        this.#fail(fileId, error);
      }
    }
    this.#send({ type: 'small-files', buffer, files }, [buffer]);
  }

  /** Of any but the empty file. */
  async #digest(bytes: Uint8Array): Promise<{ readonly digest?: ContentDigest }> {
    const { digestOf } = await this.#ready;
    return bytes.length === 0 ? {} : { digest: digestOf(bytes) };
  }

  async #readLargeFile({ file, fileId, modifiedAtMs }: Opened): Promise<void> {
    let cutter: FileCutter | undefined;
    try {
      const { newChunker } = await this.#ready;
      cutter = new FileCutter({ fileId, modifiedAtMs }, newChunker(), this.#pool, this.#send);
      let readBytes = 0;
      this.#reading = fileBytes(file);
      for (let isOver = false; !isOver;) {
        const length = await cutter.readOn(this.#reading);
        isOver = length === 0;
        readBytes += length;
        this.#nudge.passed(length);
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
  const scanner = fixedSize ? undefined : new GearScanner(gearTable);
  const newChunker = (): CutsContent => (scanner === undefined ? new FixedChunker() : new Chunker(scanner));
  return { digestOf: await contentDigester(digestKey), newChunker };
}

function opened({ fileId, isGuarded }: Omit<Wanted, 'file'>, file: File): Opened {
  return { fileId, isGuarded, file, modifiedAtMs: file.lastModified };
}

function isSmall(file: Readable): file is File {
  return !('getFile' in file) && file.size < BUNDLED_FILE_MAX_BYTES;
}

/** Throws why there is none. */
function wholeContent(file: Blob, content: SmallContent | undefined): Uint8Array {
  if (content === undefined || 'error' in content) throw content?.error;
  if (content.bytes.length !== file.size) throw new HoldfastError('source-changed');
  return content.bytes;
}

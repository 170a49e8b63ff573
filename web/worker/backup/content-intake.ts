/**
 * Takes what the reader thread hands over and turns it into stored content: large files chunk by chunk, small
 * ones packed together, unless the vault holds their content already. Resolves each file with the extents that
 * hold it.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import type { Extent, FileEntry } from '../../../shared/format/folder-node.ts';
import type { Bytes } from '../../../shared/crypto/primitives.ts';
import type { ContentDigest } from '../../../shared/ids.ts';
import { Turns } from '../jobs/turns.ts';
import type { ReaderPort, StartReader } from '../ports.ts';
import type { FileFacts, Readable, ReaderMessage, ReaderSetup, SmallFile } from '../reader/protocol.ts';
import type { ChunkWriter } from './chunk-writer.ts';
import type { FoundContent, KnownContent } from './known-content.ts';
import type { Packer } from './packer.ts';

type PieceMessage = Extract<ReaderMessage, { readonly type: 'piece' }>;
type SmallFilesMessage = Extract<ReaderMessage, { readonly type: 'small-files' }>;

/** What became of a file. */
export interface ReadFile {
  readonly sizeBytes: number;
  readonly extents: readonly Extent[];
  /** Of a file that lies in a bundle. */
  readonly digest?: ContentDigest;
}

/** What was read, of a file that may be another by now. */
export interface ReadFacts {
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

/** A file that is being read. */
export interface Reading {
  /** Settles when its content is out of the reader's hands, before it is known where it lies. */
  readonly read: Promise<ReadFacts>;
  /** Resolves with where it lies. Rejects as `read` does. */
  readonly stored: Promise<ReadFile>;
}

interface IntakeParts {
  readonly startReader: StartReader;
  readonly writer: ChunkWriter;
  readonly packer: Packer;
  readonly known: KnownContent;
}

interface Done {
  readonly facts: ReadFacts;
  readonly file: Promise<ReadFile>;
}

interface Wanted {
  /** Entries of the same path in earlier snapshots, newest first. */
  readonly before: readonly FileEntry[];
  readonly resolve: (done: Done) => void;
  readonly reject: (error: unknown) => void;
  readonly extents: Promise<Extent>[];
  sizeBytes: number;
  pieces: Bytes[];
}

export class ContentIntake {
  readonly #parts: IntakeParts;
  readonly #reader: ReaderPort;
  readonly #onContent: (bytes: number) => void;
  readonly #onFailure: (error: unknown) => void;
  readonly #wanted = new Map<number, Wanted>();
  readonly #turns = new Turns();
  #nextFileId = 0;
  #draining = false;
  #stopped: { readonly reason: unknown } | undefined;

  constructor(
    parts: IntakeParts,
    setup: ReaderSetup,
    events: { readonly onContent: (bytes: number) => void; readonly onFailure: (error: unknown) => void },
  ) {
    this.#parts = parts;
    this.#onContent = events.onContent;
    this.#onFailure = events.onFailure;
    this.#reader = parts.startReader(setup, (message) => {
      this.#turns.run(async () => this.#take(message)).catch(this.#onFailure);
    });
  }

  /**
   * Asks for a file's content; one given as a handle is opened just before it is read. `isGuarded`: whether the
   * browser refuses to read it once it has changed. Rejects with `source-unreadable` or `source-changed`, and what
   * `stop` was given.
   */
  read(file: Readable, before: readonly FileEntry[] = [], isGuarded = false): Reading {
    const fileId = this.#nextFileId++;
    const reading = new Promise<Done>((resolve, reject) => {
      this.#wanted.set(fileId, { before, resolve, reject, extents: [], sizeBytes: 0, pieces: [] });
    });
    const read = reading.then(({ facts }) => facts);
    const stored = reading.then(async ({ file }) => file);
    // A failure is heard by whoever waits for either, maybe later.
    read.catch(() => undefined);
    stored.catch(() => undefined);
    if (this.#stopped === undefined) this.#reader.postMessage({ type: 'read', fileId, file, isGuarded }, []);
    else this.#refuse(this.#stopped.reason);
    return { read, stored };
  }

  /** Reads no more: every file that isn't read whole is refused with `reason`. What was read is stored. */
  stop(reason: unknown): void {
    this.#stopped ??= { reason };
    this.#reader.end();
    this.#refuse(reason);
    // What waited in a bundle for the files that don't come waits no more.
    this.#turns.run(async () => this.#flushIfIdle()).catch(this.#onFailure);
  }

  /** Ends the reader and whatever it still reads. */
  close(): void {
    this.#reader.end();
  }

  /** No more new files: from now on nothing small waits for others to share its chunk with. */
  async drain(): Promise<void> {
    this.#draining = true;
    await this.#turns.run(async () => this.#flushIfIdle());
  }

  async #take(message: ReaderMessage): Promise<void> {
    await this.#handle(message);
    await this.#flushIfIdle();
  }

  async #flushIfIdle(): Promise<void> {
    if (this.#draining && this.#wanted.size === 0) await this.#parts.packer.flush();
  }

  async #handle(message: ReaderMessage): Promise<void> {
    switch (message.type) {
      case 'piece':
        this.#takePiece(message);
        break;
      case 'small-files':
        await this.#takeSmallFiles(message);
        break;
      case 'failed':
        this.#failed(message.fileId, new HoldfastError(message.code, { detail: message.detail }));
        break;
    }
  }

  #takePiece({ buffer, lengthBytes, chunkEnd, fileEnd, ...facts }: PieceMessage): void {
    const wanted = this.#wanted.get(facts.fileId);
    if (wanted === undefined) return;
    const piece = new Uint8Array(buffer, 0, lengthBytes);
    if (lengthBytes === 0) this.#recycle([piece]);
    else wanted.pieces.push(piece);
    wanted.sizeBytes += lengthBytes;
    if (chunkEnd && wanted.pieces.length > 0) this.#storeChunk(wanted);
    if (fileEnd) this.#done(facts, wanted.sizeBytes, Promise.all(wanted.extents).then(asReadFile));
  }

  #storeChunk(wanted: Wanted): void {
    const pieces = wanted.pieces;
    wanted.pieces = [];
    const lengthBytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const extent = this.#parts.writer
      .store('content', pieces, () => {
        this.#recycle(pieces);
      })
      .then((chunkId) => {
        this.#onContent(lengthBytes);
        return { chunkId, offset: 0, lengthBytes };
      });
    extent.catch(this.#onFailure);
    wanted.extents.push(extent);
  }

  async #takeSmallFiles({ buffer, files }: SmallFilesMessage): Promise<void> {
    for (const file of files) {
      const wanted = this.#wanted.get(file.fileId);
      if (wanted === undefined) continue;
      const stored = await this.#keep(file, new Uint8Array(buffer, file.offset, file.lengthBytes), wanted);
      this.#onContent(file.lengthBytes);
      this.#done(file, file.lengthBytes, stored.file);
    }
    this.#recycle([new Uint8Array(buffer)]);
  }

  /** Wrapped in an object: awaiting the file itself would wait until its chunk is full. */
  async #keep(
    { digest }: SmallFile,
    content: Uint8Array,
    { before }: Wanted,
  ): Promise<{ readonly file: Promise<ReadFile> }> {
    if (digest === undefined) return { file: Promise.resolve(asReadFile([])) };
    const { extent } = (await this.#parts.known.find(digest, before)) ?? (await this.#pack(digest, content));
    const file = Promise.resolve(extent).then((place) => ({ ...asReadFile([place]), digest }));
    // Nobody may want it any more.
    file.catch(() => undefined);
    return { file };
  }

  async #pack(digest: ContentDigest, content: Uint8Array): Promise<FoundContent> {
    const { chunk, offset, lengthBytes } = await this.#parts.packer.append(content);
    const extent = chunk.id.then((chunkId) => ({ chunkId, offset, lengthBytes }));
    this.#parts.known.note(digest, extent);
    return { extent };
  }

  #refuse(reason: unknown): void {
    for (const fileId of [...this.#wanted.keys()]) this.#failed(fileId, reason);
  }

  #done({ fileId, modifiedAtMs }: FileFacts, sizeBytes: number, file: Promise<ReadFile>): void {
    const wanted = this.#wanted.get(fileId);
    this.#wanted.delete(fileId);
    wanted?.resolve({ facts: { sizeBytes, modifiedAtMs }, file });
  }

  #failed(fileId: number, error: unknown): void {
    const wanted = this.#wanted.get(fileId);
    if (wanted === undefined) return;
    this.#wanted.delete(fileId);
    this.#recycle(wanted.pieces);
    wanted.reject(error);
  }

  #recycle(pieces: readonly Bytes[]): void {
    const buffers = pieces.map(({ buffer }) => buffer);
    if (buffers.length > 0) this.#reader.postMessage({ type: 'recycle', buffers }, buffers);
  }
}

function asReadFile(extents: readonly Extent[]): ReadFile {
  return { extents, sizeBytes: extents.reduce((sum, extent) => sum + extent.lengthBytes, 0) };
}

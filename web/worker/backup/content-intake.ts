/**
 * Takes what the reader thread hands over and turns it into stored content: large files chunk by chunk, small
 * ones packed together. Resolves each file with the extents that hold it.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import type { Extent } from '../../../shared/format/folder-node.ts';
import type { Bytes } from '../../../shared/crypto/primitives.ts';
import { Turns } from '../jobs/turns.ts';
import type { ReaderPort, StartReader } from '../ports.ts';
import type { ReaderMessage } from '../reader/protocol.ts';
import type { ChunkWriter } from './chunk-writer.ts';
import type { Packer } from './packer.ts';

type PieceMessage = Extract<ReaderMessage, { readonly type: 'piece' }>;
type SmallFilesMessage = Extract<ReaderMessage, { readonly type: 'small-files' }>;

/** What became of a file. */
export interface ReadFile {
  readonly sizeBytes: number;
  readonly extents: readonly Extent[];
}

interface Wanted {
  /** Called when its content is out of the reader's hands, before it is known where it lies. */
  readonly onRead: () => void;
  readonly resolve: (file: ReadFile | Promise<ReadFile>) => void;
  readonly reject: (error: unknown) => void;
  readonly extents: Promise<Extent>[];
  pieces: Bytes[];
}

export class ContentIntake {
  readonly #reader: ReaderPort;
  readonly #writer: ChunkWriter;
  readonly #packer: Packer;
  readonly #onContent: (bytes: number) => void;
  readonly #onFailure: (error: unknown) => void;
  readonly #wanted = new Map<number, Wanted>();
  readonly #turns = new Turns();
  #nextFileId = 0;
  #draining = false;

  constructor(
    ports: { readonly startReader: StartReader; readonly writer: ChunkWriter; readonly packer: Packer },
    gearTable: Bytes,
    events: { readonly onContent: (bytes: number) => void; readonly onFailure: (error: unknown) => void },
  ) {
    this.#writer = ports.writer;
    this.#packer = ports.packer;
    this.#onContent = events.onContent;
    this.#onFailure = events.onFailure;
    this.#reader = ports.startReader((message) => {
      this.#turns.run(async () => this.#take(message)).catch(this.#onFailure);
    });
    this.#reader.postMessage({ type: 'start', gearTable }, []);
  }

  /**
   * Asks for a file's content. `read` resolves when it has been read, `stored` with where it lies. Both
   * reject with `source-unreadable` or `source-changed`.
   */
  read(file: Blob): { readonly read: Promise<void>; readonly stored: Promise<ReadFile> } {
    const fileId = this.#nextFileId++;
    let onRead: () => void = () => undefined;
    const read = new Promise<void>((resolve) => (onRead = resolve));
    const stored = new Promise<ReadFile>((resolve, reject) => {
      this.#wanted.set(fileId, { onRead, resolve, reject, extents: [], pieces: [] });
    });
    // Its failure is also heard by whoever waits for `stored`, maybe later.
    stored.catch(() => undefined);
    this.#reader.postMessage({ type: 'read', fileId, file }, []);
    return { read, stored };
  }

  /** Ends the reader thread and whatever it still reads. */
  close(): void {
    this.#reader.terminate();
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
    if (this.#draining && this.#wanted.size === 0) await this.#packer.flush();
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
        this.#settle(message.fileId, (wanted) => {
          this.#recycle(wanted.pieces);
          wanted.reject(new HoldfastError(message.code, { detail: message.detail }));
        });
        break;
    }
  }

  #takePiece({ fileId, buffer, lengthBytes, chunkEnd, fileEnd }: PieceMessage): void {
    const wanted = this.#wanted.get(fileId);
    if (wanted === undefined) return;
    const piece = new Uint8Array(buffer, 0, lengthBytes);
    if (lengthBytes === 0) this.#recycle([piece]);
    else wanted.pieces.push(piece);
    if (chunkEnd && wanted.pieces.length > 0) this.#storeChunk(wanted);
    if (fileEnd) {
      this.#settle(fileId, ({ resolve, extents }) => {
        resolve(Promise.all(extents).then(asReadFile));
      });
    }
  }

  #storeChunk(wanted: Wanted): void {
    const pieces = wanted.pieces;
    wanted.pieces = [];
    const lengthBytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const extent = this.#writer
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
    for (const { fileId, offset, lengthBytes } of files) {
      const extents =
        lengthBytes === 0 ? [] : [await this.#pack(new Uint8Array(buffer, offset, lengthBytes))];
      this.#onContent(lengthBytes);
      this.#settle(fileId, ({ resolve }) => {
        resolve(Promise.all(extents.map(async ({ extent }) => extent)).then(asReadFile));
      });
    }
    this.#recycle([new Uint8Array(buffer)]);
  }

  /** Wrapped in an object: awaiting the extent itself would wait until the chunk is full. */
  async #pack(content: Uint8Array): Promise<{ readonly extent: Promise<Extent> }> {
    const { chunk, offset, lengthBytes } = await this.#packer.append(content);
    return { extent: chunk.id.then((chunkId) => ({ chunkId, offset, lengthBytes })) };
  }

  #settle(fileId: number, settle: (wanted: Wanted) => void): void {
    const wanted = this.#wanted.get(fileId);
    if (wanted === undefined) return;
    this.#wanted.delete(fileId);
    settle(wanted);
    wanted.onRead();
  }

  #recycle(pieces: readonly Bytes[]): void {
    const buffers = pieces.map(({ buffer }) => buffer);
    if (buffers.length > 0) this.#reader.postMessage({ type: 'recycle', buffers }, buffers);
  }
}

function asReadFile(extents: readonly Extent[]): ReadFile {
  return { extents, sizeBytes: extents.reduce((sum, extent) => sum + extent.lengthBytes, 0) };
}

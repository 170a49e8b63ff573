/**
 * Ways of writing a file. The usual one is the browser's stream: the file appears whole when it is closed. A new
 * file in the origin's private file system is written through a sync access handle instead: the bytes then don't
 * pass through the browser's process, and a small file saves it a third of the work that bounds the speed. What a
 * crash leaves half-written is known by the journal.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import { CHUNK_MAX_BYTES } from '../../../shared/limits.ts';

export interface FileWriter {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): Promise<void>;
  /** Nothing that was written stays; a new file is left for the caller to remove. */
  abort(): Promise<void>;
}

/** A write costs the browser a round trip between processes: large files are written in few. */
const GATHERED_BYTES = 4 * 1024 * 1024;

export class FileWriters {
  #gathered: Uint8Array<ArrayBuffer> | undefined;
  /** Whether the target has sync access handles; not known before the first file. */
  #hasSyncAccess = true;

  async open(handle: FileSystemFileHandle, sizeBytes: number, isNew: boolean): Promise<FileWriter> {
    const direct = isNew ? await this.#syncAccess(handle) : undefined;
    if (direct !== undefined) return new SyncWriter(direct);
    const stream = await handle.createWritable();
    return sizeBytes <= CHUNK_MAX_BYTES ? stream : new GatheringWriter(stream, this.#gatherBuffer());
  }

  /** `undefined` where the folder is one of the device's own, or the browser has no such handles. */
  async #syncAccess(handle: FileSystemFileHandle): Promise<FileSystemSyncAccessHandle | undefined> {
    if (!this.#hasSyncAccess || !('createSyncAccessHandle' in handle)) return undefined;
    try {
      return await handle.createSyncAccessHandle();
    } catch (error) {
      // Anything else concerns this file alone.
      if (!(error instanceof DOMException && error.name === 'InvalidStateError')) throw error;
      this.#hasSyncAccess = false;
      return undefined;
    }
  }

  /** One for all: a file that is larger than a chunk is written alone. */
  #gatherBuffer(): Uint8Array<ArrayBuffer> {
    this.#gathered ??= new Uint8Array(GATHERED_BYTES);
    return this.#gathered;
  }
}

class SyncWriter implements FileWriter {
  readonly #handle: FileSystemSyncAccessHandle;
  #offset = 0;

  constructor(handle: FileSystemSyncAccessHandle) {
    this.#handle = handle;
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const written = this.#handle.write(bytes, { at: this.#offset });
    if (written < bytes.length) throw new HoldfastError('device-full');
    this.#offset += written;
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.#handle.close();
    return Promise.resolve();
  }

  async abort(): Promise<void> {
    return this.close();
  }
}

/** Gathers small writes in a buffer that it is lent, and writes that when it is full. */
class GatheringWriter implements FileWriter {
  readonly #stream: FileSystemWritableFileStream;
  readonly #buffer: Uint8Array<ArrayBuffer>;
  #filled = 0;

  constructor(stream: FileSystemWritableFileStream, buffer: Uint8Array<ArrayBuffer>) {
    this.#stream = stream;
    this.#buffer = buffer;
  }

  /** `bytes` must fit in the buffer. */
  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.#filled + bytes.length > this.#buffer.length) await this.#flush();
    this.#buffer.set(bytes, this.#filled);
    this.#filled += bytes.length;
  }

  async close(): Promise<void> {
    await this.#flush();
    await this.#stream.close();
  }

  async abort(): Promise<void> {
    await this.#stream.abort();
  }

  async #flush(): Promise<void> {
    await this.#stream.write(this.#buffer.subarray(0, this.#filled));
    this.#filled = 0;
  }
}

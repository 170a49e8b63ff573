/**
 * Restores into a folder that a person chose. Files are written beside their final place by the browser and
 * appear there whole when closed; what exists already is only replaced if the person said so.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import { isSafeName } from '../../../shared/format/folder-node.ts';
import { CHUNK_MAX_BYTES } from '../../../shared/limits.ts';
import type { ConflictChoice } from '../../bridge/engine-api.ts';
import type { FileInfo, FileSink, RestoreSink } from './sink.ts';

/** Opening and closing a file costs the browser several steps; many at once hide that. */
const FILES_AT_ONCE = 16;

/** A write costs the browser a round trip between processes: large files are written in few. */
const GATHERED_BYTES = 4 * 1024 * 1024;

export class FolderSink implements RestoreSink {
  readonly filesAtOnce = FILES_AT_ONCE;
  readonly #conflict: ConflictChoice;
  readonly #folders: Map<string, Promise<FileSystemDirectoryHandle>>;

  #gathered: Uint8Array<ArrayBuffer> | undefined;

  constructor(root: FileSystemDirectoryHandle, conflict: ConflictChoice) {
    this.#conflict = conflict;
    this.#folders = new Map([['', Promise.resolve(root)]]);
  }

  async folder(path: readonly string[]): Promise<void> {
    await this.#folder(path);
  }

  async file({ path, sizeBytes }: FileInfo): Promise<FileSink> {
    const name = path.at(-1) ?? '';
    if (!isSafeName(name)) throw new HoldfastError('path-unsafe');
    const folder = await this.#folder(path.slice(0, -1));
    const target = await writable(async () => this.#target(folder, name));
    const stream = await writable(async () => target.handle.createWritable());
    const writer = sizeBytes > CHUNK_MAX_BYTES ? new GatheringWriter(stream, this.#gatherBuffer()) : stream;
    return {
      write: async (bytes) =>
        writable(async () => {
          await writer.write(bytes);
        }),
      finish: async () =>
        writable(async () => {
          await writer.close();
        }),
      abort: async () => {
        await stream.abort();
        // Getting the handle made an empty file: it must not pass for the restored one.
        if (target.isNew) await folder.removeEntry(target.handle.name);
      },
    };
  }

  async finish(): Promise<void> {
    return Promise.resolve();
  }

  async abort(): Promise<void> {
    return Promise.resolve();
  }

  /** One for all: a file that is larger than a chunk is written alone. */
  #gatherBuffer(): Uint8Array<ArrayBuffer> {
    this.#gathered ??= new Uint8Array(GATHERED_BYTES);
    return this.#gathered;
  }

  async #folder(path: readonly string[]): Promise<FileSystemDirectoryHandle> {
    const key = path.join('/');
    const known = this.#folders.get(key);
    if (known !== undefined) return known;
    const name = path.at(-1) ?? '';
    if (!isSafeName(name)) throw new HoldfastError('path-unsafe');
    const made = this.#folder(path.slice(0, -1)).then(async (parent) =>
      writable(async () => parent.getDirectoryHandle(name, { create: true })),
    );
    this.#folders.set(key, made);
    return made;
  }

  async #target(
    folder: FileSystemDirectoryHandle,
    name: string,
  ): Promise<{ readonly handle: FileSystemFileHandle; readonly isNew: boolean }> {
    if (!(await exists(folder, name)))
      return { handle: await folder.getFileHandle(name, { create: true }), isNew: true };
    if (this.#conflict === 'skip') throw new HoldfastError('target-exists');
    if (this.#conflict === 'replace') return { handle: await folder.getFileHandle(name), isNew: false };
    return {
      handle: await folder.getFileHandle(await freeName(folder, name), { create: true }),
      isNew: true,
    };
  }
}

/** Gathers small writes in a buffer that it is lent, and writes that when it is full. */
class GatheringWriter {
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

  async #flush(): Promise<void> {
    await this.#stream.write(this.#buffer.subarray(0, this.#filled));
    this.#filled = 0;
  }
}

async function freeName(folder: FileSystemDirectoryHandle, name: string): Promise<string> {
  const dot = name.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  for (let number = 1; ; number++) {
    const candidate = `${stem} (restored ${String(number)})${extension}`;
    if (!(await exists(folder, candidate))) return candidate;
  }
}

async function exists(folder: FileSystemDirectoryHandle, name: string): Promise<boolean> {
  try {
    await folder.getFileHandle(name);
    return true;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotFoundError') return false;
    throw error;
  }
}

/** Runs `work`; what the browser refuses becomes a coded error. */
async function writable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause;
    const isFull = cause instanceof DOMException && cause.name === 'QuotaExceededError';
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new HoldfastError(isFull ? 'device-full' : 'target-unwritable', { detail, cause });
  }
}

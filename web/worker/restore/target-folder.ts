/** One folder that is restored into: what is there already, asked of the browser no more often than needed. */
import { HoldfastError } from '../../../shared/errors.ts';
import { isSafeName } from '../../../shared/format/folder-node.ts';

export class TargetFolder {
  readonly handle: FileSystemDirectoryHandle;
  readonly #taken: Set<string>;

  private constructor(handle: FileSystemDirectoryHandle, taken: Set<string>) {
    this.handle = handle;
    this.#taken = taken;
  }

  /** Lists the folder: a question a file would be a round trip between processes each. */
  static async open(handle: FileSystemDirectoryHandle): Promise<TargetFolder> {
    const taken = new Set<string>();
    for await (const name of handle.keys()) taken.add(folded(name));
    return new TargetFolder(handle, taken);
  }

  /**
   * The file of that name, if there is one; if not, the name counts as taken from now on. Throws `path-unsafe`,
   * and what the browser throws where a folder has the name.
   */
  async find(name: string): Promise<FileSystemFileHandle | undefined> {
    if (!isSafeName(name)) throw new HoldfastError('path-unsafe');
    const key = folded(name);
    if (!this.#taken.has(key)) {
      this.#taken.add(key);
      return undefined;
    }
    try {
      return await this.handle.getFileHandle(name);
    } catch (error) {
      if (error instanceof DOMException && error.name === 'NotFoundError') return undefined;
      throw error;
    }
  }

  /** The folder of that name in this one, made if there is none. Throws `path-unsafe`. */
  async makeFolder(name: string): Promise<FileSystemDirectoryHandle> {
    if (!isSafeName(name)) throw new HoldfastError('path-unsafe');
    this.#taken.add(folded(name));
    return this.handle.getDirectoryHandle(name, { create: true });
  }
}

/** `name` with a number before its extension. */
export function numberedName(name: string, number: number): string {
  const dot = name.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  return `${stem} (restored ${String(number)})${extension}`;
}

/**
 * Names that some file system takes for the same have the same form; so may others, about which the browser is
 * asked then.
 */
function folded(name: string): string {
  return name
    .normalize('NFC')
    .toUpperCase()
    .replace(/[. ]+$/, '');
}

/** Runs `work`; what the browser refuses becomes a coded error. */
export async function writable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause;
    const isFull = cause instanceof DOMException && cause.name === 'QuotaExceededError';
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new HoldfastError(isFull ? 'device-full' : 'target-unwritable', { detail, cause });
  }
}

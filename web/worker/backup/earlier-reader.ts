/** Reads folders of earlier snapshots, as far as the server has them and they can be had: all else is read anew. */
import { toHoldfastError } from '../../../shared/errors.ts';
import type { Entry, Extent, FileEntry } from '../../../shared/format/folder-node.ts';
import type { KnownChunks } from '../outbox/backup-route.ts';
import type { FolderReader } from '../vault/folder-reader.ts';

export class EarlierReader {
  readonly #folders: FolderReader;
  readonly #known: KnownChunks;
  readonly #signal: AbortSignal;

  constructor(folders: FolderReader, known: KnownChunks, signal: AbortSignal) {
    this.#folders = folders;
    this.#known = known;
    this.#signal = signal;
  }

  /** Whether the server has the chunks of all extents. */
  isKnown(extents: readonly Extent[]): boolean {
    return extents.every(({ chunkId }) => this.#known.has(chunkId));
  }

  /** A folder's entries, or `undefined` if the server lost or damaged them, or is out of reach. */
  async list(nodes: readonly Extent[]): Promise<readonly Entry[] | undefined> {
    return this.#orLost(nodes, async () => this.#folders.list(nodes, this.#signal));
  }

  /** Where a file's content lies, or `undefined` if the server lacks any of it. */
  async extents(file: FileEntry): Promise<readonly Extent[] | undefined> {
    const { content } = file;
    const extents =
      content.kind === 'extents'
        ? content.extents
        : await this.#orLost(content.nodes, async () => this.#folders.extents(file, this.#signal));
    return extents !== undefined && this.isKnown(extents) ? extents : undefined;
  }

  async #orLost<T>(nodes: readonly Extent[], read: () => Promise<T>): Promise<T | undefined> {
    if (!this.isKnown(nodes)) return undefined;
    try {
      return await read();
    } catch (error) {
      this.#signal.throwIfAborted();
      const { action, code } = toHoldfastError(error);
      // A backup that went offline does without what isn't on this device.
      if (action !== 'stop' && code !== 'offline') throw error;
      return undefined;
    }
  }
}

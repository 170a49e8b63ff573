/**
 * What the snapshot before says about a source, to skip what is unchanged: a file of the same size and
 * modification time keeps its content, a folder whose entries are all the same keeps its nodes.
 */
import type { Entry, Extent, FileEntry, FolderEntry } from '../../../shared/format/folder-node.ts';
import type { ChunkIndex } from '../vault/chunk-index.ts';
import type { FolderReader } from '../vault/folder-reader.ts';
import { toHoldfastError } from '../../../shared/errors.ts';
import { contentPlaces, isSameExtents, isSameFile } from '../vault/entries.ts';
import type { WrittenEntry, WrittenFolder } from './folder-writer.ts';

/** A folder of the snapshot before. */
export interface EarlierFolder {
  readonly nodes: readonly Extent[];
  readonly entries: ReadonlyMap<string, Entry>;
}

export class Reuse {
  readonly #folders: FolderReader;
  readonly #known: ChunkIndex;
  readonly #trustTimes: boolean;
  readonly #signal: AbortSignal;

  /** Without `trustTimes` every file is read again; what turns out the same is still not sent again. */
  constructor(folders: FolderReader, known: ChunkIndex, trustTimes: boolean, signal: AbortSignal) {
    this.#folders = folders;
    this.#known = known;
    this.#trustTimes = trustTimes;
    this.#signal = signal;
  }

  /** The earlier folder, or `undefined` if it can't be read: then everything in it is read anew. */
  async folder(nodes: readonly Extent[]): Promise<EarlierFolder | undefined> {
    if (nodes.some(({ chunkId }) => !this.#known.has(chunkId))) return undefined;
    try {
      const entries = await this.#folders.list(nodes, this.#signal);
      return { nodes, entries: new Map(entries.map((entry) => [entry.name, entry])) };
    } catch (error) {
      this.#signal.throwIfAborted();
      if (toHoldfastError(error).action !== 'stop') throw error;
      return undefined;
    }
  }

  /** The extents of `earlier` if `file` looks unchanged and the server has all of them. */
  async extents(earlier: Entry | undefined, file: File): Promise<readonly Extent[] | undefined> {
    if (earlier?.kind !== 'file' || !this.#looksUnchanged(earlier, file)) return undefined;
    if (!this.#allKnown(contentPlaces(earlier))) return undefined;
    const extents = await this.#folders.extents(earlier, this.#signal);
    return this.#allKnown(extents) ? extents : undefined;
  }

  /** Whether the earlier folder's nodes say exactly what `entries` say. */
  isSame(earlier: EarlierFolder, entries: readonly WrittenEntry[]): boolean {
    return (
      earlier.entries.size === entries.length &&
      this.#allKnown(earlier.nodes) &&
      entries.every((entry) => isSameEntry(earlier.entries.get(entry.name), entry))
    );
  }

  #looksUnchanged(earlier: FileEntry, file: File): boolean {
    return this.#trustTimes && earlier.sizeBytes === file.size && earlier.modifiedAtMs === file.lastModified;
  }

  #allKnown(extents: readonly Extent[]): boolean {
    return extents.every(({ chunkId }) => this.#known.has(chunkId));
  }
}

function isSameEntry(earlier: Entry | undefined, entry: WrittenEntry): boolean {
  if (earlier === undefined) return false;
  if (entry.kind === 'folder') return earlier.kind === 'folder' && isSameFolder(earlier, entry);
  return earlier.kind === 'file' && isSameFile(earlier, entry);
}

function isSameFolder(earlier: FolderEntry, { place }: WrittenFolder): boolean {
  return place.kind === 'kept' && isSameExtents(earlier.nodes, place.nodes);
}

/**
 * What earlier snapshots say about a source, to skip what is unchanged: a file of the same size and
 * modification time keeps its content, a folder whose entries are all the same keeps its nodes. There is one
 * earlier snapshot, or several where backups were interrupted: what the newest lacks may be in those before.
 */
import type {
  Entry,
  Extent,
  FileContent,
  FileEntry,
  FolderEntry,
} from '../../../shared/format/folder-node.ts';
import { isSameExtents, isSameFile } from '../vault/entries.ts';
import type { EarlierReader } from './earlier-reader.ts';
import type { WrittenEntry, WrittenFolder } from './folder-writer.ts';
import type { KnownContent } from './known-content.ts';

/** A folder as an earlier snapshot has it. */
export interface EarlierFolder {
  readonly nodes: readonly Extent[];
  readonly entries: ReadonlyMap<string, Entry>;
}

/** An unchanged file, and all places of its content. */
export interface KeptFile {
  readonly entry: FileEntry;
  readonly extents: readonly Extent[];
}

export class Reuse {
  readonly #reader: EarlierReader;
  readonly #known: KnownContent;
  readonly #trustTimes: boolean;

  /** Without `trustTimes` every file is read again; what turns out the same is still not sent again. */
  constructor(reader: EarlierReader, known: KnownContent, trustTimes: boolean) {
    this.#reader = reader;
    this.#known = known;
    this.#trustTimes = trustTimes;
  }

  /** The earlier folders, newest first, without those that can't be read: what is in them is read anew. */
  async folders(candidates: readonly (readonly Extent[])[]): Promise<EarlierFolder[]> {
    const folders: EarlierFolder[] = [];
    for (const nodes of candidates) {
      if (nodes.length === 0 || folders.some((folder) => isSameExtents(folder.nodes, nodes))) continue;
      const entries = await this.#reader.list(nodes);
      if (entries !== undefined)
        folders.push({ nodes, entries: new Map(entries.map((entry) => [entry.name, entry])) });
    }
    return folders;
  }

  /** The first of `earlier` that `file` looks the same as, if the server has all of it. */
  async unchanged(earlier: readonly FileEntry[], file: File): Promise<KeptFile | undefined> {
    const entry = earlier.find((candidate) => this.#looksUnchanged(candidate, file));
    const extents = entry && (await this.#reader.extents(entry));
    return entry === undefined || extents === undefined ? undefined : { entry, extents };
  }

  /** How an earlier entry tells where a very large file lies, if it lies just there still. */
  async sameContent(
    earlier: readonly FileEntry[],
    extents: readonly Extent[],
  ): Promise<FileContent | undefined> {
    for (const entry of earlier) {
      if (entry.content.kind !== 'nodes') continue;
      const before = await this.#reader.extents(entry);
      if (before !== undefined && isSameExtents(before, extents)) return entry.content;
    }
    return undefined;
  }

  /** The nodes of an earlier folder that says exactly what `entries` say: at the same path, or moved from another. */
  async keptNodes(
    earlier: readonly EarlierFolder[],
    entries: readonly WrittenEntry[],
  ): Promise<readonly Extent[] | undefined> {
    const kept = earlier.find((folder) => this.#isSame(folder, entries));
    if (kept !== undefined) return kept.nodes;
    const like = this.#known.folderLike(entries);
    const [moved] = like === undefined ? [] : await this.folders([like]);
    return moved !== undefined && this.#isSame(moved, entries) ? moved.nodes : undefined;
  }

  #isSame(earlier: EarlierFolder, entries: readonly WrittenEntry[]): boolean {
    return (
      earlier.entries.size === entries.length &&
      this.#reader.isKnown(earlier.nodes) &&
      entries.every((entry) => isSameEntry(earlier.entries.get(entry.name), entry))
    );
  }

  /** What kept changing while it was read is read again. */
  #looksUnchanged({ sizeBytes, modifiedAtMs, changedWhileRead }: FileEntry, file: File): boolean {
    const isTrusted = this.#trustTimes && changedWhileRead !== true;
    return isTrusted && sizeBytes === file.size && modifiedAtMs === file.lastModified;
  }
}

/** The files among the earlier entries of one name. */
export function earlierFiles(earlier: readonly EarlierFolder[], name: string): FileEntry[] {
  return earlier.map(({ entries }) => entries.get(name)).filter((entry) => entry?.kind === 'file');
}

/** The nodes of the folders among the earlier entries of one name. */
export function earlierNodes(earlier: readonly EarlierFolder[], name: string): (readonly Extent[])[] {
  const entries = earlier.map(({ entries }) => entries.get(name));
  return entries.filter((entry) => entry?.kind === 'folder').map(({ nodes }) => nodes);
}

function isSameEntry(earlier: Entry | undefined, entry: WrittenEntry): boolean {
  if (earlier === undefined) return false;
  if (entry.kind === 'folder') return earlier.kind === 'folder' && isSameFolder(earlier, entry);
  return earlier.kind === 'file' && isSameFile(earlier, entry);
}

function isSameFolder(earlier: FolderEntry, { place }: WrittenFolder): boolean {
  return place.kind === 'kept' && isSameExtents(earlier.nodes, place.nodes);
}

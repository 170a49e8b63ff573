/**
 * Content of small files that the vault holds already, and folders with just the same entries, so that what was
 * moved, renamed, copied or is read anew isn't stored again. Earlier snapshots are looked through only once a file had to be read: the source's own
 * as a whole, those of other sources as soon as they are small beside what would be sent.
 */
import type { Entry, Extent, FileEntry } from '../../../shared/format/folder-node.ts';
import type { ChunkId, ContentDigest } from '../../../shared/ids.ts';
import { contentPlaces } from '../vault/entries.ts';
import { ContentIndex } from './content-index.ts';
import { folderPrint } from './folder-print.ts';
import type { EarlierReader } from './earlier-reader.ts';
import type { WrittenEntry } from './folder-writer.ts';

/** Files of another source that may be looked through at once, and more for each file found nowhere. */
const FILES_AT_ONCE = 1_000;
const FILES_FOR_EACH_MISS = 50;

/** A snapshot to look through. */
export interface SnapshotToSearch {
  readonly root: readonly Extent[];
  readonly filesTotal: number;
}

/** An extent, or one whose chunk isn't full yet. In an object: awaiting it alone would wait for the chunk. */
export interface FoundContent {
  readonly extent: Extent | Promise<Extent>;
}

export class KnownContent {
  readonly #reader: EarlierReader;
  readonly #own: SnapshotToSearch[];
  readonly #others: SnapshotToSearch[];
  readonly #index = new ContentIndex();
  readonly #seen = new Set<string>();
  /** The nodes of folders that were looked through, by what is in them. */
  readonly #folders = new Map<number, readonly Extent[]>();
  /** What this backup itself stores: in chunks that aren't full yet, and in those that are. */
  readonly #coming = new Map<ContentDigest, Promise<Extent>>();
  readonly #written = new Set<ChunkId>();
  #misses = 0;

  constructor(reader: EarlierReader, own: readonly SnapshotToSearch[], others: readonly SnapshotToSearch[]) {
    this.#reader = reader;
    this.#own = [...own];
    this.#others = others.toSorted((a, b) => a.filesTotal - b.filesTotal);
  }

  /**
   * Where content of that digest lies; first of all where an earlier entry of the same path has it (`before`,
   * newest first), so that reading everything again gives the same entries. Throws what reading folders throws.
   */
  async find(digest: ContentDigest, before: readonly FileEntry[]): Promise<FoundContent | undefined> {
    const kept = this.#keptPlace(digest, before);
    if (kept !== undefined) return { extent: kept };
    for (let next = this.#own.shift(); next !== undefined; next = this.#own.shift())
      await this.#searchThrough(next);
    const found = this.#look(digest);
    if (found !== undefined) return found;
    this.#misses += 1;
    return this.#findElsewhere(digest);
  }

  /** Nodes of a folder that may have just these entries; the caller has to compare. */
  folderLike(entries: readonly WrittenEntry[]): readonly Extent[] | undefined {
    const print = this.#folders.size === 0 ? undefined : folderPrint(entries);
    return print === undefined ? undefined : this.#folders.get(print);
  }

  /** From now on content of that digest lies there. */
  note(digest: ContentDigest, extent: Promise<Extent>): void {
    this.#coming.set(digest, extent);
    extent.then(
      (place) => {
        this.#written.add(place.chunkId);
        this.#index.set(digest, place);
        this.#coming.delete(digest);
      },
      // The chunk's own caller hears of it, and the backup ends.
      () => this.#coming.delete(digest),
    );
  }

  #keptPlace(digest: ContentDigest, before: readonly FileEntry[]): Extent | undefined {
    const places = before.filter((entry) => entry.digest === digest).flatMap(contentPlaces);
    return places.find((extent) => this.#isThere(extent));
  }

  async #findElsewhere(digest: ContentDigest): Promise<FoundContent | undefined> {
    for (let next = this.#affordable(); next !== undefined; next = this.#affordable()) {
      this.#others.shift();
      await this.#searchThrough(next);
      const found = this.#look(digest);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #affordable(): SnapshotToSearch | undefined {
    const [smallest] = this.#others;
    const mayTake = FILES_AT_ONCE + FILES_FOR_EACH_MISS * this.#misses;
    return smallest !== undefined && smallest.filesTotal <= mayTake ? smallest : undefined;
  }

  #look(digest: ContentDigest): FoundContent | undefined {
    const coming = this.#coming.get(digest);
    if (coming !== undefined) return { extent: coming };
    const extent = this.#index.get(digest);
    return extent !== undefined && this.#isThere(extent) ? { extent } : undefined;
  }

  #isThere(extent: Extent): boolean {
    return this.#written.has(extent.chunkId) || this.#reader.isKnown([extent]);
  }

  /** Deepest folders first: they lie in the chunk that was read last. */
  async #searchThrough({ root }: SnapshotToSearch): Promise<void> {
    const waiting = [root];
    for (let nodes = waiting.pop(); nodes !== undefined; nodes = waiting.pop()) {
      if (this.#isSeen(nodes)) continue;
      const entries = (await this.#reader.list(nodes)) ?? [];
      this.#takeFolder(nodes, entries);
      for (const entry of entries) if (entry.kind === 'folder') waiting.push(entry.nodes);
    }
  }

  #takeFolder(nodes: readonly Extent[], entries: readonly Entry[]): void {
    const print = folderPrint(entries);
    if (print !== undefined) this.#folders.set(print, nodes);
    for (const entry of entries) if (entry.kind === 'file') this.#take(entry);
  }

  #take(file: FileEntry): void {
    const [extent] = contentPlaces(file);
    if (file.digest !== undefined && extent !== undefined) this.#index.set(file.digest, extent);
  }

  /** Snapshots share the folders that are the same. */
  #isSeen(nodes: readonly Extent[]): boolean {
    const [first] = nodes;
    if (first === undefined) return true;
    const key = `${first.chunkId}${first.offset}`;
    if (this.#seen.has(key)) return true;
    this.#seen.add(key);
    return false;
  }
}

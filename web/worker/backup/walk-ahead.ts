/**
 * A source whose folders are listed and whose files are opened some way ahead of whoever walks it, across
 * folders: each costs the browser a round trip between processes, and only many at once keep it busy. What fails
 * ahead fails for whoever asks for it. The walk goes depth first, in the order in which folders are listed; what it
 * skips is opened for nothing, and dropped.
 */
import { compareNames } from '../../../shared/format/folder-node.ts';
import type { SourceEntry, SourceFile, SourceFolder } from './source-tree.ts';

/** Files that are open, or being opened, and folders that have been gone through, before the walk comes to them. */
const ENTRIES_AHEAD = 256;
/** Folders that are listed, or being listed, before that ... */
const FOLDERS_AHEAD = 8;
/** ... as long as they hold fewer entries than that. How many, is guessed of those that are being listed. */
const ENTRIES_LISTED_AHEAD = 4_096;

type AheadEntry = AheadFile | AheadFolder;

export class WalkAhead {
  readonly root: SourceFolder;
  /** What was opened ahead and not asked for yet, in the walk's order. */
  readonly #ahead = new Set<AheadEntry>();
  /** Folders that weren't gone through yet; the last is the next. */
  readonly #folders: AheadFolder[];
  /** Entries that a folder is taken to hold: at first many, so that no two very large ones are listed at once. */
  #guess = ENTRIES_LISTED_AHEAD;
  #onRoom: () => void = () => undefined;
  #isOver = false;

  constructor(root: SourceFolder) {
    const first = new AheadFolder(root, this);
    this.root = first;
    this.#folders = [first];
    this.#ahead.add(first);
    void this.#goThrough(first);
  }

  /** Opens nothing more. What was opened stays good for whoever asks for it. */
  end(): void {
    this.#isOver = true;
    this.#ahead.clear();
    this.#onRoom();
  }

  /** The walk has come to `entry`: it needs nothing that comes before. */
  passed(entry: AheadEntry): void {
    for (const before of this.#ahead) {
      this.#ahead.delete(before);
      if (before === entry) break;
      before.drop();
    }
    this.#onRoom();
  }

  /** `folder` was listed: the folders in it come next after it. */
  listed(folder: AheadFolder, entries: readonly AheadEntry[]): void {
    this.#guess = Math.max(entries.length, this.#guess / 2);
    const place = this.#folders.lastIndexOf(folder);
    if (place === -1) return;
    const sooner = this.#folders.splice(place);
    for (const entry of entries.toReversed()) if (entry.kind === 'folder') this.#folders.push(entry);
    for (const before of sooner) this.#folders.push(before);
    this.#listAhead();
  }

  #listAhead(): void {
    let entries = 0;
    for (const folder of this.#folders.slice(-FOLDERS_AHEAD).reverse()) {
      if (this.#isOver || entries >= ENTRIES_LISTED_AHEAD) return;
      entries += folder.listAhead() ?? this.#guess;
    }
  }

  async #goThrough(folder: AheadFolder): Promise<void> {
    const entries = await folder.entries();
    this.#folders.pop();
    this.#listAhead();
    for (const entry of entries) {
      if (this.#ahead.size >= ENTRIES_AHEAD) await this.#room();
      if (this.#isOver) return;
      if (!entry.isPassed) this.#ahead.add(entry.openAhead());
      if (entry.kind === 'folder') await this.#goThrough(entry);
    }
  }

  async #room(): Promise<void> {
    while (this.#ahead.size >= ENTRIES_AHEAD && !this.#isOver)
      await new Promise<void>((resolve) => (this.#onRoom = resolve));
  }
}

/** A file that may be open already. */
class AheadFile implements SourceFile {
  readonly kind = 'file';
  readonly name: string;
  readonly handle?: FileSystemFileHandle;
  /** Whether the walk has come to it. */
  isPassed = false;
  readonly #source: SourceFile;
  readonly #walk: WalkAhead;
  #opened: Promise<File> | undefined;

  constructor(source: SourceFile, walk: WalkAhead) {
    this.name = source.name;
    if (source.handle !== undefined) this.handle = source.handle;
    this.#source = source;
    this.#walk = walk;
  }

  openAhead(): this {
    this.#opened = this.#source.open();
    // Heard of when it is asked for, if ever.
    this.#opened.catch(() => undefined);
    return this;
  }

  drop(): void {
    this.#opened = undefined;
  }

  /** The first time what was opened ahead; then the file as it is now. */
  async open(): Promise<File> {
    const opened = this.#opened;
    this.#opened = undefined;
    if (!this.isPassed) {
      this.isPassed = true;
      this.#walk.passed(this);
    }
    return opened ?? this.#source.open();
  }
}

/** A folder that may be listed already: for the walk, and for whoever goes through it ahead. */
class AheadFolder implements SourceFolder {
  readonly kind = 'folder';
  readonly name: string;
  isPassed = false;
  readonly #source: SourceFolder;
  readonly #walk: WalkAhead;
  #listing: Promise<readonly AheadEntry[]> | undefined;
  #entries: number | undefined;
  #taken = 0;

  constructor(source: SourceFolder, walk: WalkAhead) {
    this.name = source.name;
    this.#source = source;
    this.#walk = walk;
  }

  openAhead(): this {
    return this;
  }

  drop(): void {
    // Its listing goes with it.
  }

  /** Sorted by name. */
  async list(): Promise<readonly AheadEntry[]> {
    if (!this.isPassed) {
      this.isPassed = true;
      this.#walk.passed(this);
    }
    return this.#take();
  }

  /** For whoever goes ahead; none where it can't be listed. */
  async entries(): Promise<readonly AheadEntry[]> {
    try {
      return await this.#take();
    } catch {
      // The walk itself hears of it.
      return [];
    }
  }

  /** Starts listing it; gives how many entries it has once that is known. */
  listAhead(): number | undefined {
    if (this.#taken === 0 && this.#listing === undefined) void this.#start();
    return this.#entries;
  }

  /** Nothing is kept here once both have it. */
  async #take(): Promise<readonly AheadEntry[]> {
    const listing = this.#listing ?? this.#start();
    this.#taken += 1;
    if (this.#taken === 2) this.#listing = undefined;
    return listing;
  }

  #start(): Promise<readonly AheadEntry[]> {
    const listing = this.#list();
    this.#listing = listing;
    // Heard of by whoever asks for it, if anybody does.
    listing.catch(() => undefined);
    return listing;
  }

  async #list(): Promise<readonly AheadEntry[]> {
    const walk = this.#walk;
    const sources = (await this.#source.list()).toSorted((a, b) => compareNames(a.name, b.name));
    const entries = sources.map((source) => ahead(source, walk));
    this.#entries = entries.length;
    walk.listed(this, entries);
    return entries;
  }
}

function ahead(source: SourceEntry, walk: WalkAhead): AheadEntry {
  return source.kind === 'file' ? new AheadFile(source, walk) : new AheadFolder(source, walk);
}

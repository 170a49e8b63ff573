/**
 * Walks a source and writes it as a tree: reads what changed, keeps what didn't. The walk runs ahead of the
 * reading by a bounded number of files; folders are written when everything in them is. When it is told to stop
 * early, the tree holds what was complete by then.
 */
import { HoldfastError, toHoldfastError } from '../../../shared/errors.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import { compareNames, isSafeName } from '../../../shared/format/folder-node.ts';
import type { Extent, FileContent, FileEntry } from '../../../shared/format/folder-node.ts';
import type { ChunkId } from '../../../shared/ids.ts';
import { MAX_DEPTH, MAX_ENTRY_NAME_BYTES } from '../../../shared/limits.ts';
import { utf8 } from '../../../shared/bytes.ts';
import { Credit } from '../connection/credit.ts';
import type { Job } from '../jobs/job.ts';
import type { ContentIntake, Reading } from './content-intake.ts';
import { folderNodes } from './folder-writer.ts';
import type { FolderPlace, FolderWriter, WrittenEntry } from './folder-writer.ts';
import { earlierFiles, earlierNodes } from './reuse.ts';
import type { EarlierFolder, Reuse } from './reuse.ts';
import type { Readable } from '../reader/protocol.ts';
import type { SourceEntry, SourceFile, SourceFolder } from './source-tree.ts';
import { readSteadily } from './steady-read.ts';
import { WalkAhead } from './walk-ahead.ts';

const FILES_AHEAD = 512;

/** What concerns one entry: the rest is backed up without it. */
const CONCERNS_ONE: readonly ErrorCode[] = [
  'source-unreadable',
  'source-changed',
  'name-too-long',
  'name-ambiguous',
  'path-unsafe',
];

export interface TreeTotals {
  files: number;
  folders: number;
  bytes: number;
}

export interface TreeParts {
  readonly job: Job;
  readonly intake: ContentIntake;
  readonly folders: FolderWriter;
  readonly reuse: Reuse;
  /** Files that were modified since may well be written to while they are read. */
  readonly busySinceMs: number;
}

type Path = readonly string[];

/** An entry, or one that still waits for its chunk to be full. */
export interface Coming<T> {
  readonly entry: T | Promise<T>;
}

type Left = WrittenEntry | undefined;

export class TreeBackup {
  readonly totals: TreeTotals = { files: 0, folders: 0, bytes: 0 };
  /** Files and bytes that the walk has come upon. */
  readonly seen = { files: 0, bytes: 0 };
  /** Files that had to be read. */
  filesRead = 0;
  /** Whether something is missing because the walk was told to stop. */
  isCut = false;
  /** Every chunk that the written tree needs. */
  readonly chunkIds = new Set<ChunkId>();
  readonly #parts: TreeParts;
  readonly #ahead = new Credit();
  readonly #noting: Promise<void>[] = [];

  constructor(parts: TreeParts) {
    this.#parts = parts;
    this.#ahead.grant(FILES_AHEAD);
  }

  /**
   * Walks the whole tree. `earlierRoots` are those of earlier snapshots, newest first. Where the tree's own
   * root lies comes later, when all content is stored.
   */
  async walk(root: SourceFolder, earlierRoots: readonly (readonly Extent[])[]): Promise<Coming<FolderPlace>> {
    const { job } = this.#parts;
    job.enter('running');
    const ahead = new WalkAhead(root);
    try {
      return await this.#walk(ahead.root, [], earlierRoots);
    } finally {
      ahead.end();
    }
  }

  /** Resolves once `chunkIds` holds everything, the root's own nodes included. */
  async noted(root: readonly Extent[]): Promise<void> {
    this.#note(root);
    await Promise.all(this.#noting);
  }

  async #walk(
    folder: SourceFolder,
    path: Path,
    earlierNodesOfEach: readonly (readonly Extent[])[],
  ): Promise<Coming<FolderPlace>> {
    const { job, reuse } = this.#parts;
    await job.gate.pass(job.signal);
    if (path.length > MAX_DEPTH)
      throw new HoldfastError('name-too-long', { detail: 'folders nested too deeply' });
    const children = await folder.list();
    const earlier = await reuse.folders(earlierNodesOfEach);
    const coming: Coming<Left>[] = [];
    for (const [index, child] of children.entries()) {
      if (this.#isStopping()) break;
      const childPath = [...path, child.name];
      if (isSameName(children[index - 1], child))
        this.#leftOut(new HoldfastError('name-ambiguous'), childPath);
      else coming.push(await this.#child(child, childPath, earlier));
    }
    return { entry: this.#finish(coming, earlier) };
  }

  #isStopping(): boolean {
    const isStopping = this.#parts.job.stopping.aborted;
    this.isCut ||= isStopping;
    return isStopping;
  }

  /** What can't be backed up is noted and left out; the rest goes on. */
  async #child(child: SourceEntry, path: Path, earlier: readonly EarlierFolder[]): Promise<Coming<Left>> {
    try {
      checkName(child.name);
      const { entry } =
        child.kind === 'file'
          ? await this.#file(child, path, earlier)
          : await this.#folder(child, path, earlier);
      if (!(entry instanceof Promise)) return { entry };
      return { entry: this.#orLeftOut(entry, path) };
    } catch (error) {
      this.#leftOut(error, path);
      return { entry: undefined };
    }
  }

  async #orLeftOut(entry: Promise<WrittenEntry>, path: Path): Promise<Left> {
    try {
      return await entry;
    } catch (error) {
      this.#leftOut(error, path);
      return undefined;
    }
  }

  /** Notes what can't be backed up; throws what stops the backup as a whole. */
  #leftOut(error: unknown, path: Path): void {
    const { job } = this.#parts;
    job.signal.throwIfAborted();
    const { code } = toHoldfastError(error);
    // Without permission nothing else can be read either: what is complete is kept.
    if (code === 'permission-needed') job.stop(error);
    if (this.#isStopping()) return;
    if (!CONCERNS_ONE.includes(code)) throw error;
    job.problem(error, path);
  }

  async #folder(
    folder: SourceFolder,
    path: Path,
    earlier: readonly EarlierFolder[],
  ): Promise<Coming<WrittenEntry>> {
    const { name } = folder;
    const { entry } = await this.#walk(folder, path, earlierNodes(earlier, name));
    this.totals.folders += 1;
    return { entry: Promise.resolve(entry).then((place) => ({ kind: 'folder', name, place })) };
  }

  async #finish(coming: readonly Coming<Left>[], earlier: readonly EarlierFolder[]): Promise<FolderPlace> {
    const all = await Promise.all(coming.map(async ({ entry }) => entry));
    const entries = all.filter((entry) => entry !== undefined);
    for (const entry of entries) this.#noteEntry(entry);
    const nodes = await this.#parts.reuse.keptNodes(earlier, entries);
    return nodes === undefined ? this.#parts.folders.write(entries) : { kind: 'kept', nodes };
  }

  async #file(
    source: SourceFile,
    path: Path,
    earlier: readonly EarlierFolder[],
  ): Promise<Coming<WrittenEntry>> {
    const { job, reuse } = this.#parts;
    if (job.gate.isClosed) await job.gate.pass(job.signal);
    job.signal.throwIfAborted();
    const file = await source.open();
    job.at(path);
    this.seen.files += 1;
    this.seen.bytes += file.size;
    const before = earlierFiles(earlier, source.name);
    const kept = await reuse.unchanged(before, file);
    if (kept === undefined)
      return { entry: this.#read(source, path, before, await this.#startReading(source, file, before)) };
    job.add({ bytes: file.size });
    return { entry: this.#done(kept.entry, kept.extents) };
  }

  /** Starts once fewer than FILES_AHEAD wait to be read. */
  async #startReading(source: SourceFile, file: Readable, before: readonly FileEntry[]): Promise<Reading> {
    await this.#ahead.take(1);
    const reading = this.#parts.intake.read(file, before, source.handle !== undefined);
    const grant = (): void => {
      this.#ahead.grant(1);
    };
    reading.read.then(grant, grant);
    return reading;
  }

  /** Reads again what changed while it was being read. */
  async #read(
    source: SourceFile,
    path: Path,
    before: readonly FileEntry[],
    reading: Reading,
  ): Promise<WrittenEntry> {
    const { busySinceMs, job } = this.#parts;
    const readAgain = async (): Promise<Reading> =>
      this.#startReading(source, source.handle ?? (await source.open()), before);
    const read = await readSteadily({ source, reading, readAgain, busySinceMs });
    const { extents, digest } = await read.stored;
    this.filesRead += 1;
    if (read.changedWhileRead) job.problem(new HoldfastError('source-restless'), path);
    const entry = {
      kind: 'file',
      name: source.name,
      sizeBytes: extents.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0),
      modifiedAtMs: read.modifiedAtMs,
      content: await this.#content(before, extents),
      ...(digest === undefined ? {} : { digest }),
    } as const;
    return this.#done(read.changedWhileRead ? { ...entry, changedWhileRead: true } : entry, extents);
  }

  async #content(before: readonly FileEntry[], extents: readonly Extent[]): Promise<FileContent> {
    const { reuse, folders } = this.#parts;
    return (await reuse.sameContent(before, extents)) ?? folders.content(extents);
  }

  #done(entry: FileEntry, extents: readonly Extent[]): FileEntry {
    this.totals.files += 1;
    this.totals.bytes += entry.sizeBytes;
    this.#parts.job.add({ files: 1 });
    this.#note(extents);
    return entry;
  }

  #noteEntry(entry: WrittenEntry): void {
    if (entry.kind === 'folder') this.#noteFolder(entry.place);
    else if (entry.content.kind === 'nodes') this.#note(entry.content.nodes);
  }

  /** Not awaited here: the chunk may become full only after the folder above is written. */
  #noteFolder(place: FolderPlace): void {
    const noting = folderNodes(place).then((nodes) => {
      this.#note(nodes);
    });
    noting.catch(() => undefined);
    this.#noting.push(noting);
  }

  #note(extents: readonly Extent[]): void {
    for (const { chunkId } of extents) this.chunkIds.add(chunkId);
  }
}

/** Names that aren't Unicode on disk come with the same replacement characters: two may look alike. */
function isSameName(before: SourceEntry | undefined, child: SourceEntry): boolean {
  return before !== undefined && compareNames(before.name, child.name) === 0;
}

function checkName(name: string): void {
  if (!isSafeName(name)) throw new HoldfastError('path-unsafe');
  // A character takes three bytes at most.
  if (3 * name.length > MAX_ENTRY_NAME_BYTES && utf8(name).length > MAX_ENTRY_NAME_BYTES)
    throw new HoldfastError('name-too-long');
}

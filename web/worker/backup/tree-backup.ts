/**
 * Walks a source and writes it as a tree: reads what changed, keeps what didn't. The walk runs ahead of the
 * reading by a bounded number of files; folders are written when everything in them is.
 */
import { HoldfastError, toHoldfastError } from '../../../shared/errors.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import { compareNames, isSafeName } from '../../../shared/format/folder-node.ts';
import type { Extent, FileContent } from '../../../shared/format/folder-node.ts';
import type { ChunkId } from '../../../shared/ids.ts';
import { MAX_DEPTH, MAX_ENTRY_NAME_BYTES } from '../../../shared/limits.ts';
import { utf8 } from '../../../shared/bytes.ts';
import { Credit } from '../connection/credit.ts';
import type { Job } from '../jobs/job.ts';
import type { ContentIntake, ReadFile } from './content-intake.ts';
import { folderNodes } from './folder-writer.ts';
import type { FolderPlace, FolderWriter, WrittenEntry } from './folder-writer.ts';
import type { EarlierFolder, Reuse } from './reuse.ts';
import type { SourceEntry, SourceFile, SourceFolder } from './source-tree.ts';

const FILES_AHEAD = 512;
const CHANGED_TRIES = 3;

/** What concerns one entry: the rest is backed up without it. */
const LEFT_OUT: readonly ErrorCode[] = [
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
}

type Path = readonly string[];

/** An entry that may still wait for its chunk to be full. */
export interface Coming<T> {
  readonly entry: Promise<T>;
}

export class TreeBackup {
  readonly totals: TreeTotals = { files: 0, folders: 0, bytes: 0 };
  /** Every chunk that the written tree needs. */
  readonly chunkIds = new Set<ChunkId>();
  readonly #parts: TreeParts;
  readonly #ahead = new Credit();
  readonly #noting: Promise<void>[] = [];

  constructor(parts: TreeParts) {
    this.#parts = parts;
    this.#ahead.grant(FILES_AHEAD);
  }

  /** Walks the whole tree. Where its root lies comes later, when all content is stored. */
  async walk(root: SourceFolder, earlierRoot: readonly Extent[]): Promise<Coming<FolderPlace>> {
    this.#parts.job.enter('running');
    return this.#walk(root, [], earlierRoot);
  }

  /** Resolves once `chunkIds` holds everything, the root's own nodes included. */
  async noted(root: readonly Extent[]): Promise<void> {
    this.#note(root);
    await Promise.all(this.#noting);
  }

  async #walk(
    folder: SourceFolder,
    path: Path,
    earlierNodes: readonly Extent[],
  ): Promise<Coming<FolderPlace>> {
    const { job, reuse } = this.#parts;
    await job.gate.pass(job.signal);
    if (path.length > MAX_DEPTH)
      throw new HoldfastError('name-too-long', { detail: 'folders nested too deeply' });
    const children = (await folder.list()).toSorted((a, b) => compareNames(a.name, b.name));
    const earlier = earlierNodes.length === 0 ? undefined : await reuse.folder(earlierNodes);
    const coming: Coming<WrittenEntry | undefined>[] = [];
    for (const [index, child] of children.entries()) {
      const childPath = [...path, child.name];
      if (isSameName(children[index - 1], child))
        this.#leftOut(new HoldfastError('name-ambiguous'), childPath);
      else coming.push(await this.#child(child, childPath, earlier));
    }
    return { entry: this.#finish(coming, earlier) };
  }

  /** What can't be backed up is noted and left out; the rest goes on. */
  async #child(
    child: SourceEntry,
    path: Path,
    earlier: EarlierFolder | undefined,
  ): Promise<Coming<WrittenEntry | undefined>> {
    try {
      checkName(child.name);
      const { entry } =
        child.kind === 'file'
          ? await this.#file(child, path, earlier)
          : await this.#folder(child, path, earlier);
      return { entry: entry.catch((error: unknown) => this.#leftOut(error, path)) };
    } catch (error) {
      return { entry: Promise.resolve(this.#leftOut(error, path)) };
    }
  }

  /** Notes what can't be backed up; throws what stops the backup as a whole. */
  #leftOut(error: unknown, path: Path): WrittenEntry | undefined {
    const { job } = this.#parts;
    job.signal.throwIfAborted();
    const { code } = toHoldfastError(error);
    if (!LEFT_OUT.includes(code)) throw error;
    job.problem(error, path);
    return undefined;
  }

  async #folder(
    folder: SourceFolder,
    path: Path,
    earlier: EarlierFolder | undefined,
  ): Promise<Coming<WrittenEntry>> {
    const { name } = folder;
    const before = earlier?.entries.get(name);
    const { entry } = await this.#walk(folder, path, before?.kind === 'folder' ? before.nodes : []);
    this.totals.folders += 1;
    return { entry: entry.then((place) => ({ kind: 'folder', name, place })) };
  }

  async #finish(
    coming: readonly Coming<WrittenEntry | undefined>[],
    earlier: EarlierFolder | undefined,
  ): Promise<FolderPlace> {
    const all = await Promise.all(coming.map(async ({ entry }) => entry));
    const entries = all.filter((entry) => entry !== undefined);
    for (const entry of entries) this.#noteEntry(entry);
    if (earlier !== undefined && this.#parts.reuse.isSame(earlier, entries))
      return { kind: 'kept', nodes: earlier.nodes };
    return this.#parts.folders.write(entries);
  }

  async #file(
    source: SourceFile,
    path: Path,
    earlier: EarlierFolder | undefined,
  ): Promise<Coming<WrittenEntry>> {
    const { job, reuse } = this.#parts;
    await job.gate.pass(job.signal);
    const file = await source.open();
    job.at(path);
    const before = earlier?.entries.get(source.name);
    const kept = await reuse.extents(before, file);
    if (kept !== undefined && before?.kind === 'file') {
      job.add({ bytes: file.size });
      this.#note(kept);
      return { entry: Promise.resolve(this.#entry(source.name, file, kept, before.content)) };
    }
    return { entry: this.#read(source, file, await this.#startReading(file)) };
  }

  /** Starts once fewer than FILES_AHEAD wait to be read. */
  async #startReading(file: File): Promise<Coming<ReadFile>> {
    await this.#ahead.take(1);
    const { read, stored } = this.#parts.intake.read(file);
    void read.then(() => {
      this.#ahead.grant(1);
    });
    return { entry: stored };
  }

  /** Reads again what changed while it was being read, a few times. */
  async #read(source: SourceFile, first: File, started: Coming<ReadFile>): Promise<WrittenEntry> {
    let file = first;
    let reading = started;
    for (let attempt = 1; ; attempt++) {
      try {
        const stored = await reading.entry;
        this.#note(stored.extents);
        return this.#entry(source.name, file, stored.extents, await this.#parts.folders.content(stored));
      } catch (error) {
        const mayHaveChanged = ['source-changed', 'source-unreadable'].includes(toHoldfastError(error).code);
        if (!mayHaveChanged || attempt === CHANGED_TRIES) throw error;
        file = await source.open();
        reading = await this.#startReading(file);
      }
    }
  }

  #entry(name: string, file: File, extents: readonly Extent[], content: FileContent): WrittenEntry {
    const sizeBytes = extents.reduce((sum, extent) => sum + extent.lengthBytes, 0);
    this.totals.files += 1;
    this.totals.bytes += sizeBytes;
    this.#parts.job.add({ files: 1 });
    return { kind: 'file', name, sizeBytes, modifiedAtMs: file.lastModified, content };
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
  if (utf8(name).length > MAX_ENTRY_NAME_BYTES) throw new HoldfastError('name-too-long');
}

/**
 * What the page asks of the past: what changed, which states a file had, where a name occurs. Reads folders from
 * this device's cache and what it lacks from the server; without a connection it answers from the cache alone.
 * What is in the trash is no part of the history.
 */
import { HoldfastError, toHoldfastError } from '../../../shared/errors.ts';
import type { SnapshotId, SourceId } from '../../../shared/ids.ts';
import type { FileVersion, SearchHit, SnapshotDiff } from '../../bridge/history-api.ts';
import type { ServiceContext } from '../service-context.ts';
import { bySource, idsAt } from '../vault/by-source.ts';
import { ChunkFetcher } from '../vault/chunk-fetcher.ts';
import { entryInfo } from '../vault/entries.ts';
import { FolderReader } from '../vault/folder-reader.ts';
import { isDamage } from '../vault/is-damage.ts';
import type { KnownSnapshot } from '../vault/mirror.ts';
import { diffTrees } from './diff.ts';
import { fileStates } from './file-versions.ts';
import { LeafNames } from './leaf-names.ts';
import { searchNames } from './name-search.ts';
import { Pace } from './pace.ts';
import type { ReadNode } from './walk-together.ts';

export class History {
  readonly #context: ServiceContext;
  readonly #folders: FolderReader;
  readonly #leaves = new LeafNames();
  #search = new AbortController();

  constructor(context: ServiceContext) {
    this.#context = context;
    const { link, vault, ports } = context;
    const options = { cache: ports.folderCache, isPatient: false };
    this.#folders = new FolderReader(new ChunkFetcher(link, vault.session.keyrings, ports.zstd, options));
  }

  /** Throws `snapshot-missing`, `offline` and what reading folders throws. */
  async diff(before: SnapshotId, after: SnapshotId): Promise<SnapshotDiff> {
    const { mirror, signal } = this.#context.vault;
    const [old, current] = [mirror.snapshot(before), mirror.snapshot(after)];
    const pace = this.#pace(signal);
    return diffTrees(this.#folders, old.description.root, current.description.root, pace, signal);
  }

  /** Throws `offline` and what reading folders throws if nothing at all can be read. */
  async fileVersions(sourceId: SourceId, path: readonly string[]): Promise<FileVersion[]> {
    const snapshots = this.#snapshots().filter(({ description }) => description.sourceId === sourceId);
    const unread = new Unread();
    const { signal } = this.#context.vault;
    const states = await fileStates(this.#reader(signal), rootsOf(snapshots), path, unread.note);
    this.#report(unread, states.length);
    return states.map(({ file: { sizeBytes, modifiedAtMs }, members }) => ({
      snapshotIds: idsAt(snapshots, members),
      sizeBytes,
      modifiedAtMs,
    }));
  }

  /** Ends the search before (`cancelled`). Throws as `fileVersions`. */
  async search(text: string, limit: number): Promise<SearchHit[]> {
    this.#search.abort(new HoldfastError('cancelled'));
    this.#search = new AbortController();
    if (text === '') return [];
    const read = this.#reader(AbortSignal.any([this.#search.signal, this.#context.vault.signal]));
    const unread = new Unread();
    const sources = bySource(this.#snapshots());
    const found = await searchNames(
      { read, leaves: this.#leaves },
      sources.map(rootsOf),
      text,
      limit,
      unread.note,
    );
    this.#report(unread, found.length);
    return found.flatMap(({ source, path, entry, members }) => {
      const snapshots = sources[source] ?? [];
      const sourceId = snapshots[0]?.description.sourceId;
      if (sourceId === undefined) return [];
      return { sourceId, path, entry: entryInfo(entry), snapshotIds: idsAt(snapshots, members) };
    });
  }

  /** Newest first. */
  #snapshots(): KnownSnapshot[] {
    return this.#context.vault.mirror.snapshots().filter(({ mark }) => mark !== 'trashed');
  }

  #reader(signal: AbortSignal): ReadNode {
    const pace = this.#pace(signal);
    return async (node) => {
      await pace.step();
      return this.#folders.list([node], signal);
    };
  }

  #pace(signal: AbortSignal): Pace {
    return new Pace(this.#context.ports.clock, signal);
  }

  /** What couldn't be read is left out of an answer, and is the answer where there is no other. */
  #report({ count, error }: Unread, answers: number): void {
    if (count === 0) return;
    if (answers === 0) throw toHoldfastError(error);
    this.#context.log(
      'warn',
      `${String(count)} folders couldn’t be looked into: ${toHoldfastError(error).message}`,
    );
  }
}

/** Counts what is damaged or not here. Throws what keeps everything from being read. */
class Unread {
  count = 0;
  error: unknown;

  readonly note = ({ error }: { readonly error: unknown }): void => {
    if (!isDamage(error) && toHoldfastError(error).code !== 'offline') throw error;
    this.count += 1;
    this.error ??= error;
  };
}

function rootsOf(snapshots: readonly KnownSnapshot[]): KnownSnapshot['description']['root'][] {
  return snapshots.map(({ description }) => description.root);
}

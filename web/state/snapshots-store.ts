/** The vault's snapshots as last listed, and what is in them. Works offline, from the mirror. */
import type { EngineApi, EngineProblem, EntryInfo, SnapshotInfo } from '../bridge/engine-api.ts';
import type { SnapshotMark } from '../bridge/history-api.ts';
import { problemOf } from '../bridge/problems.ts';
import type { SnapshotId, SourceId } from '../../shared/ids.ts';
import { Value, type Observable } from './observable.ts';

export interface SourceGroup {
  readonly sourceId: SourceId;
  readonly sourceName: string;
  /** Newest first. */
  readonly snapshots: readonly SnapshotInfo[];
}

export interface SnapshotList {
  readonly kind: 'loading' | 'ready' | 'failed';
  readonly snapshots: readonly SnapshotInfo[];
  readonly problem?: EngineProblem;
}

type SnapshotsEngine = Pick<EngineApi, 'listSnapshots' | 'listFolder' | 'measureSelection' | 'markSnapshots'>;

/** Snapshots by source; the source whose newest snapshot is newest comes first. */
export function groupBySource(snapshots: readonly SnapshotInfo[]): readonly SourceGroup[] {
  const groups = new Map<SourceId, SnapshotInfo[]>();
  for (const snapshot of snapshots) {
    const group = groups.get(snapshot.sourceId);
    if (group === undefined) groups.set(snapshot.sourceId, [snapshot]);
    else group.push(snapshot);
  }
  return [...groups].map(([sourceId, members]) => ({
    sourceId,
    sourceName: members[0]?.sourceName ?? '',
    snapshots: members,
  }));
}

/** Those that are not in the trash. */
export function keptOnes(snapshots: readonly SnapshotInfo[]): readonly SnapshotInfo[] {
  return snapshots.filter(({ mark }) => mark !== 'trashed');
}

/** Those in the trash, the ones that are erased first before the others. */
export function trashedOnes(snapshots: readonly SnapshotInfo[]): readonly SnapshotInfo[] {
  return snapshots
    .filter(({ mark }) => mark === 'trashed')
    .sort((a, b) => (a.eraseAtMs ?? 0) - (b.eraseAtMs ?? 0));
}

export class SnapshotsStore {
  readonly #engine: SnapshotsEngine;
  readonly #list = new Value<SnapshotList>({ kind: 'loading', snapshots: [] });
  #refresh = 0;

  constructor(engine: SnapshotsEngine) {
    this.#engine = engine;
  }

  get list(): Observable<SnapshotList> {
    return this.#list;
  }

  find(snapshotId: SnapshotId): SnapshotInfo | undefined {
    return this.#list.value.snapshots.find((snapshot) => snapshot.snapshotId === snapshotId);
  }

  /** Lists them anew. A failure keeps what was there and is told in the list. */
  async refresh(): Promise<void> {
    const mine = ++this.#refresh;
    const next = await this.#load();
    if (mine === this.#refresh) this.#list.set(next);
  }

  clear(): void {
    this.#refresh++;
    this.#list.set({ kind: 'loading', snapshots: [] });
  }

  /** Entries of a folder, folders first, then by name. Rejects as the engine does. */
  listFolder(snapshotId: SnapshotId, path: readonly string[]): Promise<readonly EntryInfo[]> {
    return this.#engine.listFolder(snapshotId, path);
  }

  /** Files and bytes below the selected paths. Rejects as the engine does. */
  measure(
    snapshotId: SnapshotId,
    selection: readonly (readonly string[])[],
  ): Promise<{ readonly files: number; readonly bytes: number }> {
    return this.#engine.measureSelection(snapshotId, selection);
  }

  /** Pins, unpins, removes (`trashed`) or brings back (`kept`). Rejects as the engine does. */
  async mark(snapshotIds: readonly SnapshotId[], mark: SnapshotMark): Promise<void> {
    await this.#engine.markSnapshots(snapshotIds, mark);
    await this.refresh();
  }

  async #load(): Promise<SnapshotList> {
    try {
      const snapshots = await this.#engine.listSnapshots();
      return { kind: 'ready', snapshots };
    } catch (error) {
      return { kind: 'failed', snapshots: this.#list.value.snapshots, problem: problemOf(error) };
    }
  }
}

/**
 * The vault's sources as last listed, and what a person may do to one. The browser's permission to read a
 * remembered folder is asked for here, within the click that needs it.
 */
import type { EngineApi, EngineProblem, PickedSource } from '../bridge/engine-api.ts';
import { problemOf } from '../bridge/problems.ts';
import type { BackupMode, RulesCount, SourceInfo, SourceSettings } from '../bridge/sources-api.ts';
import { HoldfastError } from '../../shared/errors.ts';
import type { JobId, SourceId } from '../../shared/ids.ts';
import { Value, type Observable } from './observable.ts';

export interface SourceList {
  readonly kind: 'loading' | 'ready' | 'failed';
  readonly sources: readonly SourceInfo[];
  readonly problem?: EngineProblem;
}

/** A known source that a picked one looks like; `likeness` from 0 to 1. */
export interface SourceMatch {
  readonly source: SourceInfo;
  readonly likeness: number;
}

type SourcesEngine = Pick<
  EngineApi,
  | 'listSources'
  | 'saveSource'
  | 'forgetSource'
  | 'sourceHandle'
  | 'backUpSource'
  | 'matchSource'
  | 'countRules'
  | 'previewRetention'
  | 'applyRetention'
>;

/** How a source is backed up and kept unless somebody says otherwise. */
export const DEFAULT_SETTINGS: SourceSettings = {
  rules: [],
  compress: true,
  fixedSize: false,
  schedule: { kind: 'manual' },
  retention: {},
};

export class SourcesStore {
  readonly #engine: SourcesEngine;
  readonly #list = new Value<SourceList>({ kind: 'loading', sources: [] });
  #refresh = 0;

  constructor(engine: SourcesEngine) {
    this.#engine = engine;
  }

  get list(): Observable<SourceList> {
    return this.#list;
  }

  find(sourceId: SourceId): SourceInfo | undefined {
    return this.#list.value.sources.find((source) => source.sourceId === sourceId);
  }

  /** The source of that name that was backed up last. */
  named(name: string): SourceInfo | undefined {
    return this.#list.value.sources
      .filter((source) => source.name === name)
      .sort((a, b) => (b.lastBackupAtMs ?? 0) - (a.lastBackupAtMs ?? 0))[0];
  }

  /** `name`, or with a number where another source has it. */
  uniqueName(name: string): string {
    let unique = name;
    for (let count = 2; this.named(unique) !== undefined; count++) unique = `${name} (${count})`;
    return unique;
  }

  /** Lists them anew. A failure keeps what was there and is told in the list. */
  async refresh(): Promise<void> {
    const mine = ++this.#refresh;
    const next = await this.#load();
    if (mine === this.#refresh) this.#list.set(next);
  }

  clear(): void {
    this.#refresh++;
    this.#list.set({ kind: 'loading', sources: [] });
  }

  /** Makes or changes a source. Rejects as the engine does. */
  async save(source: {
    readonly sourceId?: SourceId;
    readonly name: string;
    readonly settings: SourceSettings;
    readonly handle?: FileSystemDirectoryHandle;
  }): Promise<SourceId> {
    const sourceId = await this.#engine.saveSource(source);
    await this.refresh();
    return sourceId;
  }

  /** Forgets its folder and schedule on this device; snapshots stay. Rejects as the engine does. */
  async forget(sourceId: SourceId): Promise<void> {
    await this.#engine.forgetSource(sourceId);
    await this.refresh();
  }

  /** Backs a remembered source up now. Call it from a click: the browser may ask. Rejects as the engine does. */
  async backUp(source: SourceInfo, mode: BackupMode): Promise<JobId> {
    if (source.access === 'ask') await this.#askPermission(source.sourceId);
    return this.#engine.backUpSource(source.sourceId, mode);
  }

  /**
   * The remembered folder as something to count or compare; undefined where there is none. Call it from a
   * click: the browser may ask. Rejects with `source-unreadable` if the person refuses.
   */
  async pickedOf(source: SourceInfo): Promise<PickedSource | undefined> {
    if (source.access === 'pick') return undefined;
    const handle = await this.#askPermission(source.sourceId);
    return handle === undefined ? undefined : { kind: 'handle', handle };
  }

  /** Known sources that `picked` looks like, best first. Rejects as the engine does. */
  async match(picked: PickedSource): Promise<readonly SourceMatch[]> {
    const matches = await this.#engine.matchSource(picked);
    return matches.flatMap(({ sourceId, likeness }) => {
      const source = this.find(sourceId);
      return source === undefined ? [] : [{ source, likeness }];
    });
  }

  /** Counts what `rules` leave out of `picked`; a newer count ends it with `cancelled`. */
  countRules(
    picked: PickedSource,
    rules: readonly string[],
    onCount: (count: RulesCount) => void,
  ): Promise<void> {
    return this.#engine.countRules(picked, rules, onCount);
  }

  /** What the policy of `settings` would keep and remove now. Rejects as the engine does. */
  previewRetention(sourceId: SourceId, { retention }: SourceSettings) {
    return this.#engine.previewRetention(sourceId, retention);
  }

  /** Moves what the source's saved policy doesn't keep to the trash; resolves to how many went. */
  async applyRetention(sourceId: SourceId): Promise<number> {
    const removed = await this.#engine.applyRetention(sourceId);
    return removed.length;
  }

  async #askPermission(sourceId: SourceId): Promise<FileSystemDirectoryHandle | undefined> {
    const handle = await this.#engine.sourceHandle(sourceId);
    if (handle === undefined) return undefined;
    const permission = await handle.requestPermission({ mode: 'read' });
    if (permission !== 'granted') throw new HoldfastError('permission-needed');
    return handle;
  }

  async #load(): Promise<SourceList> {
    try {
      return { kind: 'ready', sources: await this.#engine.listSources() };
    } catch (error) {
      return { kind: 'failed', sources: this.#list.value.sources, problem: problemOf(error) };
    }
  }
}

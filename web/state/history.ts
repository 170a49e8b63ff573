/**
 * Questions about the past: what differs, where a file was, what a name matches, what is damaged. It
 * keeps nothing but the damage that was last listed, which several pages show.
 */
import type { EngineApi } from '../bridge/engine-api.ts';
import type { Damage, FileVersion, SearchHit, SnapshotDiff, VerifyDepth } from '../bridge/history-api.ts';
import type { JobId, SnapshotId, SourceId } from '../../shared/ids.ts';
import { Value, type Observable } from './observable.ts';

type HistoryEngine = Pick<EngineApi, 'diffSnapshots' | 'fileVersions' | 'search' | 'verify' | 'listDamage'>;

type Path = readonly string[];

/** More hits than anybody looks through. */
export const SEARCH_LIMIT = 1_000;

export class History {
  readonly #engine: HistoryEngine;
  readonly #damage = new Value<readonly Damage[] | undefined>(undefined);

  constructor(engine: HistoryEngine) {
    this.#engine = engine;
  }

  /** What the server's check found damaged, as last listed; undefined before. */
  get damage(): Observable<readonly Damage[] | undefined> {
    return this.#damage;
  }

  /** Rejects as the engine does, as all of these. */
  diff(before: SnapshotId, after: SnapshotId): Promise<SnapshotDiff> {
    return this.#engine.diffSnapshots(before, after);
  }

  versions(sourceId: SourceId, path: Path): Promise<readonly FileVersion[]> {
    return this.#engine.fileVersions(sourceId, path);
  }

  /** At most SEARCH_LIMIT entries whose name contains `text`. */
  search(text: string): Promise<readonly SearchHit[]> {
    return this.#engine.search(text, SEARCH_LIMIT);
  }

  verify(snapshotId: SnapshotId, depth: VerifyDepth): Promise<JobId> {
    return this.#engine.verify(snapshotId, depth);
  }

  async refreshDamage(): Promise<void> {
    this.#damage.set(await this.#engine.listDamage());
  }

  clear(): void {
    this.#damage.set(undefined);
  }
}

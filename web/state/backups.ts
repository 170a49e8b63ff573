/** Starts backups, and knows which sources were backed up from this browser before. */
import type { BackupRequest, EngineApi } from '../bridge/engine-api.ts';
import type { NamedSource } from '../bridge/pick.ts';
import { sourceFromHandle } from '../bridge/pick.ts';
import type { RecentSource, RecentSources } from '../bridge/recent-sources.ts';
import type { JobId } from '../../shared/ids.ts';
import { Value, type Observable } from './observable.ts';
import type { PreferencesStore } from './preferences.ts';

export {
  hasFolderInput,
  hasFolderPicker,
  pickFolderHandle,
  sourceFromEntries,
  sourceFromFiles,
  sourceFromHandle,
  takeDropped,
  type NamedSource,
} from '../bridge/pick.ts';
export type { RecentSource } from '../bridge/recent-sources.ts';

export interface BackupsPorts {
  readonly engine: Pick<EngineApi, 'backUp'>;
  readonly recents: RecentSources;
  readonly preferences: PreferencesStore;
  /** Asks the browser not to evict what is stored here; resolves to its answer. */
  readonly askPersistence: () => Promise<boolean>;
  readonly nowMs: () => number;
  /** Hears of what went wrong beside the backup itself. */
  readonly warn: (text: string) => void;
}

/** The rules of what to leave out, of their text: one a line, empty lines and comments left out. */
export function backupRules(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
}

export class Backups {
  readonly #ports: BackupsPorts;
  readonly #recent = new Value<readonly RecentSource[]>([]);

  constructor(ports: BackupsPorts) {
    this.#ports = ports;
  }

  /** Newest first. */
  get recent(): Observable<readonly RecentSource[]> {
    return this.#recent;
  }

  async loadRecent(): Promise<void> {
    this.#recent.set(await this.#ports.recents.list());
  }

  /** Backs a source up. Rejects as the engine does. */
  async start(source: NamedSource): Promise<JobId> {
    this.#askPersistenceOnce();
    const { sourceName, picked } = source;
    const jobId = await this.#ports.engine.backUp({ sourceName, picked, ...this.#options() });
    const lastUsedMs = this.#ports.nowMs();
    await this.#remember(
      picked.kind === 'handle'
        ? { sourceName, lastUsedMs, handle: picked.handle }
        : { sourceName, lastUsedMs },
    );
    return jobId;
  }

  /**
   * The source that a remembered handle opens, after the browser asked the person where it has to;
   * undefined where it has no handle or the person refused. Call it from a click.
   */
  async reopen(recent: RecentSource): Promise<NamedSource | undefined> {
    const { handle } = recent;
    if (handle === undefined) return undefined;
    const permission = await handle.requestPermission({ mode: 'read' });
    return permission === 'granted' ? sourceFromHandle(handle) : undefined;
  }

  async forgetRecent(): Promise<void> {
    await this.#ports.recents.forgetAll();
    this.#recent.set([]);
  }

  #options(): Pick<BackupRequest, 'rules' | 'mode' | 'compress'> {
    const { backupRulesText, backupFull, backupCompress } = this.#ports.preferences.value;
    return {
      rules: backupRules(backupRulesText),
      mode: backupFull ? 'full' : 'incremental',
      compress: backupCompress,
    };
  }

  /** A backup that runs is not to fail because the browser can't remember it. */
  async #remember(source: RecentSource): Promise<void> {
    try {
      await this.#ports.recents.remember(source);
      await this.loadRecent();
    } catch (error) {
      this.#ports.warn(`The source can’t be remembered: ${String(error)}`);
    }
  }

  #askPersistenceOnce(): void {
    if (this.#ports.preferences.value.persistenceAsked) return;
    this.#ports.preferences.change({ persistenceAsked: true });
    void this.#ports.askPersistence();
  }
}

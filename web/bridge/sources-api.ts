/**
 * What the page may ask about sources: what is backed up again and again, by which rules, when, and for how
 * long. Types only; part of the EngineApi (engine-api.ts).
 */
import type { JobId, SourceId } from '../../shared/ids.ts';
import type { EngineProblem, PickedSource } from './engine-api.ts';

/**
 * `incremental` skips files of the same size and time as in the snapshot before, `differential` as in the
 * last full one, `full` reads every byte.
 */
export type BackupMode = 'incremental' | 'differential' | 'full';

/** When a source is backed up while the app is open. */
export type Schedule =
  | { readonly kind: 'manual' }
  | { readonly kind: 'hourly' }
  /** At a minute of the day, local time. */
  | { readonly kind: 'daily'; readonly minuteOfDay: number }
  /** A few moments after something changed; only where the browser tells (`SourceInfo.canWatch`). */
  | { readonly kind: 'on-change' };

/**
 * How many snapshots to keep of each kind, for each device; absent keeps nothing by itself. An empty policy keeps
 * everything, and the newest whole snapshot always stays (web/worker/retention/policy.ts).
 */
export interface RetentionPolicy {
  readonly last?: number;
  readonly hourly?: number;
  readonly daily?: number;
  readonly weekly?: number;
  readonly monthly?: number;
  readonly yearly?: number;
  /** Everything that the server received in this span before the newest, and how things were when it began. */
  readonly withinMs?: number;
}

/** How a source is backed up and kept. Travels sealed with its snapshots: other devices find it there. */
export interface SourceSettings {
  /** What to leave out, in gitignore's syntax. */
  readonly rules: readonly string[];
  /** Whether chunks are compressed where that makes them smaller. */
  readonly compress: boolean;
  /** Chunks of one fixed size: hides even more of the content's shape, and finds less that repeats. */
  readonly fixedSize: boolean;
  readonly schedule: Schedule;
  readonly retention: RetentionPolicy;
}

/** How this device reaches a source's files. */
export type SourceAccess =
  | 'ready' // a remembered folder that may be read now
  | 'ask' // a remembered folder: one click gives permission again
  | 'pick'; // has to be picked again: no remembered folder on this device

export interface SourceInfo {
  readonly sourceId: SourceId;
  readonly name: string;
  readonly settings: SourceSettings;
  readonly access: SourceAccess;
  /** Whether the browser tells when something in the folder changes. */
  readonly canWatch: boolean;
  /** The newest snapshot's receive time; absent before the first. */
  readonly lastBackupAtMs?: number;
  /** When the schedule is due next; absent for manual and on-change. */
  readonly nextBackupAtMs?: number;
  /** Why the last scheduled backup did not run or failed. */
  readonly problem?: EngineProblem;
}

/** What a set of rules leaves out of what was picked; counted in parts, the last part has `done`. */
export interface RulesCount {
  readonly files: number;
  readonly bytes: number;
  readonly leftOutFiles: number;
  /** Bytes of left-out files that were seen; a folder that is left out isn't looked into. */
  readonly leftOutBytes: number;
  readonly leftOutFolders: number;
  readonly done: boolean;
}

export interface SourcesApi {
  /** Every source of the vault that has a snapshot or is remembered here, by name. */
  listSources(): Promise<readonly SourceInfo[]>;
  /** Makes a source, or changes one; a handle is remembered on this device. */
  saveSource(source: {
    readonly sourceId?: SourceId;
    readonly name: string;
    readonly settings: SourceSettings;
    readonly handle?: FileSystemDirectoryHandle;
  }): Promise<SourceId>;
  /** Forgets the source's folder and schedule on this device. Snapshots stay. */
  forgetSource(sourceId: SourceId): Promise<void>;
  /** The remembered folder, for the page to ask the browser's permission again (needs a click). */
  sourceHandle(sourceId: SourceId): Promise<FileSystemDirectoryHandle | undefined>;
  /** Backs a remembered source up now. Throws `permission-needed`, `source-not-here`. */
  backUpSource(sourceId: SourceId, mode: BackupMode): Promise<JobId>;
  /**
   * Which known source was picked, by its content: names, sizes and times of a sample of its entries;
   * best first, `likeness` from 0 to 1. Throws `offline` if that takes folders which only the server has.
   */
  matchSource(
    picked: PickedSource,
  ): Promise<readonly { readonly sourceId: SourceId; readonly likeness: number }[]>;
  /** Counts what `rules` would leave out. A new count ends the one before (`cancelled`). */
  countRules(
    picked: PickedSource,
    rules: readonly string[],
    onCount: (count: RulesCount) => void,
  ): Promise<void>;
}

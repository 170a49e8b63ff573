/**
 * What the page may ask of the engine worker, and what the engine tells the page. Types only: the
 * page and the worker share nothing else. All of it crosses a thread by structured clone (Comlink).
 */
import type { ErrorCode } from '../../shared/errors.ts';
import type { JobId, SnapshotId, SourceId } from '../../shared/ids.ts';
import type { HistoryApi, SnapshotMark } from './history-api.ts';
import type { NetworkApi } from './network-api.ts';
import type { OutboxApi, OutboxState } from './outbox-api.ts';
import type { BackupMode, SourceSettings, SourcesApi } from './sources-api.ts';

/** An error as the page sees it; `words` is what a person reads. */
export interface EngineProblem {
  readonly code: ErrorCode;
  readonly words: string;
  readonly action: 'retry' | 'ask' | 'stop';
  readonly detail?: string;
  /** The file or folder that it concerns, as the person knows it. */
  readonly path?: string;
  readonly retryAfterMs?: number;
  /** Of `device-full` and `device-short`: how much room is missing, where that is known. */
  readonly missingBytes?: number;
}

export type ConnectionState =
  | { readonly kind: 'offline'; readonly problem?: EngineProblem; readonly nextTryAtMs?: number }
  | { readonly kind: 'connecting' }
  | {
      readonly kind: 'online';
      readonly latencyMs?: number;
      readonly serverVersion: string;
      readonly sinceMs: number;
    };

export type SessionState =
  /** With a name the vault is merely locked: what waits in the queue goes on, and the password opens it again. */
  | { readonly kind: 'signed-out'; readonly lockedAccountName?: string }
  | { readonly kind: 'signed-in'; readonly accountName: string; readonly role: 'admin' | 'user' };

export type JobPhase =
  | 'scanning' // counting files and bytes; backing up may have begun
  | 'running'
  | 'paused'
  | 'waiting' // for the server: offline, restarting or out of space; goes on by itself
  | 'committing'
  | 'done'
  | 'queued' // sealed on this device: it waits in the queue, and its job is over
  | 'cancelled'
  | 'failed';

/** What became of a restore's files so far. */
export interface RestoreReport {
  /** Files that were written, those of `keptBoth` and `replaced` among them. */
  readonly written: number;
  /** Their bytes: each was verified before it was written. */
  readonly verifiedBytes: number;
  /** Written under another name, beside a file that is different. */
  readonly keptBoth: number;
  readonly replaced: number;
  /** A different file is there and was left as it is, as the person chose; `problems` names them, too. */
  readonly skipped: number;
  /** Not fetched and not written: the file is there with exactly this content, from a restore before. */
  readonly resumed: number;
  /** Could not be restored; `problems` says why. */
  readonly failed: number;
}

/** What a backup read, and what became of it. */
export interface BackupSizes {
  /** Content that was read: of unchanged files nothing. */
  readonly readBytes: number;
  /** Content and folders that the server did not have. */
  readonly newBytes: number;
  /** What that takes once compressed: `newBytes / storedBytes` is the ratio. */
  readonly storedBytes: number;
}

export interface JobProgress {
  readonly jobId: JobId;
  readonly kind: 'backup' | 'restore' | 'verify';
  readonly title: string;
  readonly phase: JobPhase;
  readonly startedAtMs: number;
  readonly endedAtMs?: number;
  readonly filesTotal: number;
  readonly filesDone: number;
  readonly bytesTotal: number;
  readonly bytesDone: number;
  /** Backup: payload bytes that went out; what was already there is not in it. Restore: came in. */
  readonly bytesTransferred: number;
  readonly bytesPerSecond: number;
  readonly secondsLeft?: number;
  readonly currentPath?: string;
  /** The files that could not be backed up or restored, or kept changing meanwhile; the first 1,000 of them. */
  readonly problems: readonly EngineProblem[];
  readonly problemsTotal: number;
  /** Why it waits or failed. */
  readonly problem?: EngineProblem;
  /** Of restores. */
  readonly report?: RestoreReport;
  /** Of a backup, once it read something. */
  readonly sizes?: BackupSizes;
  /**
   * The server's receipt of a finished backup, or of a stopped one whose complete part was kept; of a finished
   * verification the snapshot that was read.
   */
  readonly receipt?: { readonly snapshotId: SnapshotId; readonly receivedAtMs: number };
}

export type LogLevel = 'info' | 'warn' | 'error';

export interface LogLine {
  readonly atMs: number;
  readonly level: LogLevel;
  readonly text: string;
}

export type EngineEvent =
  | { readonly type: 'connection'; readonly connection: ConnectionState }
  | { readonly type: 'session'; readonly session: SessionState }
  | { readonly type: 'job'; readonly job: JobProgress }
  /** The queue, its receipts or its room changed. */
  | { readonly type: 'outbox'; readonly outbox: OutboxState }
  /** Snapshots were added or removed, by this device or another. */
  | { readonly type: 'snapshots-changed' }
  /** A source was made, changed, forgotten or backed up, or when it is due has changed. */
  | { readonly type: 'sources-changed' }
  /** Something that a person must see wherever they are (a contradicting history, for one). */
  | { readonly type: 'alarm'; readonly problem: EngineProblem }
  | { readonly type: 'log'; readonly line: LogLine };

/** What a person picked to back up. */
export type PickedSource =
  | { readonly kind: 'handle'; readonly handle: FileSystemDirectoryHandle }
  | {
      readonly kind: 'files';
      /** `path` starts below the source's own folder; its last part is the file's name. */
      readonly files: readonly { readonly path: readonly string[]; readonly file: File }[];
      /** Every folder, the empty ones too, where the browser shows them. */
      readonly folders: readonly (readonly string[])[];
    };

export interface BackupRequest {
  readonly sourceName: string;
  readonly picked: PickedSource;
  /** The source that it is a new state of; absent: the one of that name on this device, or a new one. */
  readonly sourceId?: SourceId;
  /** `incremental` by default. */
  readonly mode?: BackupMode;
  /** How it is backed up; absent: as the source was last. */
  readonly settings?: SourceSettings;
}

export interface SnapshotInfo {
  readonly snapshotId: SnapshotId;
  readonly sourceId: SourceId;
  readonly sourceName: string;
  /** When the device began to read the source. */
  readonly takenAtMs: number;
  /** When the server accepted it, by the server's clock. */
  readonly receivedAtMs: number;
  readonly filesTotal: number;
  readonly foldersTotal: number;
  readonly bytesTotal: number;
  /** Files that could not be read and are not in it, and those that kept changing while they were read. */
  readonly problemsTotal: number;
  readonly deviceName: string;
  readonly mode: BackupMode;
  /** Whether the backup was interrupted: only what was read until then is in it. */
  readonly partial: boolean;
  readonly mark: SnapshotMark;
  /** When it is erased for good; only of what is trashed. */
  readonly eraseAtMs?: number;
}

export interface EntryInfo {
  readonly kind: 'file' | 'folder';
  readonly name: string;
  readonly sizeBytes: number;
  /** Absent for folders: browsers don't tell. */
  readonly modifiedAtMs?: number;
  /** The file kept changing while it was backed up: its content may be from several moments. */
  readonly changedWhileRead?: true;
}

/** What to do where a file of that name is already in the chosen folder. */
export type ConflictChoice = 'skip' | 'keep-both' | 'replace';

export type RestoreTarget =
  | { readonly kind: 'folder'; readonly handle: FileSystemDirectoryHandle; readonly conflict: ConflictChoice }
  /**
   * Bytes go through `port` to whoever saves them (see DownloadPortMessage): `zip` for any selection,
   * `file` for exactly one file.
   */
  | { readonly kind: 'stream'; readonly as: 'zip' | 'file'; readonly port: MessagePort };

/** On a download port. The engine waits for a `pull` before each `data`. */
export type DownloadPortMessage =
  | { readonly type: 'pull' } // receiver -> engine: ready for one more part
  | { readonly type: 'cancel' } // receiver -> engine: the person stopped the download
  | { readonly type: 'data'; readonly bytes: Uint8Array<ArrayBuffer> } // engine -> receiver, transferred
  | { readonly type: 'end' } // engine -> receiver
  | { readonly type: 'abort'; readonly words: string }; // engine -> receiver: the download must fail

export interface RestoreRequest {
  readonly snapshotId: SnapshotId;
  /** Paths from the snapshot's root; `[[]]` is the whole snapshot. */
  readonly selection: readonly (readonly string[])[];
  readonly target: RestoreTarget;
}

/** One word of the recovery key, asked for as a check; `position` counts from 1. */
export interface RecoveryAnswer {
  readonly position: number;
  readonly word: string;
}

export interface ServerStatus {
  readonly uptimeMs: number;
  readonly serverVersion: string;
  readonly vaultStoredBytes: number;
  readonly vaultChunks: number;
  readonly vaultSnapshots: number;
  /** Of them, those in the trash. */
  readonly trashedSnapshots: number;
  /** What no snapshot needs any more and the server has not given back to its disk yet. */
  readonly garbageBytes: number;
  /** When the server last checked all that it stores; 0 for never. */
  readonly scrubbedAtMs: number;
  /** What that check found and nothing has healed since. */
  readonly damagedChunks: number;
  /** What the vault may take at most; absent or 0 where the server sets no bound. */
  readonly quotaBytes?: number;
}

/**
 * Every method may reject with an Error whose `message` is JSON of an EngineProblem: the bridge
 * turns it back with `problemOf` (class instances don't survive structured clone).
 */
export interface EngineApi extends SourcesApi, HistoryApi, NetworkApi, OutboxApi {
  /** Connects, and resumes the stored session if this device keeps one unlocked. Call once, first. */
  start(options: { readonly serverUrl: string; readonly deviceName: string }): Promise<SessionState>;
  /** From now on every event reaches `listener`; the current connection, session, jobs and queue come first. */
  subscribe(listener: (event: EngineEvent) => void): Promise<void>;

  /** Makes keys for a new account and returns the 24 recovery words; nothing exists on the server yet. */
  prepareAccount(request: {
    readonly inviteToken: string;
    readonly name: string;
    readonly password: string;
  }): Promise<{ readonly recoveryWords: readonly string[]; readonly askPositions: readonly number[] }>;
  /** Creates the prepared account if the answers are right (`recovery-check-failed` else), and signs in. */
  createAccount(request: {
    readonly answers: readonly RecoveryAnswer[];
    readonly keepUnlocked: boolean;
  }): Promise<SessionState>;
  signIn(request: {
    readonly name: string;
    readonly password: string;
    readonly keepUnlocked: boolean;
  }): Promise<SessionState>;
  /** Signs in with the recovery key and sets a new password. */
  recover(request: {
    readonly name: string;
    readonly recoveryWords: string;
    readonly newPassword: string;
    readonly keepUnlocked: boolean;
  }): Promise<SessionState>;
  /** Drops keys, session, and this device's copy of the vault's index. */
  signOut(): Promise<void>;
  changePassword(request: { readonly currentPassword: string; readonly newPassword: string }): Promise<void>;
  /** A new recovery key; the old one stops working once `confirmRecoveryKey` has the right answers. */
  prepareRecoveryKey(request: { readonly currentPassword: string }): Promise<{
    readonly recoveryWords: readonly string[];
    readonly askPositions: readonly number[];
  }>;
  confirmRecoveryKey(answers: readonly RecoveryAnswer[]): Promise<void>;
  /** Administrators: a one-time token that lets someone make an account. */
  createInvite(): Promise<{ readonly inviteToken: string; readonly expiresAtMs: number }>;

  backUp(request: BackupRequest): Promise<JobId>;
  pauseJob(jobId: JobId): Promise<void>;
  resumeJob(jobId: JobId): Promise<void>;
  /**
   * Ends a job. A backup keeps what is complete as a partial snapshot, if anything new is and the server can be
   * reached; unless it is to be discarded, or is cancelled a second time.
   */
  cancelJob(jobId: JobId, options?: { readonly discard?: boolean }): Promise<void>;
  listJobs(): Promise<readonly JobProgress[]>;

  /** Newest first. Works offline, from the mirror. */
  listSnapshots(): Promise<readonly SnapshotInfo[]>;
  /** The entries of a folder, folders first, then by name. */
  listFolder(snapshotId: SnapshotId, path: readonly string[]): Promise<readonly EntryInfo[]>;
  /** Files and bytes below the selected paths. */
  measureSelection(
    snapshotId: SnapshotId,
    selection: readonly (readonly string[])[],
  ): Promise<{ readonly files: number; readonly bytes: number }>;
  restore(request: RestoreRequest): Promise<JobId>;

  /**
   * Takes the server's history as it is now and ends the alarm about it. Only after a person confirmed that the
   * server was restored from an older copy: what this device saw beyond it is forgotten.
   */
  acceptHistory(): Promise<void>;

  serverStatus(): Promise<ServerStatus>;
}

/**
 * What the page may ask about sealed backups that wait on this device to be sent: the queue. It works without
 * keys, so also while nobody is signed in; then nothing here tells a name. Types only; they cross the thread by
 * structured clone.
 */
import type { JobId, SnapshotId, SourceId } from '../../shared/ids.ts';
import type { EngineProblem } from './engine-api.ts';

export type QueuedState =
  | 'sealing' // a backup still adds to it
  | 'waiting' // for the server, or for those before it
  | 'sending'
  | 'paused' // by a person
  | 'failed' // needs a person: `problem` says why
  | 'needs-source'; // the server lacks what is not in it: the next backup of the source sends that

/** One sealed backup, in the order in which they go out. */
export interface QueuedBackup {
  /** That of the backup which made it. */
  readonly jobId: JobId;
  readonly sourceId: SourceId;
  readonly snapshotId: SnapshotId;
  readonly madeAtMs: number;
  readonly state: QueuedState;
  /** What it takes on this device, and how much of it the server has acknowledged. */
  readonly sealedBytes: number;
  readonly sentBytes: number;
  readonly chunks: number;
  /** The one before it of the same source: snapshots of a source go out in their order. */
  readonly waitsFor?: JobId;
  readonly problem?: EngineProblem;
  /** Absent while the vault is locked: names are sealed. */
  readonly sourceName?: string;
}

/** The server's acknowledgment of a snapshot, kept on this device. */
export interface Receipt {
  readonly jobId: JobId;
  readonly sourceId: SourceId;
  readonly snapshotId: SnapshotId;
  readonly madeAtMs: number;
  /** By the server's clock. */
  readonly receivedAtMs: number;
  /** Sealed bytes that went out for it. */
  readonly sentBytes: number;
  /** Whether it waited in the queue, or went out at once. */
  readonly wasQueued: boolean;
  /** Absent while the vault is locked. */
  readonly sourceName?: string;
}

export interface OutboxState {
  readonly queue: readonly QueuedBackup[];
  /** Newest first, the last 500. */
  readonly receipts: readonly Receipt[];
  /** Whether a person paused all of it. */
  readonly isPaused: boolean;
  /** Whether the vault is locked, which stops nothing. */
  readonly isLocked: boolean;
  /** What the queue takes on this device. */
  readonly storedBytes: number;
  /** What the browser still gives this app; absent where it doesn't say. */
  readonly freeBytes?: number;
  /** Whether the browser goes on with it when every tab is closed (Background Sync). */
  readonly sendsInBackground: boolean;
}

/** One queued backup, or all of them. */
export type QueueTarget = JobId | 'all';

export interface OutboxApi {
  /** Works in any state of the session. Whenever it changes there is an event `outbox`. */
  outbox(): Promise<OutboxState>;
  pauseQueued(target: QueueTarget): Promise<void>;
  resumeQueued(target: QueueTarget): Promise<void>;
  /** Tries what failed again. */
  retryQueued(target: QueueTarget): Promise<void>;
  /**
   * Takes it off this device, unsent; what the server has already stays there unused. Later ones of the same source
   * lose their predecessor and what they count on, and go, too.
   */
  cancelQueued(target: QueueTarget): Promise<void>;
  /** Moves a backup before another source's; those of one source keep their order. */
  moveQueued(jobId: JobId, before: JobId | 'end'): Promise<void>;
  clearReceipts(): Promise<void>;
  /** Drops the keys; the queue goes on. Signing in with the password opens the vault again, offline, too, if possible. */
  lock(): Promise<void>;
}

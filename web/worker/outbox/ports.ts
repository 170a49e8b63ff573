/**
 * What the outbox on this device needs from outside. Sealed bytes lie in files, one a backup; what waits, in which
 * order and how far it is lies in one small record. Neither holds a key, nor any name but that of the account.
 */
import type { DeviceId, JobId, SnapshotId, SourceId, VaultId } from '../../../shared/ids.ts';
import type { EngineProblem } from '../../bridge/engine-api.ts';
import type { QueuedState, Receipt } from '../../bridge/outbox-api.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** A backup in the queue. */
export interface QueueEntry {
  readonly jobId: JobId;
  readonly vaultId: VaultId;
  readonly sourceId: SourceId;
  readonly snapshotId: SnapshotId;
  readonly madeAtMs: number;
  readonly state: QueuedState;
  /** The name of its file. */
  readonly file: string;
  /** Of the file, as far as it was flushed. */
  readonly sealedBytes: number;
  readonly chunks: number;
  /** Where reference pages begin in the file, and where the snapshot; absent until all is sealed. */
  readonly pagesAt?: number;
  readonly snapshotAt?: number;
  /** The chunks before this place are acknowledged. */
  readonly sentBytes: number;
  /** Payload that went out. */
  readonly payloadBytes: number;
  /** Why it is stuck; or, while it is being sent, why nothing moves. */
  readonly problem?: EngineProblem | undefined;
}

export interface KeptReceipt extends Omit<Receipt, 'sourceName'> {
  readonly vaultId: VaultId;
}

/** With what a device may send to a vault while that is locked. */
export interface UploadAccess {
  readonly vaultId: VaultId;
  readonly accountName: string;
  readonly deviceId: DeviceId;
  readonly serverUrl: string;
  /** Absent once there is nothing left to send, or the server refused it. */
  readonly token?: Bytes;
  /** Why the server refused it. */
  readonly problem?: EngineProblem;
  /** Whether the keys were dropped, by a person or because the session ended. */
  readonly isLocked: boolean;
}

export interface QueueRecord {
  /** In the order in which they go out. */
  readonly entries: readonly QueueEntry[];
  readonly isPaused: boolean;
  /** Newest first. */
  readonly receipts: readonly KeptReceipt[];
  readonly access: readonly UploadAccess[];
}

/** Keeps the record; tabs and service worker share it. */
export interface QueueStore {
  load(): Promise<QueueRecord>;
  /** Changes it in one step, durably: nobody else's change comes between. */
  change(apply: (record: QueueRecord) => QueueRecord): Promise<QueueRecord>;
}

/** A file that is written at its end, by one at a time. */
export interface AppendFile {
  readonly sizeBytes: number;
  /** Writes parts at the end and flushes them. Throws `device-full`; what was written of them is undefined then. */
  append(parts: readonly Bytes[]): Promise<void>;
  truncate(sizeBytes: number): Promise<void>;
  close(): void;
}

export interface OutboxFiles {
  /** Opens a file for writing, a new one if it isn't there. */
  open(name: string): Promise<AppendFile>;
  /** The bytes from `start` to `end`, or fewer where the file ends. Throws `chunk-missing` if it isn't there. */
  read(name: string, start: number, end: number): Promise<Bytes>;
  /** Nothing happens if it isn't there. */
  remove(name: string): Promise<void>;
  list(): Promise<readonly string[]>;
}

/** Tells the browser's other tabs and its service worker that the queue has changed. */
export interface QueueBell {
  ring(): void;
  /** Hears the others. */
  onRing(listener: () => void): void;
  close(): void;
}

export interface OutboxPorts {
  readonly files: OutboxFiles;
  readonly queue: QueueStore;
  readonly bell: QueueBell;
  /** What the browser still gives this app, in bytes; undefined where it doesn't say. */
  readonly freeBytes: () => Promise<number | undefined>;
  /** Whether the browser has Background Sync. */
  readonly sendsInBackground: boolean;
}

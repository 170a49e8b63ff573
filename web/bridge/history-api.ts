/**
 * What the page may ask about the past: what changed, where a file was, what is kept for how long, whether it
 * is sound, what it looks like. Types only; part of the EngineApi (engine-api.ts).
 */
import type { JobId, SnapshotId, SourceId } from '../../shared/ids.ts';
import type { EntryInfo } from './engine-api.ts';
import type { RetentionPolicy } from './sources-api.ts';

type Path = readonly string[];

/** One entry that differs between two snapshots. */
export type EntryChange =
  | { readonly kind: 'added' | 'removed'; readonly path: Path; readonly sizeBytes: number }
  | {
      readonly kind: 'changed';
      readonly path: Path;
      readonly sizeBytes: number;
      readonly sizeBeforeBytes: number;
    }
  | { readonly kind: 'moved'; readonly path: Path; readonly from: Path; readonly sizeBytes: number };

export interface SnapshotDiff {
  /** By path; the first 10,000. */
  readonly changes: readonly EntryChange[];
  readonly totals: Readonly<
    Record<EntryChange['kind'], { readonly files: number; readonly bytes: number }>
  >;
}

/** One state of a file and the snapshots that hold it, newest first. */
export interface FileVersion {
  readonly snapshotIds: readonly SnapshotId[];
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

export interface SearchHit {
  readonly sourceId: SourceId;
  readonly path: Path;
  readonly entry: EntryInfo;
  /** The snapshots that hold exactly this, newest first. */
  readonly snapshotIds: readonly SnapshotId[];
}

export type KeepReason = 'pinned' | 'within' | 'last' | 'hourly' | 'daily' | 'weekly' | 'monthly' | 'yearly';

export interface RetentionPreview {
  readonly keep: readonly { readonly snapshotId: SnapshotId; readonly reasons: readonly KeepReason[] }[];
  /** What would go to the trash. */
  readonly remove: readonly SnapshotId[];
}

/** `kept` is the usual state; what is trashed is erased after a grace time, and comes back until then. */
export type SnapshotMark = 'kept' | 'pinned' | 'trashed';

/** `metadata` reads the folders; `sample` some content besides, `full` all of it. */
export type VerifyDepth = 'metadata' | 'sample' | 'full';

/** Something that the server can't give back as it was sent. */
export interface Damage {
  readonly snapshotId: SnapshotId;
  /** Absent: the snapshot's folders themselves are hit. */
  readonly path?: Path;
}

/** An open file of a snapshot, to be shown piece by piece. */
export interface PreviewInfo {
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

export interface HistoryApi {
  /** What changed between two snapshots of a vault. Works offline as far as folders are here. */
  diffSnapshots(before: SnapshotId, after: SnapshotId): Promise<SnapshotDiff>;
  /** Every state of the file at `path` in a source's snapshots, newest first. */
  fileVersions(sourceId: SourceId, path: Path): Promise<readonly FileVersion[]>;
  /**
   * Entries of all snapshots whose name contains `text`, at most `limit`; upper and lower case and accents'
   * composition don't count. A new search ends the one before (`cancelled`).
   */
  search(text: string, limit: number): Promise<readonly SearchHit[]>;

  /** What a policy would keep and remove now; changes nothing. */
  previewRetention(sourceId: SourceId, policy: RetentionPolicy): Promise<RetentionPreview>;
  /** Moves what the source's policy doesn't keep to the trash; returns what went. */
  applyRetention(sourceId: SourceId): Promise<readonly SnapshotId[]>;
  /** Pins, unpins, removes (`trashed`) or brings back (`kept`). Throws `snapshot-pinned`, `snapshot-missing`. */
  markSnapshots(snapshotIds: readonly SnapshotId[], mark: SnapshotMark): Promise<void>;

  /** Reads a snapshot back and checks it: a job of kind `verify`, whose problems name what is damaged. */
  verify(snapshotId: SnapshotId, depth: VerifyDepth): Promise<JobId>;
  /** What the server's own check found damaged, by snapshot and file. */
  listDamage(): Promise<readonly Damage[]>;

  /** Opens a file of a snapshot for reading by range. Throws `entry-missing`. */
  openPreview(snapshotId: SnapshotId, path: Path): Promise<PreviewInfo>;
  /** Bytes [start, end) of a file, verified. */
  readRange(
    snapshotId: SnapshotId,
    path: Path,
    startByte: number,
    endByte: number,
  ): Promise<Uint8Array<ArrayBuffer>>;
}

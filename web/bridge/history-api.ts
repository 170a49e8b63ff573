/**
 * What the page may ask about the past: what changed, where a file was, what is kept for how long, whether it
 * is sound, what it looks like. Types only; part of the EngineApi (engine-api.ts).
 */
import type { JobId, SnapshotId, SourceId } from '../../shared/ids.ts';
import type { EntryInfo } from './engine-api.ts';
import type { RetentionPolicy } from './sources-api.ts';

type Path = readonly string[];

/** One file that differs between two snapshots; one whose time alone changed doesn't. */
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
  readonly totals: Readonly<Record<EntryChange['kind'], { readonly files: number; readonly bytes: number }>>;
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
  /** The file; or the folder whose own entries can't be read, absent for the snapshot's root. */
  readonly path?: Path;
}

/** An open file of a snapshot, to be shown piece by piece. */
export interface PreviewInfo {
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

export interface HistoryApi {
  /** What changed between two snapshots of a vault. Offline: from the folders that are here, else `offline`. */
  diffSnapshots(before: SnapshotId, after: SnapshotId): Promise<SnapshotDiff>;
  /** Every state of the file at `path` in a source's snapshots, newest first; not in those in the trash. */
  fileVersions(sourceId: SourceId, path: Path): Promise<readonly FileVersion[]>;
  /**
   * Entries of all snapshots but those in the trash whose name contains `text`, at most `limit`, best first; upper
   * and lower case and accents' composition don't count. A new search ends the one before (`cancelled`). Offline it
   * finds what is in the folders that are here; what it could not look into is in the log.
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
  /**
   * What the server found damaged, by its own check or when it was read, and no backup has sent again since, by snapshot, newest first, and
   * file; the first 10,000. What is in the trash is left out.
   */
  listDamage(): Promise<readonly Damage[]>;
  /** Administrators: the server begins to read all that it stores and to check it, in the background. */
  startScrub(): Promise<void>;

  /** Finds a file of a snapshot for reading by range. Throws `entry-missing`, `offline`. */
  openPreview(snapshotId: SnapshotId, path: Path): Promise<PreviewInfo>;
  /** Bytes [start, end) of a file, or to its end if that comes first, verified; 64 MiB at most. */
  readRange(
    snapshotId: SnapshotId,
    path: Path,
    startByte: number,
    endByte: number,
  ): Promise<Uint8Array<ArrayBuffer>>;
}

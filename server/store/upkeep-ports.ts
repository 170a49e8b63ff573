/**
 * What the jobs that erase, compact and scrub see of a store (server/jobs), as contracts. Requests see none
 * of it. Lists come in slices, in the order of ids, so that no slice holds the event loop up.
 */
import type { ChunkId, RefPageId, SnapshotId, VaultId } from '../../shared/ids.ts';
import type { SnapshotMark } from '../../shared/wire/messages.ts';
import type { BlobStore, Catalog, IndexEntry, Kind, Place } from './ports.ts';
import type { RecordHead, RecordType } from './segment-record.ts';

/** A chunk or page that is stored, damaged ones included. */
export interface StoredThing {
  readonly id: Buffer;
  /** Of a chunk's pieces; of a page its body's. */
  readonly storedBytes: number;
  /** When it was last stored, or said to be wanted. */
  readonly confirmedAtMs: number;
  readonly places: readonly Place[];
}

export interface Slice {
  readonly things: readonly StoredThing[];
  /** Where the next slice goes on; undefined behind the last one. */
  readonly end: Buffer | undefined;
}

export interface LivingSnapshot {
  readonly snapshotId: SnapshotId;
  readonly mark: SnapshotMark;
  readonly markedAtMs: number;
}

/** A record that the index counts on. */
export interface LiveRecord {
  readonly type: RecordType;
  readonly vaultId: VaultId;
  /** Of a piece its chunk's id. */
  readonly id: string;
  readonly place: Place;
}

/** A record that the index knows by heart, and what it says of it. */
export interface IndexedRecord {
  readonly head: RecordHead;
  readonly body: Uint8Array;
  readonly entry: IndexEntry;
}

/** How far the scrub is. */
export interface ScrubState {
  /** The segment that comes next; undefined between two scrubs. */
  readonly nextSegment: number | undefined;
  readonly finishedAtMs: number;
}

export interface UpkeepCatalog {
  vaultIds(): Promise<readonly VaultId[]>;
  /** All that are not erased. */
  livingSnapshots(vaultId: VaultId): Promise<readonly LivingSnapshot[]>;
  /** Ids of the pages that a snapshot names, packed; empty for one that is gone. */
  refPagesOf(vaultId: VaultId, snapshotId: SnapshotId): Promise<Uint8Array>;
  /** What is stored, from behind the slice that ended at `after` on (undefined: from the first on). */
  stored(vaultId: VaultId, kind: Kind, after: Buffer | undefined): Promise<Slice>;
  /** Where a thing is that is stored and not known to be damaged; nowhere else. */
  find(vaultId: VaultId, kind: Kind, id: string): Promise<readonly Place[]>;
  /** Those of `ids` that are stored and were last confirmed before `beforeMs`. */
  unconfirmed(vaultId: VaultId, kind: Kind, ids: readonly string[], beforeMs: number): Promise<string[]>;
  /** Damaged and not stored again since, up to `limit`. */
  damaged(vaultId: VaultId, kind: Kind, limit: number): Promise<string[]>;
  setGarbageBytes(vaultId: VaultId, bytes: number): Promise<void>;

  /** Bytes of records that the index counts on, by segment. */
  liveBytes(): Promise<ReadonlyMap<number, number>>;
  /** What the index says of the record at `place`; undefined for a dead one, which it doesn't count on. */
  entryAt(head: RecordHead, place: Place): Promise<IndexEntry | undefined>;
  /** All live records in a segment. Reads the whole index, slice by slice. */
  liveRecords(segment: number): AsyncIterable<LiveRecord>;
  /** What the index could write in place of a lost record; undefined for pieces and pages. */
  recordOf(record: LiveRecord): Promise<IndexedRecord | undefined>;

  scrubState(): Promise<ScrubState>;
  setScrubState(state: ScrubState): Promise<void>;
  /** Resolves when all that was indexed before survives a power cut. */
  makeDurable(): Promise<void>;
}

/** One vault as jobs see it. */
export interface VaultUpkeep {
  readonly vaultId: VaultId;
  /** Erases the snapshots that are in the trash since `trashedUntilMs` or longer; returns how many. */
  eraseTrashed(trashedUntilMs: number): Promise<number>;
  /**
   * Until the returned collection ends, everything that a request names is safe from it, whatever the clock
   * says. One at a time.
   */
  beginCollection(): Collection;
  /**
   * Says which of the chunks that a page names are not there, and were not known to be damaged: they are from now
   * on. Returns them. A page that is gone names none.
   */
  reportLost(pageId: RefPageId, chunkIds: readonly ChunkId[]): Promise<readonly ChunkId[]>;
  /** Chunks or pages that were found damaged at these places: missing from now on, until sent again. */
  reportDamaged(kind: Kind, things: readonly { readonly id: string; readonly place: Place }[]): Promise<void>;
}

export interface Collection {
  /**
   * Erases those of `ids`, which nothing needs, that were last confirmed before `beforeMs` and that no
   * request has named since the collection began; returns how many.
   */
  erase(kind: Kind, ids: readonly string[], beforeMs: number): Promise<number>;
  end(): void;
}

/** A store's side for jobs. */
export interface Upkeep {
  readonly blobs: BlobStore;
  readonly catalog: Catalog;
  vault(vaultId: VaultId): Promise<VaultUpkeep>;
  /** Appends records and resolves when they are durable and indexed, as a request's are. */
  write(append: () => IndexEntry): Promise<void>;
  /** The packed ids of a page; undefined if it can't be read whole. */
  readPage(place: Place): Promise<Uint8Array | undefined>;
}

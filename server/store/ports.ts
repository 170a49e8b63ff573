/**
 * What a store must do, as contracts: BlobStore and Catalog are the two places that may outgrow a
 * machine (disk and SQLite now), Store and Vault are what the rest of the server sees of them.
 * Every implementation passes the suites of test/contract/.
 *
 * The order of things (ARCHITECTURE.md, The way of a byte): a record is appended to the blob store, synced,
 * then indexed in the catalog, then acknowledged. The blob store is the authority: `scan` finds all
 * that the catalog's vaults and accounts hold.
 */
import type { AccountId, ChunkId, RefPageId, SnapshotId, VaultId } from '../../shared/ids.ts';
import type {
  Credential,
  MarkRecord,
  Role,
  SnapshotMark,
  SnapshotRecord,
  VaultKeys,
} from '../../shared/wire/messages.ts';
import type { HeadOf, Mark, RecordHead, RecordType } from './segment-record.ts';
import type { Upkeep, UpkeepCatalog } from './upkeep-ports.ts';

/** Where a record begins. Positions are ordered: by segment, then by offset. */
export interface Position {
  readonly segment: number;
  readonly offset: number;
}

/** Where a record is, and how long its body is. */
export interface Place extends Position {
  readonly bodyBytes: number;
}

/** What a scan meets: a whole record, or bytes that are none. */
export type Scanned =
  | {
      readonly type: 'record';
      readonly head: RecordHead;
      readonly body: Uint8Array;
      readonly place: Place;
      /** Of the whole record. */
      readonly lengthBytes: number;
    }
  | {
      readonly type: 'damage';
      readonly position: Position;
      readonly lengthBytes: number;
      /** Nothing readable follows it in its segment. */
      readonly atEnd: boolean;
    };

/** Keeps records, append-only. */
export interface BlobStore {
  /**
   * Writes a record behind all others before it returns; `body` may be borrowed memory. A record
   * that could not be written whole leaves no trace. Throws `storage-full`, `storage-failed`.
   */
  append(head: RecordHead, body: Uint8Array): Place;
  /**
   * Resolves when every record appended before the call survives a power cut. When it rejects, all
   * records that were not durable before are gone, and `generation` has changed.
   * Throws `storage-full`, `storage-failed`.
   */
  sync(): Promise<void>;
  /** Changes whenever appended records were lost: whoever counts on one appended earlier must fail. */
  readonly generation: number;
  /** Where the next record will begin, or later. */
  readonly end: Position;
  /**
   * Reads the record of type `type` at `place`: its body into `target`, which has `place.bodyBytes`
   * bytes. Checks both. Throws `storage-damaged` if no such record is there, `storage-failed`.
   */
  read<T extends RecordType>(type: T, place: Place, target: Uint8Array): Promise<HeadOf<T>>;
  /**
   * All records from `from` on, in the order of their appending; they survive a power cut then. Views are good until
   * the next step.
   */
  scan(from: Position): Iterable<Scanned>;
  /**
   * What stands in one segment as it is now, without holding the event loop up. Views are good until the
   * next step. Throws `storage-failed`; a segment that is gone is empty.
   */
  walk(segment: number): AsyncIterable<Scanned>;
  /** The segments that are there, ascending. */
  segments(): readonly number[];
  /** Bytes of a segment; 0 for one that is gone. */
  sizeOf(segment: number): number;
  /** Ends a full segment, of which nothing is needed any more. Throws `storage-failed`. */
  removeSegment(segment: number): void;
  /** Cuts the newest segment at `position`: only for a torn end that `scan` has found. */
  truncateEnd(position: Position): void;
  /** No append or read follows. Throws `storage-failed`. */
  close(): void;
}

/** An account as its record holds it. The newest `revision` counts. */
export interface Account {
  readonly accountId: AccountId;
  readonly revision: number;
  readonly createdAtMs: number;
  /** As the person wrote it, NFC. */
  readonly name: string;
  /** What the account is found by, and part of what its credentials are bound to: never made anew. */
  readonly foldedName: string;
  readonly role: Role;
  readonly vault: VaultKeys;
  readonly credentials: readonly Credential[];
  /** SHA-256 of the invitation that it came by. */
  readonly inviteHash: Uint8Array;
}

/** What garbage is collected of. */
export type Kind = 'chunk' | 'page';

/** Something that a mark is on: its id, and of a snapshot what its owner says of it. */
export interface Marked {
  readonly id: string;
  /** Empty where no owner says something. */
  readonly statement: Uint8Array;
}

/** What became durable and is to be found from now on. */
export type IndexEntry =
  | {
      readonly type: 'chunk';
      readonly vaultId: VaultId;
      readonly chunkId: ChunkId;
      readonly seq: number;
      /** What its garbage grace counts from; 0 where it only moved. */
      readonly storedAtMs: number;
      readonly pieces: readonly Place[];
    }
  | {
      readonly type: 'ref-page';
      readonly vaultId: VaultId;
      readonly pageId: RefPageId;
      readonly seq: number;
      readonly storedAtMs: number;
      readonly place: Place;
    }
  | {
      readonly type: 'mark';
      readonly vaultId: VaultId;
      readonly mark: Mark;
      /** The first thing's; the others count up from it. */
      readonly seq: number;
      readonly markedAtMs: number;
      readonly things: readonly Marked[];
      readonly place: Place;
    }
  | {
      readonly type: 'snapshot';
      readonly vaultId: VaultId;
      readonly snapshotId: SnapshotId;
      readonly seq: number;
      readonly receivedAtMs: number;
      readonly sealed: Uint8Array;
      /** SHA-256 of all that the client committed: tells a repeated commit from another one. */
      readonly digest: Uint8Array;
      /** Ids of the pages that it names, packed. */
      readonly refPages: Uint8Array;
      readonly place: Place;
    }
  | { readonly type: 'account'; readonly account: Account; readonly place: Place };

export interface StoredSnapshot {
  readonly seq: number;
  readonly receivedAtMs: number;
  readonly digest: Uint8Array;
}

export interface FoundMark {
  readonly mark: SnapshotMark | 'erased';
  /** Empty without one. */
  readonly statement: Uint8Array;
}

export interface Changes {
  readonly nextSeq: number;
  readonly headSeq: number;
  /** Packed. */
  readonly chunkIds: Uint8Array;
  readonly snapshots: SnapshotRecord[];
  /** Packed: erased, or found damaged. */
  readonly removedChunkIds: Uint8Array;
  /** The newest of each snapshot, also of erased ones. */
  readonly marks: Omit<MarkRecord, 'eraseAtMs'>[];
  readonly erasedSnapshotIds: SnapshotId[];
}

export interface VaultTotals {
  readonly storedBytes: number;
  readonly chunks: number;
  readonly snapshots: number;
  /** Of the snapshots. */
  readonly trashed: number;
  /** Stored bytes that no snapshot needs, as the last collection saw it. */
  readonly garbageBytes: number;
  readonly damagedChunks: number;
}

/** Chunks found damaged and not sent again since, and the snapshots that need them. */
export interface Damage {
  readonly chunkIds: ChunkId[];
  readonly snapshotIds: SnapshotId[];
}

/** The vaults' side of the index. Ids of another vault are as unknown as ids that never were. */
export interface VaultCatalog {
  /**
   * Whether the chunk is indexed. Answers at once where it can; a promise means "not known yet", and
   * then whoever holds borrowed memory goes on as if it were not.
   */
  hasChunk(vaultId: VaultId, chunkId: ChunkId): boolean | Promise<boolean>;
  /** The chunk's pieces in order, also of a damaged chunk, none if they are lost; undefined for an unknown one. */
  findChunk(vaultId: VaultId, chunkId: ChunkId): Promise<readonly Place[] | undefined>;
  /** Those of `chunkIds` that are not indexed, or damaged, in the order given. */
  missingChunks(vaultId: VaultId, chunkIds: readonly ChunkId[]): Promise<ChunkId[]>;
  hasRefPage(vaultId: VaultId, pageId: RefPageId): Promise<boolean>;
  /** Where a page is, also a damaged one. */
  findRefPage(vaultId: VaultId, pageId: RefPageId): Promise<Place | undefined>;
  missingRefPages(vaultId: VaultId, pageIds: readonly RefPageId[]): Promise<RefPageId[]>;
  /** Notes that these are still wanted: their garbage grace begins anew. May be lost in a power cut. */
  confirm(vaultId: VaultId, kind: Kind, ids: readonly string[], nowMs: number): Promise<void>;
  findSnapshot(vaultId: VaultId, snapshotId: SnapshotId): Promise<StoredSnapshot | undefined>;
  /** The newest mark of a snapshot, `kept` without one; undefined for one that never was. */
  findMark(vaultId: VaultId, snapshotId: SnapshotId): Promise<FoundMark | undefined>;
  /**
   * What was indexed after `afterSeq`, oldest first, as much as fits in a frame. `nextSeq` is the
   * newest change that the answer covers.
   */
  changes(vaultId: VaultId, afterSeq: number): Promise<Changes>;
  /** The newest indexed change; 0 for a vault without any. */
  headSeq(vaultId: VaultId): Promise<number>;
  totals(vaultId: VaultId): Promise<VaultTotals>;
}

export interface AccountCatalog {
  count(): Promise<number>;
  findByName(foldedName: string): Promise<Account | undefined>;
  findById(accountId: AccountId): Promise<Account | undefined>;
  hasVault(vaultId: VaultId): Promise<boolean>;
}

/** What a session may do: all that its account may, or only send. */
export type SessionScope = 'full' | 'upload';

export interface SessionRow {
  /** SHA-256 of the token. */
  readonly tokenHash: Uint8Array;
  readonly accountId: AccountId;
  readonly deviceId: string;
  readonly scope: SessionScope;
  readonly createdAtMs: number;
  readonly lastUsedMs: number;
}

export interface InviteRow {
  /** SHA-256 of the token. */
  readonly tokenHash: Uint8Array;
  readonly role: Role;
  /** Undefined: good until it is used or replaced (the first-run link). */
  readonly expiresAtMs: number | undefined;
}

/**
 * Sessions and invitations: only here, in no segment; losing the catalog signs everyone out. Every
 * change has survived a power cut when its promise resolves, except `touch`.
 */
export interface SessionCatalog {
  /** Of its account's sessions of the same scope, those beyond MAX_SESSIONS that were unused longest end. */
  add(row: SessionRow): Promise<void>;
  find(tokenHash: Uint8Array): Promise<SessionRow | undefined>;
  /** Notes when sessions were last used. May be lost in a power cut. */
  touch(uses: readonly Pick<SessionRow, 'tokenHash' | 'lastUsedMs'>[]): Promise<void>;
  remove(tokenHash: Uint8Array): Promise<void>;
  /** Ends all sessions of the account but one. */
  removeOthers(accountId: AccountId, keptTokenHash: Uint8Array): Promise<void>;
  /** Removes sessions of this scope last used or created before the given times; returns how many. */
  removeExpired(scope: SessionScope, lastUsedBeforeMs: number, createdBeforeMs: number): Promise<number>;
}

export interface InviteCatalog {
  add(row: InviteRow): Promise<void>;
  find(tokenHash: Uint8Array): Promise<InviteRow | undefined>;
  /** Replaces every invitation without an expiry. */
  replaceFirstRun(row: InviteRow): Promise<void>;
  removeExpired(nowMs: number): Promise<number>;
}

/** The index: made of what the blob store holds, but for sessions and invitations. */
export interface Catalog {
  readonly vaults: VaultCatalog;
  readonly upkeep: UpkeepCatalog;
  readonly accounts: AccountCatalog;
  readonly sessions: SessionCatalog;
  readonly invites: InviteCatalog;
  /**
   * Takes in all entries or none, and notes that everything before `checkpoint` is indexed or dead. Of
   * several entries about one thing the one with the highest `seq` (accounts: `revision`) counts, in
   * whatever order they come; one with an equal number is the same record in another place, and
   * the place is what it changes. An erased snapshot stays erased. An account's invitation is gone afterwards.
   * Throws `storage-full`, `storage-failed`.
   */
  index(entries: readonly IndexEntry[], checkpoint: Position): Promise<void>;
  /** Where recovery begins to scan. */
  checkpoint(): Promise<Position>;
  close(): void;
}

/** One chunk on its way in. Pieces must come in order. */
export interface ChunkUpload {
  /** Whether nothing needs to be written, because the chunk is known. */
  readonly known: boolean;
  /**
   * Writes a piece from borrowed memory. With the last one, resolves when the chunk is durable and
   * indexed; `existed` tells whether it was before.
   * Throws `piece-out-of-order`, `too-large`, `storage-full`, `storage-failed`.
   */
  append(piece: UploadedPiece): Promise<{ readonly existed: boolean }> | undefined;
  /** Gives the chunk up; what was written of it is dead. */
  abandon(): void;
}

export interface UploadedPiece {
  readonly index: number;
  readonly last: boolean;
  /** Its checksum, checked by the caller. */
  readonly checksum: number;
  readonly sealed: Uint8Array;
}

export type CommitAnswer =
  | { readonly type: 'accepted'; readonly seq: number; readonly receivedAtMs: number }
  | { readonly type: 'missing-pages'; readonly refPages: RefPageId[] };

/** One vault. Nothing of another vault can be reached through it. */
export interface Vault {
  readonly vaultId: VaultId;
  /** The newest change that the change feed shows. */
  readonly headSeq: number;
  beginChunk(chunkId: ChunkId): ChunkUpload;
  /** The places of a chunk's pieces. Throws `chunk-missing`. */
  findChunk(chunkId: ChunkId): Promise<readonly Place[]>;
  /**
   * Reads a piece's sealed bytes into `target`, from where it is by now if it has moved since `place` was
   * looked up. Throws `storage-damaged`, `storage-failed`.
   */
  readPiece(chunkId: ChunkId, index: number, place: Place, target: Uint8Array): Promise<StoredPiece>;
  /**
   * Keeps a page of sorted, unique chunk ids; resolves with the ids that are missing, none if it is
   * durable. Throws `malformed` if the page is not what its id says.
   */
  putRefs(pageId: RefPageId, chunkIds: readonly ChunkId[]): Promise<ChunkId[]>;
  /** Idempotent by id and bytes. `sealed` is copied. Throws `snapshot-conflict`, `snapshot-missing` for an erased id. */
  commitSnapshot(
    snapshotId: SnapshotId,
    sealed: Uint8Array,
    refPages: readonly RefPageId[],
  ): Promise<CommitAnswer>;
  changes(afterSeq: number): Promise<Changes>;
  totals(): Promise<VaultTotals>;
  /** Marks all or none; resolves when that is durable. Throws `snapshot-missing`, `snapshot-pinned`. */
  markSnapshots(mark: SnapshotMark, snapshots: readonly MarkedSnapshot[]): Promise<void>;
  damage(): Promise<Damage>;
}

export interface MarkedSnapshot {
  readonly snapshotId: SnapshotId;
  readonly statement: Uint8Array;
}

export interface StoredPiece {
  readonly index: number;
  readonly last: boolean;
  readonly checksum: number;
}

/** Everything that is kept. */
export interface Store {
  readonly accounts: AccountCatalog;
  readonly sessions: SessionCatalog;
  readonly invites: InviteCatalog;
  /** What jobs work with; nothing for a request. */
  readonly upkeep: Upkeep;
  openVault(vaultId: VaultId): Promise<Vault>;
  /** Keeps an account, new or changed; resolves when it is durable and indexed. */
  putAccount(account: Account): Promise<void>;
  /** Waits for what is being written, then closes. */
  close(): Promise<void>;
}

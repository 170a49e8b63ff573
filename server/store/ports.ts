/**
 * What a store must do, as contracts: BlobStore and Catalog are the two places that may outgrow a
 * machine (disk and SQLite now), Store and Vault are what the rest of the server sees of them.
 * Every implementation passes the suites of test/contract/.
 *
 * The order of things (ARCHITECTURE.md, Durability): a record is appended to the blob store, synced,
 * then indexed in the catalog, then acknowledged. The blob store is the authority: `scan` finds all
 * that the catalog's vaults and accounts hold.
 */
import type { AccountId, ChunkId, RefPageId, SnapshotId, VaultId } from '../../shared/ids.ts';
import type { Credential, Role, SnapshotRecord, VaultKeys } from '../../shared/wire/messages.ts';
import type { HeadOf, RecordHead, RecordType } from './segment-record.ts';

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
  | { readonly type: 'record'; readonly head: RecordHead; readonly body: Uint8Array; readonly place: Place }
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
  /** All records from `from` on, in the order of their appending. Views are good until the next step. */
  scan(from: Position): Iterable<Scanned>;
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

/** What became durable and is to be found from now on. */
export type IndexEntry =
  | {
      readonly type: 'chunk';
      readonly vaultId: VaultId;
      readonly chunkId: ChunkId;
      readonly seq: number;
      readonly pieces: readonly Place[];
    }
  | {
      readonly type: 'ref-page';
      readonly vaultId: VaultId;
      readonly pageId: RefPageId;
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
      readonly place: Place;
    }
  | { readonly type: 'account'; readonly account: Account };

export interface StoredSnapshot {
  readonly seq: number;
  readonly receivedAtMs: number;
  readonly digest: Uint8Array;
}

export interface Changes {
  readonly nextSeq: number;
  readonly headSeq: number;
  readonly chunkIds: ChunkId[];
  readonly snapshots: SnapshotRecord[];
}

export interface VaultTotals {
  readonly storedBytes: number;
  readonly chunks: number;
  readonly snapshots: number;
}

/** The vaults' side of the index. Ids of another vault are as unknown as ids that never were. */
export interface VaultCatalog {
  /**
   * Whether the chunk is indexed. Answers at once where it can; a promise means "not known yet", and
   * then whoever holds borrowed memory goes on as if it were not.
   */
  hasChunk(vaultId: VaultId, chunkId: ChunkId): boolean | Promise<boolean>;
  /** The chunk's pieces in order; undefined for an unknown chunk. */
  findChunk(vaultId: VaultId, chunkId: ChunkId): Promise<readonly Place[] | undefined>;
  /** Those of `chunkIds` that are not indexed, in the order given. */
  missingChunks(vaultId: VaultId, chunkIds: readonly ChunkId[]): Promise<ChunkId[]>;
  hasRefPage(vaultId: VaultId, pageId: RefPageId): Promise<boolean>;
  missingRefPages(vaultId: VaultId, pageIds: readonly RefPageId[]): Promise<RefPageId[]>;
  findSnapshot(vaultId: VaultId, snapshotId: SnapshotId): Promise<StoredSnapshot | undefined>;
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

export interface SessionRow {
  /** SHA-256 of the token. */
  readonly tokenHash: Uint8Array;
  readonly accountId: AccountId;
  readonly deviceId: string;
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
  add(row: SessionRow): Promise<void>;
  find(tokenHash: Uint8Array): Promise<SessionRow | undefined>;
  /** Notes when sessions were last used. May be lost in a power cut. */
  touch(uses: readonly Pick<SessionRow, 'tokenHash' | 'lastUsedMs'>[]): Promise<void>;
  remove(tokenHash: Uint8Array): Promise<void>;
  /** Ends all sessions of the account but one. */
  removeOthers(accountId: AccountId, keptTokenHash: Uint8Array): Promise<void>;
  /** Removes sessions last used or created before the given times; returns how many. */
  removeExpired(lastUsedBeforeMs: number, createdBeforeMs: number): Promise<number>;
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
  readonly accounts: AccountCatalog;
  readonly sessions: SessionCatalog;
  readonly invites: InviteCatalog;
  /**
   * Adds all entries or none, in order, and notes that everything before `checkpoint` is indexed or
   * dead. What is known already stays as it is (accounts: the higher revision wins), so that indexing
   * the same record twice changes nothing. An account's invitation is gone afterwards.
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
  /** Reads a piece's sealed bytes into `target`. Throws `storage-damaged`, `storage-failed`. */
  readPiece(chunkId: ChunkId, place: Place, target: Uint8Array): Promise<StoredPiece>;
  /**
   * Keeps a page of sorted, unique chunk ids; resolves with the ids that are missing, none if it is
   * durable. Throws `malformed` if the page is not what its id says.
   */
  putRefs(pageId: RefPageId, chunkIds: readonly ChunkId[]): Promise<ChunkId[]>;
  /** Idempotent by id and bytes. `sealed` is copied. Throws `snapshot-conflict`. */
  commitSnapshot(
    snapshotId: SnapshotId,
    sealed: Uint8Array,
    refPages: readonly RefPageId[],
  ): Promise<CommitAnswer>;
  changes(afterSeq: number): Promise<Changes>;
  totals(): Promise<VaultTotals>;
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
  openVault(vaultId: VaultId): Promise<Vault>;
  /** Keeps an account, new or changed; resolves when it is durable and indexed. */
  putAccount(account: Account): Promise<void>;
  /** Waits for what is being written, then closes. */
  close(): Promise<void>;
}

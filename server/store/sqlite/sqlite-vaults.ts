/** Chunks, reference pages and snapshots in SQLite. Every statement names the vault. */
import type { ChunkId, RefPageId, SnapshotId, VaultId } from '../../../shared/ids.ts';
import { MAX_CHANGED_CHUNKS, MAX_CHANGED_SNAPSHOTS_BYTES } from '../../../shared/limits.ts';
import type { SnapshotRecord } from '../../../shared/wire/messages.ts';
import type { Changes, IndexEntry, Place, StoredSnapshot, VaultCatalog, VaultTotals } from '../ports.ts';
import { answer } from './answer.ts';
import { blobOf, idOf, packPlaces, unpackPlaces } from './columns.ts';
import type { SqliteDatabase } from './database.ts';

/** What a snapshot adds to a frame beside its sealed bytes. */
const SNAPSHOT_FIELDS_BYTES = 36;

interface VaultRow {
  readonly vault: number;
  readonly head_seq: number;
  readonly chunks: number;
  readonly stored_bytes: number;
  readonly snapshots: number;
}
interface ChunkRow {
  readonly chunk_id: Buffer;
  readonly seq: number;
}
interface SnapshotRow {
  readonly snapshot_id: Buffer;
  readonly seq: number;
  readonly received_at_ms: number;
  readonly sealed: Buffer;
  readonly digest: Buffer;
}

/** A part of the change feed, and the newest change that it covers. */
interface Part<Row> {
  readonly rows: readonly Row[];
  readonly endSeq: number;
}

export class SqliteVaults implements VaultCatalog {
  readonly #statements: ReturnType<typeof prepare>;
  /** Vault ids to the short numbers that stand for them in the tables. */
  readonly #numbers = new Map<VaultId, number>();

  constructor(database: SqliteDatabase) {
    this.#statements = prepare(database);
  }

  hasChunk(vaultId: VaultId, chunkId: ChunkId): boolean {
    return this.#has(this.#statements.hasChunk, vaultId, chunkId);
  }

  findChunk(vaultId: VaultId, chunkId: ChunkId): Promise<readonly Place[] | undefined> {
    return answer(() => {
      const row = this.#statements.findChunk.get(this.#numberOf(vaultId), blobOf(chunkId));
      return row === undefined ? undefined : unpackPlaces(row.pieces);
    });
  }

  missingChunks(vaultId: VaultId, chunkIds: readonly ChunkId[]): Promise<ChunkId[]> {
    return answer(() => chunkIds.filter((id) => !this.hasChunk(vaultId, id)));
  }

  hasRefPage(vaultId: VaultId, pageId: RefPageId): Promise<boolean> {
    return answer(() => this.#has(this.#statements.hasRefPage, vaultId, pageId));
  }

  missingRefPages(vaultId: VaultId, pageIds: readonly RefPageId[]): Promise<RefPageId[]> {
    return answer(() => pageIds.filter((id) => !this.#has(this.#statements.hasRefPage, vaultId, id)));
  }

  findSnapshot(vaultId: VaultId, snapshotId: SnapshotId): Promise<StoredSnapshot | undefined> {
    return answer(() => {
      const row = this.#statements.findSnapshot.get(this.#numberOf(vaultId), blobOf(snapshotId));
      return row && { seq: row.seq, receivedAtMs: row.received_at_ms, digest: row.digest };
    });
  }

  changes(vaultId: VaultId, afterSeq: number): Promise<Changes> {
    return answer(() => {
      const number = this.#numberOf(vaultId);
      const headSeq = this.#headSeq(vaultId);
      const chunks = this.#chunksAfter(number, afterSeq, headSeq);
      const snapshots = this.#snapshotsAfter(number, afterSeq, headSeq);
      const nextSeq = Math.min(chunks.endSeq, snapshots.endSeq);
      const isCovered = ({ seq }: { readonly seq: number }) => seq <= nextSeq;
      return {
        nextSeq,
        headSeq,
        chunkIds: chunks.rows.filter(isCovered).map((row) => idOf<ChunkId>(row.chunk_id)),
        snapshots: snapshots.rows.filter(isCovered).map(snapshotRecordOf),
      };
    });
  }

  headSeq(vaultId: VaultId): Promise<number> {
    return answer(() => this.#headSeq(vaultId));
  }

  totals(vaultId: VaultId): Promise<VaultTotals> {
    return answer(() => {
      const row = this.#statements.findVault.get(blobOf(vaultId));
      if (row === undefined) return { storedBytes: 0, chunks: 0, snapshots: 0 };
      return { storedBytes: row.stored_bytes, chunks: row.chunks, snapshots: row.snapshots };
    });
  }

  /** Adds one entry, within the caller's transaction. */
  index(entry: Exclude<IndexEntry, { readonly type: 'account' }>): void {
    const number = this.#madeNumberOf(entry.vaultId);
    switch (entry.type) {
      case 'chunk':
        this.#indexChunk(number, entry);
        return;
      case 'ref-page':
        this.#statements.addRefPage.run(number, blobOf(entry.pageId), packPlaces([entry.place]));
        return;
      case 'snapshot':
        this.#indexSnapshot(number, entry);
    }
  }

  /** Makes the row of a vault that has none, within the caller's transaction. */
  addVault(vaultId: VaultId): void {
    this.#madeNumberOf(vaultId);
  }

  /** After a transaction was rolled back: rows that were made in it are gone. */
  forget(): void {
    this.#numbers.clear();
  }

  #headSeq(vaultId: VaultId): number {
    return this.#statements.findVault.get(blobOf(vaultId))?.head_seq ?? 0;
  }

  #indexChunk(number: number, entry: IndexEntry & { readonly type: 'chunk' }): void {
    const storedBytes = entry.pieces.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
    const pieces = packPlaces(entry.pieces);
    const { changes } = this.#statements.addChunk.run(
      number,
      blobOf(entry.chunkId),
      entry.seq,
      storedBytes,
      pieces,
    );
    if (changes > 0) this.#statements.countChunk.run(entry.seq, storedBytes, number);
  }

  #indexSnapshot(number: number, entry: IndexEntry & { readonly type: 'snapshot' }): void {
    const { changes } = this.#statements.addSnapshot.run(
      number,
      blobOf(entry.snapshotId),
      entry.seq,
      entry.receivedAtMs,
      entry.sealed,
      entry.digest,
      packPlaces([entry.place]),
    );
    if (changes > 0) this.#statements.countSnapshot.run(entry.seq, number);
  }

  /** Chunks after `afterSeq`, as many as fit in a frame, and the newest change that they cover. */
  #chunksAfter(number: number, afterSeq: number, headSeq: number): Part<ChunkRow> {
    const rows = this.#statements.chunksAfter.all(number, afterSeq);
    return { rows, endSeq: rows[MAX_CHANGED_CHUNKS - 1]?.seq ?? headSeq };
  }

  /** The same of snapshots. */
  #snapshotsAfter(number: number, afterSeq: number, headSeq: number): Part<SnapshotRow> {
    const rows: SnapshotRow[] = [];
    let leftBytes = MAX_CHANGED_SNAPSHOTS_BYTES;
    for (const row of this.#statements.snapshotsAfter.iterate(number, afterSeq)) {
      leftBytes -= SNAPSHOT_FIELDS_BYTES + row.sealed.length;
      if (leftBytes < 0) return { rows, endSeq: rows.at(-1)?.seq ?? afterSeq };
      rows.push(row);
    }
    return { rows, endSeq: headSeq };
  }

  #has(statement: ReturnType<typeof prepare>['hasChunk'], vaultId: VaultId, id: string): boolean {
    return statement.get(this.#numberOf(vaultId), blobOf(id)) !== undefined;
  }

  /** The vault's number; 0, which no vault has, where there is none. */
  #numberOf(vaultId: VaultId): number {
    const known = this.#numbers.get(vaultId);
    if (known !== undefined) return known;
    const number = this.#statements.findVault.get(blobOf(vaultId))?.vault;
    if (number !== undefined) this.#numbers.set(vaultId, number);
    return number ?? 0;
  }

  #madeNumberOf(vaultId: VaultId): number {
    const number = this.#numberOf(vaultId);
    if (number !== 0) return number;
    this.#statements.addVault.run(blobOf(vaultId));
    return this.#numberOf(vaultId);
  }
}

function snapshotRecordOf({ seq, snapshot_id, received_at_ms, sealed }: SnapshotRow): SnapshotRecord {
  return { seq, snapshotId: idOf<SnapshotId>(snapshot_id), receivedAtMs: received_at_ms, sealed };
}

function prepare(database: SqliteDatabase) {
  const keyed = (table: string, column: string) =>
    database.prepare<[number, Buffer], { readonly found: number }>(
      `SELECT 1 AS found FROM ${table} WHERE vault = ? AND ${column} = ?`,
    );
  return {
    findVault: database.prepare<[Buffer], VaultRow>('SELECT * FROM vaults WHERE vault_id = ?'),
    addVault: database.prepare<[Buffer]>('INSERT INTO vaults (vault_id) VALUES (?)'),
    hasChunk: keyed('chunks', 'chunk_id'),
    hasRefPage: keyed('ref_pages', 'page_id'),
    findChunk: database.prepare<[number, Buffer], { readonly pieces: Buffer }>(
      'SELECT pieces FROM chunks WHERE vault = ? AND chunk_id = ?',
    ),
    findSnapshot: database.prepare<[number, Buffer], SnapshotRow>(
      'SELECT * FROM snapshots WHERE vault = ? AND snapshot_id = ?',
    ),
    chunksAfter: database.prepare<[number, number], ChunkRow>(
      `SELECT chunk_id, seq FROM chunks WHERE vault = ? AND seq > ? ORDER BY seq LIMIT ${MAX_CHANGED_CHUNKS}`,
    ),
    snapshotsAfter: database.prepare<[number, number], SnapshotRow>(
      'SELECT * FROM snapshots WHERE vault = ? AND seq > ? ORDER BY seq LIMIT 4096',
    ),
    addChunk: database.prepare<[number, Buffer, number, number, Buffer]>(
      'INSERT INTO chunks VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    addRefPage: database.prepare<[number, Buffer, Buffer]>(
      'INSERT INTO ref_pages VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    addSnapshot: database.prepare<[number, Buffer, number, number, Uint8Array, Uint8Array, Buffer]>(
      'INSERT INTO snapshots VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    countChunk: database.prepare<[number, number, number]>(
      `UPDATE vaults SET head_seq = max(head_seq, ?), chunks = chunks + 1, stored_bytes = stored_bytes + ?
       WHERE vault = ?`,
    ),
    countSnapshot: database.prepare<[number, number]>(
      'UPDATE vaults SET head_seq = max(head_seq, ?), snapshots = snapshots + 1 WHERE vault = ?',
    ),
  };
}

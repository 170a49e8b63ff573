/** Snapshots and their marks in SQLite. A mark may be indexed before its snapshot; an erased one never returns. */
import type { SnapshotId } from '../../../shared/ids.ts';
import type { SnapshotMark } from '../../../shared/wire/messages.ts';
import type { FoundMark, IndexEntry, StoredSnapshot } from '../ports.ts';
import type { LivingSnapshot } from '../upkeep-ports.ts';
import { blobOf, idOf, packPlaces, unpackPlaces } from './columns.ts';
import type { SqliteDatabase } from './database.ts';
import type { LiveBytes } from './live-bytes.ts';

type SnapshotEntry = Extract<IndexEntry, { readonly type: 'snapshot' }>;

interface SnapshotRow {
  readonly seq: number;
  readonly received_at_ms: number;
  readonly sealed: Buffer;
  readonly digest: Buffer;
  readonly ref_pages: Buffer;
  readonly place: Buffer;
}
interface MarkRow {
  readonly mark: SnapshotMark;
  readonly statement: Uint8Array;
  readonly erased_seq: number;
}
const UNMARKED: MarkRow = { mark: 'kept', statement: new Uint8Array(), erased_seq: 0 };

interface LivingRow {
  readonly snapshot_id: Buffer;
  readonly mark: SnapshotMark | null;
  readonly marked_at_ms: number | null;
}

export class SqliteSnapshots {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #live: LiveBytes;

  constructor(database: SqliteDatabase, live: LiveBytes) {
    this.#statements = prepare(database);
    this.#live = live;
  }

  find(vault: number, snapshotId: SnapshotId): StoredSnapshot | undefined {
    const row = this.#row(vault, snapshotId);
    return row && { seq: row.seq, receivedAtMs: row.received_at_ms, digest: row.digest };
  }

  findMark(vault: number, snapshotId: SnapshotId): FoundMark | undefined {
    const row = this.#statements.findMark.get(vault, blobOf(snapshotId)) ?? UNMARKED;
    if (row.erased_seq > 0) return { mark: 'erased', statement: row.statement };
    if (this.#statements.has.get(vault, blobOf(snapshotId)) === undefined) return undefined;
    return row;
  }

  /** All of it as it was indexed, without what the caller knows. */
  entryOf(vault: number, snapshotId: SnapshotId): Omit<SnapshotEntry, 'type' | 'vaultId'> | undefined {
    const row = this.#row(vault, snapshotId);
    const [place] = row === undefined ? [] : unpackPlaces(row.place);
    if (row === undefined || place === undefined) return undefined;
    return {
      snapshotId,
      seq: row.seq,
      receivedAtMs: row.received_at_ms,
      sealed: row.sealed,
      digest: row.digest,
      refPages: row.ref_pages,
      place,
    };
  }

  refPages(vault: number, snapshotId: SnapshotId): Buffer {
    return this.#statements.refPages.get(vault, blobOf(snapshotId))?.ref_pages ?? Buffer.alloc(0);
  }

  living(vault: number): LivingSnapshot[] {
    return this.#statements.living.all(vault).map((row) => ({
      snapshotId: idOf<SnapshotId>(row.snapshot_id),
      mark: row.mark ?? 'kept',
      markedAtMs: row.marked_at_ms ?? 0,
    }));
  }

  trashedCount(vault: number): number {
    return this.#statements.trashedCount.get(vault)?.count ?? 0;
  }

  /** Adds it, or notes that it has moved; how many there are more. Within the caller's transaction. */
  put(vault: number, entry: SnapshotEntry): number {
    if (this.findMark(vault, entry.snapshotId)?.mark === 'erased') return 0;
    const before = this.#statements.place.get(vault, blobOf(entry.snapshotId));
    if (before !== undefined) this.#live.subtract('snapshot', unpackPlaces(before.place));
    this.#live.add('snapshot', [entry.place]);
    const place = packPlaces([entry.place]);
    if (before !== undefined) {
      this.#statements.move.run(place, vault, blobOf(entry.snapshotId));
      return 0;
    }
    const { snapshotId, seq, receivedAtMs, sealed, digest, refPages } = entry;
    this.#statements.add.run(vault, blobOf(snapshotId), seq, receivedAtMs, sealed, digest, place, refPages);
    return 1;
  }

  /** Notes a mark by the owner, unless a newer one is known; within the caller's transaction. */
  mark(
    vault: number,
    mark: {
      readonly id: string;
      readonly seq: number;
      readonly mark: string;
      readonly markedAtMs: number;
      readonly statement: Uint8Array;
    },
  ): void {
    const { id, seq, markedAtMs, statement } = mark;
    this.#statements.mark.run(vault, blobOf(id), seq, mark.mark, markedAtMs, statement);
  }

  /** Erases it; how many there are more. Within the caller's transaction. */
  erase(vault: number, id: string, seq: number): number {
    this.#statements.erase.run(vault, blobOf(id), seq);
    const before = this.#statements.place.get(vault, blobOf(id));
    if (before === undefined) return 0;
    this.#live.subtract('snapshot', unpackPlaces(before.place));
    this.#statements.drop.run(vault, blobOf(id));
    return -1;
  }

  #row(vault: number, snapshotId: SnapshotId): SnapshotRow | undefined {
    return this.#statements.find.get(vault, blobOf(snapshotId));
  }
}

function prepare(database: SqliteDatabase) {
  const of = 'WHERE vault = ? AND snapshot_id = ?';
  return {
    has: database.prepare<[number, Buffer], object>(`SELECT 1 AS found FROM snapshots ${of}`),
    find: database.prepare<[number, Buffer], SnapshotRow>(`SELECT * FROM snapshots ${of}`),
    place: database.prepare<[number, Buffer], Pick<SnapshotRow, 'place'>>(
      `SELECT place FROM snapshots ${of}`,
    ),
    refPages: database.prepare<[number, Buffer], Pick<SnapshotRow, 'ref_pages'>>(
      `SELECT ref_pages FROM snapshots ${of}`,
    ),
    findMark: database.prepare<[number, Buffer], MarkRow>(
      `SELECT mark, statement, erased_seq FROM snapshot_marks ${of}`,
    ),
    living: database.prepare<[number], LivingRow>(
      `SELECT s.snapshot_id, m.mark, m.marked_at_ms FROM snapshots s
       LEFT JOIN snapshot_marks m ON m.vault = s.vault AND m.snapshot_id = s.snapshot_id
       WHERE s.vault = ? ORDER BY s.seq`,
    ),
    trashedCount: database.prepare<[number], { readonly count: number }>(
      `SELECT count(*) AS count FROM snapshot_marks WHERE vault = ? AND mark = 'trashed' AND erased_seq = 0`,
    ),
    add: database.prepare<[number, Buffer, number, number, Uint8Array, Uint8Array, Buffer, Uint8Array]>(
      'INSERT INTO snapshots VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    move: database.prepare<[Buffer, number, Buffer]>(`UPDATE snapshots SET place = ? ${of}`),
    drop: database.prepare<[number, Buffer]>(`DELETE FROM snapshots ${of}`),
    mark: database.prepare<[number, Buffer, number, string, number, Uint8Array]>(
      `INSERT INTO snapshot_marks VALUES (?, ?, ?, ?, ?, ?, 0)
       ON CONFLICT DO UPDATE SET seq = excluded.seq, mark = excluded.mark,
         marked_at_ms = excluded.marked_at_ms, statement = excluded.statement
       WHERE seq < excluded.seq`,
    ),
    erase: database.prepare<[number, Buffer, number]>(
      `INSERT INTO snapshot_marks VALUES (?, ?, 0, 'kept', 0, x'', ?)
       ON CONFLICT DO UPDATE SET erased_seq = max(erased_seq, excluded.erased_seq)`,
    ),
  };
}

/** The change feed: what was indexed of a vault after a change, oldest first, as much as fits in a frame. */
import type { SnapshotId } from '../../../shared/ids.ts';
import {
  MAX_CHANGED_CHUNKS,
  MAX_CHANGED_MARKS,
  MAX_CHANGED_SNAPSHOTS_BYTES,
} from '../../../shared/limits.ts';
import type { SnapshotMark, SnapshotRecord } from '../../../shared/wire/messages.ts';
import type { Changes } from '../ports.ts';
import { idOf } from './columns.ts';
import type { SqliteDatabase } from './database.ts';
import { STATE } from './sqlite-things.ts';

/** What a snapshot adds to a frame beside its sealed bytes. */
const SNAPSHOT_FIELDS_BYTES = 36;

interface Row {
  readonly seq: number;
}
interface ChunkRow extends Row {
  readonly id: Buffer;
  readonly state: number;
}
interface SnapshotRow extends Row {
  readonly snapshot_id: Buffer;
  readonly received_at_ms: number;
  readonly sealed: Buffer;
}
interface MarkRow extends Row {
  readonly snapshot_id: Buffer;
  readonly mark: SnapshotMark;
  readonly marked_at_ms: number;
  readonly statement: Buffer;
}
interface ErasedRow extends Row {
  readonly snapshot_id: Buffer;
}

/** A part of the change feed, and the newest change that it covers. */
interface Part<R> {
  readonly rows: readonly R[];
  readonly endSeq: number;
}

export class SqliteFeed {
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: SqliteDatabase) {
    this.#statements = prepare(database);
  }

  changes(vault: number, afterSeq: number): Changes {
    const headSeq = this.headSeq(vault);
    const { chunks, marks, erased } = this.#statements;
    const stored = part(chunks.all(vault, afterSeq), MAX_CHANGED_CHUNKS, headSeq);
    const snapshots = this.#snapshots(vault, afterSeq, headSeq);
    const marked = part(marks.all(vault, afterSeq), MAX_CHANGED_MARKS, headSeq);
    const gone = part(erased.all(vault, afterSeq), MAX_CHANGED_MARKS, headSeq);
    const nextSeq = Math.min(stored.endSeq, snapshots.endSeq, marked.endSeq, gone.endSeq);
    const covered = <R extends Row>({ rows }: Part<R>) => rows.filter(({ seq }) => seq <= nextSeq);
    const chunkRows = covered(stored);
    return {
      nextSeq,
      headSeq,
      chunkIds: packed(chunkRows.filter(({ state }) => state === STATE.stored)),
      removedChunkIds: packed(chunkRows.filter(({ state }) => state !== STATE.stored)),
      snapshots: covered(snapshots).map(snapshotRecordOf),
      marks: covered(marked).map(markRecordOf),
      erasedSnapshotIds: covered(gone).map((row) => idOf<SnapshotId>(row.snapshot_id)),
    };
  }

  headSeq(vault: number): number {
    return this.#statements.headSeq.get(vault)?.head_seq ?? 0;
  }

  #snapshots(vault: number, afterSeq: number, headSeq: number): Part<SnapshotRow> {
    const rows: SnapshotRow[] = [];
    let leftBytes = MAX_CHANGED_SNAPSHOTS_BYTES;
    for (const row of this.#statements.snapshots.iterate(vault, afterSeq)) {
      leftBytes -= SNAPSHOT_FIELDS_BYTES + row.sealed.length;
      if (leftBytes < 0) return { rows, endSeq: rows.at(-1)?.seq ?? afterSeq };
      rows.push(row);
    }
    return { rows, endSeq: headSeq };
  }
}

/** `rows`, of which there may be more if there are `limit`. */
function part<R extends Row>(rows: readonly R[], limit: number, headSeq: number): Part<R> {
  return { rows, endSeq: rows[limit - 1]?.seq ?? headSeq };
}

function packed(rows: readonly ChunkRow[]): Buffer {
  return Buffer.concat(rows.map(({ id }) => id));
}

function snapshotRecordOf({ seq, snapshot_id, received_at_ms, sealed }: SnapshotRow): SnapshotRecord {
  return { seq, snapshotId: idOf<SnapshotId>(snapshot_id), receivedAtMs: received_at_ms, sealed };
}

function markRecordOf({
  seq,
  snapshot_id,
  mark,
  marked_at_ms,
  statement,
}: MarkRow): Changes['marks'][number] {
  return { seq, snapshotId: idOf<SnapshotId>(snapshot_id), mark, markedAtMs: marked_at_ms, statement };
}

function prepare(database: SqliteDatabase) {
  const after = <R>(columns: string, table: string, limit: number) =>
    database.prepare<[number, number], R>(
      `SELECT ${columns} FROM ${table} WHERE vault = ? AND seq > ? ORDER BY seq LIMIT ${limit}`,
    );
  return {
    headSeq: database.prepare<[number], { readonly head_seq: number }>(
      'SELECT head_seq FROM vaults WHERE vault = ?',
    ),
    chunks: after<ChunkRow>('id, seq, state', 'chunks', MAX_CHANGED_CHUNKS),
    snapshots: after<SnapshotRow>('snapshot_id, seq, received_at_ms, sealed', 'snapshots', 4_096),
    marks: after<MarkRow>(
      'snapshot_id, seq, mark, marked_at_ms, statement',
      'snapshot_marks',
      MAX_CHANGED_MARKS,
    ),
    erased: database.prepare<[number, number], ErasedRow>(
      `SELECT snapshot_id, erased_seq AS seq FROM snapshot_marks
       WHERE vault = ? AND erased_seq > 0 AND erased_seq > ? ORDER BY erased_seq LIMIT ${MAX_CHANGED_MARKS}`,
    ),
  };
}

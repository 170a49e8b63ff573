/**
 * Chunks, or reference pages, in SQLite: two tables of one layout. A row says the newest that is known of
 * an id: stored, damaged or erased. Numbers decide what is newest, never the order of indexing.
 */
import type { Place } from '../ports.ts';
import type { RecordType } from '../segment-record.ts';
import type { Slice, StoredThing } from '../upkeep-ports.ts';
import { blobOf, idOf, packPlaces, unpackPlaces } from './columns.ts';
import type { SqliteDatabase } from './database.ts';
import type { LiveBytes } from './live-bytes.ts';

export const STATE = { stored: 0, damaged: 1, erased: 2 } as const;
type State = (typeof STATE)[keyof typeof STATE];

/** Rows of one slice: a few milliseconds' work. */
const SLICE_ROWS = 1_000;

/** Being wanted is noted once in this time: more often would only cost writing. */
const CONFIRM_STEP_MS = 3_600_000;

const NO_PLACES = Buffer.alloc(0);

interface Row {
  readonly id: Buffer;
  readonly seq: number;
  readonly state: State;
  readonly stored_bytes: number;
  readonly confirmed_at_ms: number;
  readonly places: Buffer;
}

export interface FoundThing {
  readonly seq: number;
  readonly isDamaged: boolean;
  readonly places: Place[];
}

/** A thing to be stored. */
export interface NewThing {
  readonly id: string;
  readonly seq: number;
  readonly storedAtMs: number;
  readonly places: readonly Place[];
}

/** How a change changes what is stored. */
export interface Difference {
  readonly count: number;
  readonly bytes: number;
}
const NO_DIFFERENCE: Difference = { count: 0, bytes: 0 };

export class SqliteThings {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #recordType: RecordType;
  readonly #live: LiveBytes;

  constructor(
    database: SqliteDatabase,
    table: 'chunks' | 'ref_pages',
    recordType: RecordType,
    live: LiveBytes,
  ) {
    this.#statements = prepare(database, table);
    this.#recordType = recordType;
    this.#live = live;
  }

  /** Whether it is stored and not known to be damaged. */
  has(vault: number, id: string): boolean {
    return this.#statements.has.get(vault, blobOf(id)) !== undefined;
  }

  /** Where it is and its number, damaged or not; undefined for what is erased or never was. */
  find(vault: number, id: string): FoundThing | undefined {
    const row = this.#statements.find.get(vault, blobOf(id));
    if (row === undefined || row.state === STATE.erased) return undefined;
    return { seq: row.seq, isDamaged: row.state === STATE.damaged, places: unpackPlaces(row.places) };
  }

  confirm(vault: number, ids: readonly string[], nowMs: number): void {
    for (const id of ids) this.#statements.confirm.run(nowMs, vault, blobOf(id), nowMs - CONFIRM_STEP_MS);
  }

  /** Stores it, unless something newer is known; within the caller's transaction. */
  put(vault: number, thing: NewThing): Difference {
    const storedBytes = thing.places.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
    const row = { id: blobOf(thing.id), storedBytes, places: packPlaces(thing.places) };
    const { changes } = this.#statements.add.run(
      vault,
      row.id,
      thing.seq,
      STATE.stored,
      storedBytes,
      thing.storedAtMs,
      row.places,
    );
    if (changes === 0) return this.#replace(vault, thing, row);
    this.#live.add(this.#recordType, thing.places);
    return { count: 1, bytes: storedBytes };
  }

  /** Says that it is erased or damaged, unless something newer is known; within the caller's transaction. */
  mark(vault: number, id: string, seq: number, state: State): Difference {
    const blob = blobOf(id);
    const before = this.#statements.find.get(vault, blob);
    if (before === undefined) {
      this.#statements.add.run(vault, blob, seq, state, 0, 0, NO_PLACES);
      return NO_DIFFERENCE;
    }
    if (before.seq >= seq) return NO_DIFFERENCE;
    this.#setState(vault, before, seq, state);
    return before.state === STATE.stored ? { count: -1, bytes: -before.stored_bytes } : NO_DIFFERENCE;
  }

  /** The next slice of what is stored, damaged or not. */
  slice(vault: number, after: Buffer = NO_PLACES): Slice {
    const rows = this.#statements.slice.all(vault, after);
    const end = rows.length < SLICE_ROWS ? undefined : rows.at(-1)?.id;
    const placesOf = (id: Buffer) => unpackPlaces(this.#statements.find.get(vault, id)?.places ?? NO_PLACES);
    const things = rows
      .filter(({ state }) => state !== STATE.erased)
      .map((row) => new RowThing(row, placesOf));
    return { things, end };
  }

  unconfirmed(vault: number, ids: readonly string[], beforeMs: number): string[] {
    return ids.filter((id) => {
      const row = this.#statements.find.get(vault, blobOf(id));
      return row !== undefined && row.state !== STATE.erased && row.confirmed_at_ms < beforeMs;
    });
  }

  damaged(vault: number, limit: number): string[] {
    return this.#statements.damaged.all(vault, limit).map(({ id }) => idOf(id));
  }

  damagedCount(vault: number): number {
    return this.#statements.damagedCount.get(vault)?.count ?? 0;
  }

  /** Stores it in place of what is known, unless that is newer. */
  #replace(
    vault: number,
    thing: NewThing,
    row: Pick<Row, 'id' | 'places'> & { readonly storedBytes: number },
  ) {
    const before = this.#statements.find.get(vault, row.id);
    if (before === undefined || before.seq > thing.seq) return NO_DIFFERENCE;
    this.#live.add(this.#recordType, thing.places);
    this.#live.subtract(this.#recordType, unpackPlaces(before.places));
    const confirmedAtMs = Math.max(thing.storedAtMs, before.confirmed_at_ms);
    const { id, storedBytes, places } = row;
    this.#statements.set.run(thing.seq, STATE.stored, storedBytes, confirmedAtMs, places, vault, id);
    return before.state === STATE.stored
      ? { count: 0, bytes: storedBytes - before.stored_bytes }
      : { count: 1, bytes: storedBytes };
  }

  /** A damaged thing keeps its places: what can still be read may be asked for. */
  #setState(vault: number, before: Row, seq: number, state: State): void {
    const isErased = state === STATE.erased;
    if (isErased) this.#live.subtract(this.#recordType, unpackPlaces(before.places));
    const places = isErased ? NO_PLACES : before.places;
    const storedBytes = isErased ? 0 : before.stored_bytes;
    this.#statements.set.run(seq, state, storedBytes, before.confirmed_at_ms, places, vault, before.id);
  }
}

/** A row as jobs see it. Few of them ask for the places: those are looked up then. */
class RowThing implements StoredThing {
  readonly id: Buffer;
  readonly storedBytes: number;
  readonly confirmedAtMs: number;
  readonly #placesOf: (id: Buffer) => Place[];

  constructor(row: Omit<Row, 'places' | 'seq'>, placesOf: (id: Buffer) => Place[]) {
    this.id = row.id;
    this.storedBytes = row.stored_bytes;
    this.confirmedAtMs = row.confirmed_at_ms;
    this.#placesOf = placesOf;
  }

  get places(): Place[] {
    return this.#placesOf(this.id);
  }
}

function prepare(database: SqliteDatabase, table: 'chunks' | 'ref_pages') {
  const columns = 'id, seq, state, stored_bytes, confirmed_at_ms, places';
  return {
    has: database.prepare<[number, Buffer], { readonly found: number }>(
      `SELECT 1 AS found FROM ${table} WHERE vault = ? AND id = ? AND state = ${STATE.stored}`,
    ),
    find: database.prepare<[number, Buffer], Row>(
      `SELECT ${columns} FROM ${table} WHERE vault = ? AND id = ?`,
    ),
    confirm: database.prepare<[number, number, Buffer, number]>(
      `UPDATE ${table} SET confirmed_at_ms = ? WHERE vault = ? AND id = ? AND confirmed_at_ms < ?`,
    ),
    add: database.prepare<[number, Buffer, number, State, number, number, Buffer]>(
      `INSERT INTO ${table} (vault, ${columns}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    ),
    set: database.prepare<[number, State, number, number, Buffer, number, Buffer]>(
      `UPDATE ${table} SET seq = ?, state = ?, stored_bytes = ?, confirmed_at_ms = ?, places = ?
       WHERE vault = ? AND id = ?`,
    ),
    slice: database.prepare<[number, Buffer], Omit<Row, 'places' | 'seq'>>(
      `SELECT id, state, stored_bytes, confirmed_at_ms FROM ${table} WHERE vault = ? AND id > ? ORDER BY id LIMIT ${SLICE_ROWS}`,
    ),
    damaged: database.prepare<[number, number], { readonly id: Buffer }>(
      `SELECT id FROM ${table} WHERE vault = ? AND state = ${STATE.damaged} LIMIT ?`,
    ),
    damagedCount: database.prepare<[number], { readonly count: number }>(
      `SELECT count(*) AS count FROM ${table} WHERE vault = ? AND state = ${STATE.damaged}`,
    ),
  };
}

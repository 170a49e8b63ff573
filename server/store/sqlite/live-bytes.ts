/** Counts, by segment, the bytes of records that the index counts on: what compaction goes by. */
import type { Place } from '../ports.ts';
import { headBytes } from '../segment-record.ts';
import type { RecordType } from '../segment-record.ts';
import type { SqliteDatabase } from './database.ts';

export class LiveBytes {
  readonly #statements: ReturnType<typeof prepare>;
  /** What the transaction under way changes. */
  readonly #changes = new Map<number, number>();

  constructor(database: SqliteDatabase) {
    this.#statements = prepare(database);
  }

  add(type: RecordType, places: readonly Place[]): void {
    this.#change(type, places, 1);
  }

  subtract(type: RecordType, places: readonly Place[]): void {
    this.#change(type, places, -1);
  }

  /** Writes the counts down, at the end of the caller's transaction. */
  flush(): void {
    for (const [segment, bytes] of this.#changes) {
      if (bytes !== 0) this.#statements.change.run(segment, bytes);
      if (bytes < 0) this.#statements.dropEmpty.run(segment);
    }
    this.#changes.clear();
  }

  /** After a transaction was rolled back. */
  forget(): void {
    this.#changes.clear();
  }

  all(): Map<number, number> {
    return new Map(this.#statements.all.all().map(({ segment, live_bytes }) => [segment, live_bytes]));
  }

  #change(type: RecordType, places: readonly Place[], sign: number): void {
    for (const { segment, bodyBytes } of places) {
      const bytes = sign * (headBytes(type) + bodyBytes);
      this.#changes.set(segment, (this.#changes.get(segment) ?? 0) + bytes);
    }
  }
}

function prepare(database: SqliteDatabase) {
  return {
    change: database.prepare<[number, number]>(
      `INSERT INTO segments VALUES (?, ?)
       ON CONFLICT (segment) DO UPDATE SET live_bytes = live_bytes + excluded.live_bytes`,
    ),
    dropEmpty: database.prepare<[number]>('DELETE FROM segments WHERE segment = ? AND live_bytes = 0'),
    all: database.prepare<[], { readonly segment: number; readonly live_bytes: number }>(
      'SELECT * FROM segments',
    ),
  };
}

/**
 * Opens the index file: pragmas and migrations. SQLite is only an index here: a power cut may cost it
 * its last transactions, and recovery makes them again from the segments.
 */
import Database from 'better-sqlite3';
import { HoldfastError } from '../../../shared/errors.ts';

export type SqliteDatabase = Database.Database;

/** Each takes the schema one version further; `user_version` counts them. Never edited, only added to. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE checkpoint (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    segment INTEGER NOT NULL,
    offset INTEGER NOT NULL
  );
  INSERT INTO checkpoint VALUES (1, 0, 0);

  CREATE TABLE vaults (
    vault INTEGER PRIMARY KEY,
    vault_id BLOB NOT NULL UNIQUE,
    head_seq INTEGER NOT NULL DEFAULT 0,
    chunks INTEGER NOT NULL DEFAULT 0,
    stored_bytes INTEGER NOT NULL DEFAULT 0,
    snapshots INTEGER NOT NULL DEFAULT 0,
    garbage_bytes INTEGER NOT NULL DEFAULT 0
  );
  -- What was erased stays as a row: the change feed tells of it, and older records don't count.
  -- state: 0 stored, 1 damaged, 2 erased
  -- places, and each other place: {segment u32, offset u32, bodyBytes u32} each, little-endian
  CREATE TABLE chunks (
    vault INTEGER NOT NULL,
    id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    state INTEGER NOT NULL,
    stored_bytes INTEGER NOT NULL,
    confirmed_at_ms INTEGER NOT NULL,
    places BLOB NOT NULL,
    PRIMARY KEY (vault, id)
  ) WITHOUT ROWID;
  CREATE INDEX chunks_by_seq ON chunks (vault, seq, state);
  CREATE INDEX damaged_chunks ON chunks (vault) WHERE state = 1;
  CREATE TABLE ref_pages (
    vault INTEGER NOT NULL,
    id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    state INTEGER NOT NULL,
    stored_bytes INTEGER NOT NULL,
    confirmed_at_ms INTEGER NOT NULL,
    places BLOB NOT NULL,
    PRIMARY KEY (vault, id)
  ) WITHOUT ROWID;
  CREATE INDEX damaged_ref_pages ON ref_pages (vault) WHERE state = 1;
  CREATE TABLE snapshots (
    vault INTEGER NOT NULL,
    snapshot_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    received_at_ms INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    digest BLOB NOT NULL,
    place BLOB NOT NULL,
    ref_pages BLOB NOT NULL,
    PRIMARY KEY (vault, snapshot_id)
  );
  CREATE INDEX snapshots_by_seq ON snapshots (vault, seq);
  -- The newest mark of each snapshot, also of erased ones; seq 0: none by its owner.
  CREATE TABLE snapshot_marks (
    vault INTEGER NOT NULL,
    snapshot_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    mark TEXT NOT NULL,
    marked_at_ms INTEGER NOT NULL,
    statement BLOB NOT NULL,
    erased_seq INTEGER NOT NULL,
    PRIMARY KEY (vault, snapshot_id)
  ) WITHOUT ROWID;
  CREATE INDEX snapshot_marks_by_seq ON snapshot_marks (vault, seq);
  CREATE INDEX erased_snapshots_by_seq ON snapshot_marks (vault, erased_seq) WHERE erased_seq > 0;
  -- Records of marks: all are kept.
  CREATE TABLE mark_records (
    vault INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    mark TEXT NOT NULL,
    marked_at_ms INTEGER NOT NULL,
    body BLOB NOT NULL,
    place BLOB NOT NULL,
    PRIMARY KEY (vault, seq)
  ) WITHOUT ROWID;
  CREATE TABLE accounts (
    account_id BLOB PRIMARY KEY,
    folded_name TEXT NOT NULL UNIQUE,
    vault_id BLOB NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    body BLOB NOT NULL,
    place BLOB NOT NULL
  ) WITHOUT ROWID;

  -- Bytes of records that the tables above count on.
  CREATE TABLE segments (
    segment INTEGER PRIMARY KEY,
    live_bytes INTEGER NOT NULL
  );
  CREATE TABLE scrub (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    next_segment INTEGER,
    finished_at_ms INTEGER NOT NULL
  );
  INSERT INTO scrub VALUES (1, NULL, 0);

  CREATE TABLE sessions (
    token_hash BLOB PRIMARY KEY,
    account_id BLOB NOT NULL,
    device_id BLOB NOT NULL,
    scope TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    last_used_ms INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX sessions_by_account ON sessions (account_id);
  CREATE TABLE invites (
    token_hash BLOB PRIMARY KEY,
    role TEXT NOT NULL,
    expires_at_ms INTEGER
  ) WITHOUT ROWID;
  `,
];

/** Pages of 4 KiB that the log may grow by before SQLite folds it into the file. */
const CHECKPOINT_PAGES = 4_000;

/**
 * Opens or makes the index at `path`. Throws `format-unsupported` for an index of a newer version,
 * and SQLite's own errors.
 */
export function openDatabase(path: string): SqliteDatabase {
  const database = new Database(path, { timeout: 0 });
  try {
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    database.pragma('cache_size = -65536');
    migrate(database);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/** Runs `change` as one transaction that has survived a power cut when this returns. */
export function durably(database: SqliteDatabase, change: () => void): void {
  database.pragma('synchronous = FULL');
  try {
    database.transaction(change).immediate();
  } finally {
    database.pragma('synchronous = NORMAL');
  }
}

function migrate(database: SqliteDatabase): void {
  const version = Number(database.pragma('user_version', { simple: true }));
  if (version > MIGRATIONS.length) {
    throw new HoldfastError('format-unsupported', { detail: `index version ${version}` });
  }
  MIGRATIONS.slice(version).forEach((sql, index) => {
    database
      .transaction(() => {
        database.exec(sql);
        database.pragma(`user_version = ${version + index + 1}`);
      })
      .immediate();
  });
}

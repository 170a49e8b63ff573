/** Compares two indexes of the same segments: what one says and the other doesn't. */
import Database from 'better-sqlite3';

/**
 * What must be equal, by what it is. Vaults have numbers of their own in each file: rows name them by id. Of damaged
 * things only that they are counts: where their records were is nobody's business any more.
 */
const QUERIES: Readonly<Record<string, string>> = {
  accounts: 'SELECT account_id, folded_name, vault_id, revision, body, place FROM {}.accounts',
  chunks: `SELECT v.vault_id, c.id, c.seq, c.state, iif(c.state = 0, c.places, 0)
    FROM {}.chunks c JOIN {}.vaults v USING (vault)`,
  'reference pages': `SELECT v.vault_id, p.id, p.seq, p.state, iif(p.state = 0, p.places, 0)
    FROM {}.ref_pages p JOIN {}.vaults v USING (vault)`,
  snapshots: `SELECT v.vault_id, snapshot_id, seq, received_at_ms, sealed, digest, place, ref_pages
    FROM {}.snapshots s JOIN {}.vaults v USING (vault)`,
  'marks of snapshots': `SELECT v.vault_id, snapshot_id, seq, mark, marked_at_ms, statement, erased_seq
    FROM {}.snapshot_marks m JOIN {}.vaults v USING (vault)`,
  'records of marks': `SELECT v.vault_id, seq, mark, marked_at_ms, body, place
    FROM {}.mark_records m JOIN {}.vaults v USING (vault)`,
  vaults: 'SELECT vault_id, head_seq FROM {}.vaults',
};

export interface Difference {
  readonly what: string;
  /** Rows that only the index has. */
  readonly onlyIndexed: number;
  /** Rows that only the segments have. */
  readonly onlyStored: number;
}

/** `indexFile` against `rebuiltFile`, both closed. Throws SQLite's errors for a damaged file. */
export function compareIndexes(indexFile: string, rebuiltFile: string): Difference[] {
  const database = new Database(indexFile, { fileMustExist: true });
  try {
    database.prepare('ATTACH ? AS rebuilt').run(rebuiltFile);
    const count = (query: string, one: string, other: string) =>
      Number(
        database
          .prepare(
            `SELECT count(*) FROM (${query.replaceAll('{}', one)} EXCEPT ${query.replaceAll('{}', other)})`,
          )
          .pluck()
          .get(),
      );
    return Object.entries(QUERIES)
      .map(([what, query]) => ({
        what,
        onlyIndexed: count(query, 'main', 'rebuilt'),
        onlyStored: count(query, 'rebuilt', 'main'),
      }))
      .filter(({ onlyIndexed, onlyStored }) => onlyIndexed + onlyStored > 0);
  } finally {
    database.close();
  }
}

/** What SQLite finds wrong with a closed file; empty for a sound one. */
export function integrityErrors(file: string): string[] {
  const database = new Database(file, { fileMustExist: true });
  try {
    const rows = database
      .prepare<[], { readonly integrity_check: string }>('PRAGMA integrity_check(5)')
      .all();
    return rows.map((row) => row.integrity_check).filter((text) => text !== 'ok');
  } finally {
    database.close();
  }
}

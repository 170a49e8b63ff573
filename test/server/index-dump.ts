/** The whole content of an index that segments can restore, comparable between two files. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { rebuildIndex } from '../../server/store/rebuild-index.ts';
import type { RecoveryReport } from '../../server/store/recovery.ts';
import { systemClock } from '../../server/system.ts';
import { testRandom } from './test-server.ts';

/** Vaults have numbers of their own in each file: rows name them by id. */
const QUERIES = {
  vaults: 'SELECT hex(vault_id) AS id, head_seq, chunks, stored_bytes, snapshots FROM vaults',
  chunks: `SELECT hex(vault_id) AS owner, hex(id) AS id, seq, state, c.stored_bytes, hex(places) AS places
    FROM chunks c JOIN vaults v ON v.vault = c.vault`,
  refPages: `SELECT hex(vault_id) AS owner, hex(id) AS id, seq, state, hex(places) AS places
    FROM ref_pages p JOIN vaults v ON v.vault = p.vault`,
  snapshots: `SELECT hex(vault_id) AS owner, hex(snapshot_id) AS id, seq, received_at_ms, hex(sealed) AS sealed,
    hex(digest) AS digest, hex(place) AS place, hex(ref_pages) AS pages
    FROM snapshots s JOIN vaults v ON v.vault = s.vault`,
  snapshotMarks: `SELECT hex(vault_id) AS owner, hex(snapshot_id) AS id, seq, mark, marked_at_ms,
    hex(statement) AS statement, erased_seq FROM snapshot_marks m JOIN vaults v ON v.vault = m.vault`,
  markRecords: `SELECT hex(vault_id) AS owner, seq, mark, marked_at_ms, hex(body) AS body, hex(place) AS place
    FROM mark_records m JOIN vaults v ON v.vault = m.vault`,
  segments: 'SELECT segment, live_bytes FROM segments',
  accounts: `SELECT hex(account_id) AS id, folded_name, hex(vault_id) AS owner, revision, hex(body) AS body,
    hex(place) AS place FROM accounts`,
};

type Dump = Record<keyof typeof QUERIES, unknown[]>;

export function dumpIndex(file: string): Dump {
  const database = new Database(file, { readonly: true });
  try {
    return Object.fromEntries(
      Object.entries(QUERIES).map(([table, query]) => [
        table,
        database.prepare(`${query} ORDER BY 1, 2`).all(),
      ]),
    ) as Dump;
  } finally {
    database.close();
  }
}

/** The dump of an index made anew from a closed store's segments, which stay as they are. */
export async function dumpOfRebuild(
  segmentsFolder: string,
): Promise<{ readonly dump: Dump; readonly report: RecoveryReport }> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-rebuild-'));
  const indexFile = join(folder, 'index.sqlite');
  try {
    const report = await rebuildIndex({
      segmentsFolder,
      indexFile,
      segmentSizeBytes: 256 * 1024 * 1024,
      clock: systemClock,
      random: testRandom,
    });
    return { dump: dumpIndex(indexFile), report };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

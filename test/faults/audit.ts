/**
 * What must be so of the server's data after every round, looked at from outside: the index is as one made anew from the
 * segments, and hardly a byte of them is there for nothing.
 */
import { cp, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import Database from 'better-sqlite3';
import { dataFolderAt } from '../../server/data-folder.ts';
import { waitFor } from '../helpers/wait.ts';
import { dumpIndex, dumpOfRebuild } from '../server/index-dump.ts';
import type { FaultyServer } from './faulty-server.ts';
import { HASTE } from './haste.ts';

const LIMIT_MS = 60_000;
const GRACE_MS = HASTE.garbageGraceHours * 3_600_000;

interface Orphans {
  /** Dead bytes of full segments, beyond what compaction is told to leave. */
  readonly fullBytes: number;
  /** Dead bytes of the newest segment. */
  readonly newestBytes: number;
}

/** Throws if it isn't so, however long the server tidies. */
export async function auditServer(server: FaultyServer): Promise<void> {
  await waitFor(
    'the segments to hold no more orphans than one segment',
    async () => {
      const { fullBytes, newestBytes } = await orphans(server.dataDir);
      return fullBytes + newestBytes <= HASTE.segmentSizeBytes ? true : undefined;
    },
    LIMIT_MS,
  );
  await waitFor(
    'the index to be as one made anew',
    async () => ((await isIndexAsRebuilt(server)) ? true : undefined),
    LIMIT_MS,
  );
}

/** Waits until everything that nobody needs is gone. */
export async function auditRest({ dataDir }: FaultyServer): Promise<void> {
  await waitFor(
    'the garbage to be collected',
    () => (garbageBytes(dataDir) === 0 ? true : undefined),
    GRACE_MS + LIMIT_MS,
  );
}

/** Bytes that no entry of the index accounts for: neither a snapshot nor what waits for its grace to be over. */
async function orphans(dataDir: string): Promise<Orphans> {
  const folder = dataFolderAt(dataDir);
  const rows = query<{ readonly segment: number; readonly live_bytes: number }>(
    folder.index,
    'SELECT segment, live_bytes FROM segments',
  );
  const live = new Map(rows.map(({ segment, live_bytes }) => [segment, live_bytes]));
  const names = (await readdir(folder.segments)).sort();
  const dead = await Promise.all(
    names.map(async (name) => {
      // It may be removed meanwhile.
      const { size } = await stat(path.join(folder.segments, name)).catch(() => ({ size: 0 }));
      return { bytes: size - (live.get(Number.parseInt(name, 10)) ?? 0), size };
    }),
  );
  const newest = dead.pop();
  const allowed = HASTE.compactionDeadPercent / 100;
  const full = dead.filter(({ bytes, size }) => bytes >= allowed * size);
  return { fullBytes: full.reduce((sum, { bytes }) => sum + bytes, 0), newestBytes: newest?.bytes ?? 0 };
}

function garbageBytes(dataDir: string): number {
  const [row] = query<{ readonly bytes: number }>(
    dataFolderAt(dataDir).index,
    'SELECT sum(garbage_bytes) AS bytes FROM vaults',
  );
  return row?.bytes ?? 0;
}

/** False also while something is under way: between its record and its entry. */
async function isIndexAsRebuilt(server: FaultyServer): Promise<boolean> {
  const { segments, index } = dataFolderAt(server.dataDir);
  const copy = await mkdtemp(path.join(server.dataDir, 'audit-'));
  try {
    const here = await server.whileStopped(async () => {
      await cp(segments, copy, { recursive: true });
      return dumpIndex(index);
    });
    const { dump } = await dumpOfRebuild(copy);
    return isDeepStrictEqual(here, dump);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

function query<T>(file: string, sql: string): T[] {
  const database = new Database(file, { readonly: true });
  try {
    return database.prepare<[], T>(sql).all();
  } finally {
    database.close();
  }
}

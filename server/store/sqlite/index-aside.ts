/**
 * What happens to an index whose file is damaged: it is moved aside, never deleted, and another one is made from the
 * segments. Sessions and invitations, which stand in no segment, are taken over where they can still be read.
 */
import { closeSync, existsSync, openSync, renameSync, rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import type { Log } from '../../log.ts';
import type { Clock } from '../../ports.ts';
import type { Catalog } from '../ports.ts';
import { readInvites, readSessions } from './sqlite-sessions.ts';

/** SQLite keeps its log in files beside the index. */
const SUFFIXES = ['', '-wal', '-shm'];

/** Notes that the index is damaged, for the next opening: its beginning may still be sound. */
export function noteIndexDamage(indexFile: string): void {
  closeSync(openSync(noteOf(indexFile), 'a', 0o600));
}

export function isIndexDamageNoted(indexFile: string): boolean {
  return existsSync(noteOf(indexFile));
}

/** Moves the index away; returns what it is called now. */
export function setIndexAside(indexFile: string, clock: Clock): string {
  const when = new Date(clock.nowMs()).toISOString().replaceAll(/[:.]/g, '-');
  const aside = `${indexFile}.damaged-${when}`;
  for (const suffix of SUFFIXES) {
    if (existsSync(indexFile + suffix)) renameSync(indexFile + suffix, aside + suffix);
  }
  rmSync(noteOf(indexFile), { force: true });
  return aside;
}

/** Takes sessions and invitations over, as many as can be read. */
export async function takeOverSessions(aside: string, catalog: Catalog, log: Log): Promise<void> {
  try {
    const database = new Database(aside, { fileMustExist: true });
    try {
      for (const row of readSessions(database)) await catalog.sessions.add(row);
      for (const row of readInvites(database)) await catalog.invites.add(row);
    } finally {
      database.close();
    }
  } catch (error) {
    log.warn({ err: error }, 'sessions are lost with the damaged index: everyone signs in again');
  }
}

function noteOf(indexFile: string): string {
  return `${indexFile}.is-damaged`;
}

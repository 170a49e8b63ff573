/**
 * Keeps a data folder to one process. The lock is SQLite's own on a file of its own, which the system
 * takes back however the process ends: no stale lock after kill -9, no process id that means another.
 */
import Database from 'better-sqlite3';
import { HoldfastError } from '../../../shared/errors.ts';

export interface DataLock {
  readonly release: () => void;
}

/** Takes the lock at `path`. Throws `config-invalid` if another process has it. */
export function takeDataLock(path: string): DataLock {
  const database = new Database(path, { timeout: 0 });
  try {
    database.pragma('journal_mode = MEMORY');
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw new HoldfastError('config-invalid', {
      detail: 'The data folder is in use by another Holdfast process.',
      cause,
    });
  }
  return {
    release: () => {
      database.close();
    },
  };
}

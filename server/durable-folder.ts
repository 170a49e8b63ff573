/** Folders whose names outlive a power cut, and those in them. */
import { accessSync, closeSync, constants, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes `folder` and what is missing above it, durably: what is kept in it later is lost with its name. From the top, and
 * each synced before the next is made: whoever was killed at this has left one name at most that isn't durable, of the
 * lowest folder that there is, and so that one is synced, too. Throws the system's errors.
 */
export function makeFolder(folder: string): void {
  const parent = dirname(folder);
  if (parent !== folder && !existsSync(folder)) makeFolder(parent);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // In one that it can't write to this process has made nothing.
  if (isOpen(parent)) fsyncFolder(parent);
}

/** Makes changes of names in a folder durable. */
export function fsyncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function isOpen(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

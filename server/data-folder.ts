/** What stands where in the data folder. */
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { HoldfastError } from '../shared/errors.ts';
import { fsyncFolder } from './store/disk/segment-writer.ts';

export interface DataFolder {
  readonly path: string;
  /** All that was backed up, and the accounts. */
  readonly segments: string;
  /** The index, which can be made anew from the segments. */
  readonly index: string;
  readonly lock: string;
  /** OPAQUE's setup: without it nobody can sign in. */
  readonly opaqueSetup: string;
}

/** The data folder at `path`, made if it is absent. Throws `config-invalid`. */
export function openDataFolder(path: string): DataFolder {
  const folder = resolve(path);
  try {
    makeFolder(folder);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new HoldfastError('config-invalid', {
      detail: `The data folder ${folder} can't be made or written to.`,
      cause,
    });
  }
  return dataFolderAt(folder);
}

/** What stands where in the data folder at `path`, which may be absent. */
export function dataFolderAt(path: string): DataFolder {
  const folder = resolve(path);
  return {
    path: folder,
    segments: join(folder, 'segments'),
    index: join(folder, 'index.sqlite'),
    lock: join(folder, 'lock'),
    opaqueSetup: join(folder, 'opaque-setup'),
  };
}

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

function isOpen(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

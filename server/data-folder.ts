/** What stands where in the data folder. */
import { accessSync, constants } from 'node:fs';
import { join, resolve } from 'node:path';
import { HoldfastError } from '../shared/errors.ts';
import { makeFolder } from './durable-folder.ts';

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

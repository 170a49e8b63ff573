/** Brings a copy back into an empty data folder. The index is made when the server starts. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { HoldfastError } from '../../shared/errors.ts';
import { fsyncFolder, makeFolder } from '../durable-folder.ts';
import { SourceFile, TargetFile } from './copy-file.ts';
import { readManifest } from './manifest.ts';
import type { CopiedFile } from './manifest.ts';

export interface RestoreReport {
  readonly beganAt: string;
  readonly files: number;
  readonly bytes: number;
  /** Brought back as far as they can be read, though they are not what was copied. */
  readonly damaged: readonly string[];
}

/** Names that a manifest may hold: nothing leads out of the folder. */
const NAME = /^(opaque-setup|segments\/\d{8}\.segment)$/;

/** Throws `config-invalid` unless `folder` holds a copy and `dataDir` nothing, and the system's errors. */
export function restoreCopy(folder: string, dataDir: string): RestoreReport {
  const manifest = readManifest(folder);
  if (manifest === undefined) throw invalid(`${folder} holds no copy: it has no manifest.json.`);
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0) {
    throw invalid(`The data folder ${dataDir} is not empty. Move what is in it elsewhere first.`);
  }
  makeFolder(join(dataDir, 'segments'));
  const known = manifest.files.filter(({ name }) => NAME.test(name));
  const damaged = known
    .filter((file) => !restoreFile(folder, dataDir, file))
    .map(({ name }) => basename(name));
  fsyncFolder(join(dataDir, 'segments'));
  fsyncFolder(dataDir);
  const bytes = known.reduce((sum, file) => sum + file.bytes, 0);
  return { beganAt: manifest.beganAt, files: known.length, bytes, damaged };
}

/** False if it isn't what was copied. */
function restoreFile(folder: string, dataDir: string, { name, bytes, sha256 }: CopiedFile): boolean {
  const path = join(folder, name);
  if (!existsSync(path)) return false;
  const source = new SourceFile(path);
  const target = new TargetFile(join(dataDir, name), 0);
  source.read(bytes, (part, offset) => {
    target.write(part, offset);
  });
  target.finish();
  source.close();
  return source.copied.sha256 === sha256;
}

function invalid(detail: string): HoldfastError {
  return new HoldfastError('config-invalid', { detail });
}

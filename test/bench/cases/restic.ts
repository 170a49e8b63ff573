/** The peer of encrypted backups: a native program into a local repository, no network between. */
import { randomFillSync } from 'node:crypto';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { tempDir } from '../../helpers/temp-dir.ts';
import type { CleanUp } from '../../helpers/temp-dir.ts';
import { speedOf } from '../measurement.ts';
import type { Measurement } from '../measurement.ts';
import { openResticRepository, resticVersion } from '../restic-repository.ts';
import { withScope } from '../scope.ts';
import { settle } from '../settle.ts';

const STEP_BYTES = 4 * 1024 * 1024;

export interface Restic {
  readonly version: string;
  /** A file of as many random bytes as the browser's cases send. */
  readonly file: string;
}

/** Undefined if restic isn't installed. */
export async function prepareRestic(scope: CleanUp, sizeBytes: number): Promise<Restic | undefined> {
  const version = await resticVersion();
  if (version === undefined) return undefined;
  const file = path.join(await tempDir(scope), 'random.bin');
  await writeRandom(file, sizeBytes);
  return { version, file };
}

export async function runRestic({ version, file }: Restic, sizeBytes: number): Promise<Measurement[]> {
  return withScope(async (scope) => {
    const restic = await openResticRepository(scope);
    await settle();
    const { ms } = await restic.backUp(file);
    return [speedOf('restic', sizeBytes, ms, `${version}, local repository`)];
  });
}

async function writeRandom(file: string, sizeBytes: number): Promise<void> {
  const handle = await open(file, 'w');
  try {
    const step = Buffer.alloc(STEP_BYTES);
    for (let at = 0; at < sizeBytes; at += STEP_BYTES) {
      randomFillSync(step);
      await handle.write(step, 0, Math.min(STEP_BYTES, sizeBytes - at));
    }
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

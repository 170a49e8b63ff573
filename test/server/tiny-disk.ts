/** A small disk of its own in memory, which really fills. Mounting one takes root; where that is refused there is none. */
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CleanUp } from '../helpers/temp-dir.ts';

export interface TinyDisk {
  readonly path: string;
  /** Leaves no room but what is freed by others. */
  fill(): void;
  empty(): void;
}

/** Unmounted when the test ends; undefined where this process may not mount. */
export function mountTinyDisk(test: CleanUp, sizeBytes: number): TinyDisk | undefined {
  const path = mkdtempSync(join(tmpdir(), 'holdfast-test-disk-'));
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', path]);
  if (status !== 0) {
    rmSync(path, { recursive: true });
    return undefined;
  }
  test.after(() => {
    spawnSync('umount', ['-l', path]);
    rmSync(path, { recursive: true, force: true });
  });
  const ballast = join(path, 'ballast');
  return {
    path,
    fill: () => {
      for (let length = sizeBytes; length >= 4_096; length = Math.floor(length / 2)) {
        while (appendIfRoom(ballast, length));
      }
    },
    empty: () => {
      rmSync(ballast, { force: true });
    },
  };
}

function appendIfRoom(file: string, length: number): boolean {
  try {
    writeFileSync(file, Buffer.alloc(length, 1), { flag: 'a' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false;
    throw error;
  }
}

/** Fills RANDOM_FILE with random bytes through a sync access handle, and flushes it to the disk. */
import { RANDOM_FILE } from '../tasks.ts';
import type { Figures } from '../tasks.ts';
import { answerWith } from './answer.ts';

/** The most that getRandomValues gives at once. */
const STEP_BYTES = 64 * 1024;

answerWith(async (sizeBytes: number): Promise<Figures> => {
  const root = await navigator.storage.getDirectory();
  const handle = await root.getFileHandle(RANDOM_FILE, { create: true });
  const access = await handle.createSyncAccessHandle();
  const startedAtMs = performance.now();
  try {
    fill(access, sizeBytes);
  } finally {
    access.close();
  }
  return { ms: performance.now() - startedAtMs };
});

function fill(access: FileSystemSyncAccessHandle, sizeBytes: number): void {
  access.truncate(0);
  const step = new Uint8Array(STEP_BYTES);
  for (let at = 0; at < sizeBytes; at += STEP_BYTES) {
    const part = step.subarray(0, Math.min(STEP_BYTES, sizeBytes - at));
    crypto.getRandomValues(part);
    if (access.write(part, { at }) !== part.length) throw new Error('OPFS took less than it was given.');
  }
  access.flush();
}

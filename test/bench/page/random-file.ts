/** The file that every browser case sends. */
import { RANDOM_FILE } from '../tasks.ts';
import type { Figures } from '../tasks.ts';
import { askWorker } from './worker-answer.ts';

/** Writes `sizeBytes` random bytes to RANDOM_FILE. */
export async function writeRandomFile(sizeBytes: number): Promise<Figures> {
  const worker = new Worker(new URL('../page-worker/write-random.ts', import.meta.url), { type: 'module' });
  return askWorker(worker, sizeBytes);
}

/** RANDOM_FILE as the browser gives it to a page that picked it. */
export async function openRandomFile(): Promise<File> {
  const root = await navigator.storage.getDirectory();
  return (await root.getFileHandle(RANDOM_FILE)).getFile();
}

/** The product's own engine, driven as the product's page drives it. */
import type { SnapshotId } from '../../../shared/ids.ts';
import { RANDOM_FILE, RESTORE_FOLDER } from '../tasks.ts';
import type { Figures, Task } from '../tasks.ts';
import { openRandomFile } from './random-file.ts';
import { WatchedEngine, mark } from './watched-engine.ts';
import { askWorker } from './worker-answer.ts';

/**
 * Signs up, backs RANDOM_FILE up and, if asked, restores it. Gives `uploadMs` and `restoreMs`, each from the
 * call to the event that says `done`. Rejects if what was restored differs.
 */
export async function runHoldfast(task: Extract<Task, { readonly type: 'holdfast' }>): Promise<Figures> {
  return WatchedEngine.run(task.serverUrl, async (watched) => {
    await watched.signUp(task.firstRunToken);
    const { ms: uploadMs, snapshotId } = await backUp(watched);
    if (!task.restore) return { uploadMs };
    const restoreMs = await restore(watched, snapshotId);
    await compareRestored();
    return { uploadMs, restoreMs };
  });
}

async function backUp(
  watched: WatchedEngine,
): Promise<{ readonly ms: number; readonly snapshotId: SnapshotId }> {
  const file = await openRandomFile();
  await mark('upload-start');
  const startedAtMs = performance.now();
  const jobId = await watched.engine.backUp({
    sourceName: 'Benchmark',
    picked: { kind: 'files', files: [{ path: [RANDOM_FILE], file }], folders: [] },
  });
  const { job, seenAtMs } = await watched.ended(jobId);
  const ms = seenAtMs - startedAtMs;
  await mark('upload-end');
  if (job.receipt === undefined) throw new Error(`The backup ended as ${JSON.stringify(job)}`);
  if (job.problemsTotal > 0 || job.bytesDone !== file.size)
    throw new Error(`The backup is incomplete: ${JSON.stringify(job)}`);
  return { ms, snapshotId: job.receipt.snapshotId };
}

async function restore(watched: WatchedEngine, snapshotId: SnapshotId): Promise<number> {
  const root = await navigator.storage.getDirectory();
  const handle = await root.getDirectoryHandle(RESTORE_FOLDER, { create: true });
  await mark('restore-start');
  const startedAtMs = performance.now();
  const jobId = await watched.engine.restore({
    snapshotId,
    selection: [[]],
    target: { kind: 'folder', handle, conflict: 'replace' },
  });
  const { job, seenAtMs } = await watched.ended(jobId);
  const ms = seenAtMs - startedAtMs;
  await mark('restore-end');
  if (job.phase !== 'done' || job.problemsTotal > 0)
    throw new Error(`The restore ended as ${JSON.stringify(job)}`);
  return ms;
}

/** Rejects unless the restored file holds what was backed up; removes it. */
async function compareRestored(): Promise<void> {
  const worker = new Worker(new URL('../page-worker/compare.ts', import.meta.url), { type: 'module' });
  await askWorker(worker, { original: [RANDOM_FILE], copy: [RESTORE_FOLDER, RANDOM_FILE] });
  const root = await navigator.storage.getDirectory();
  await root.removeEntry(RESTORE_FOLDER, { recursive: true });
}

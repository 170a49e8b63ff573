/** The product's own engine, driven as the product's page drives it. */
import type { EngineApi, JobProgress } from '../../../web/bridge/engine-api.ts';
import { startEngine } from '../../../web/bridge/engine-client.ts';
import type { JobId, SnapshotId } from '../../../shared/ids.ts';
import { PATHS, RANDOM_FILE, RESTORE_FOLDER } from '../tasks.ts';
import type { Figures, Mark, Task } from '../tasks.ts';
import { openRandomFile } from './random-file.ts';
import { askWorker } from './worker-answer.ts';

const ENDED: readonly string[] = ['done', 'failed', 'cancelled'];

/**
 * Signs up, backs RANDOM_FILE up and, if asked, restores it. Gives `uploadMs` and `restoreMs`, each from the
 * call to the event that says `done`. Rejects if what was restored differs.
 */
export async function runHoldfast(task: Extract<Task, { readonly type: 'holdfast' }>): Promise<Figures> {
  const client = startEngine((detail) => {
    throw new Error(detail);
  });
  const { engine } = client;
  try {
    await engine.start({ serverUrl: task.serverUrl, deviceName: 'Benchmark' });
    const jobs = await watchJobs(engine);
    await signUp(engine, task.firstRunToken);
    const { ms: uploadMs, snapshotId } = await backUp(engine, jobs);
    if (!task.restore) return { uploadMs };
    const restoreMs = await restore(engine, jobs, snapshotId);
    await compareRestored();
    return { uploadMs, restoreMs };
  } finally {
    client.dispose();
  }
}

/** Resolves with a job when it has ended. */
type WaitForEnd = (jobId: JobId) => Promise<JobProgress>;

async function watchJobs(engine: EngineApi): Promise<WaitForEnd> {
  const ended = new Map<JobId, JobProgress>();
  let wake: () => void = () => undefined;
  await engine.subscribe((event) => {
    if (event.type === 'alarm') throw new Error(`${event.problem.code}: ${event.problem.words}`);
    if (event.type !== 'job' || !ENDED.includes(event.job.phase)) return;
    ended.set(event.job.jobId, event.job);
    wake();
  });
  return async (jobId) => {
    for (;;) {
      const job = ended.get(jobId);
      if (job !== undefined) return job;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
}

async function signUp(engine: EngineApi, inviteToken: string): Promise<void> {
  const account = { inviteToken, name: 'bench', password: 'a long password for the benchmark' };
  const { recoveryWords, askPositions } = await engine.prepareAccount(account);
  const answers = askPositions.map((position) => ({ position, word: recoveryWords[position - 1] ?? '' }));
  await engine.createAccount({ answers, keepUnlocked: false });
}

async function backUp(
  engine: EngineApi,
  jobs: WaitForEnd,
): Promise<{ readonly ms: number; readonly snapshotId: SnapshotId }> {
  const file = await openRandomFile();
  await mark('upload-start');
  const startedAtMs = performance.now();
  const jobId = await engine.backUp({
    sourceName: 'Benchmark',
    picked: { kind: 'files', files: [{ path: [RANDOM_FILE], file }], folders: [] },
  });
  const job = await jobs(jobId);
  const ms = performance.now() - startedAtMs;
  await mark('upload-end');
  if (job.receipt === undefined) throw new Error(`The backup ended as ${JSON.stringify(job)}`);
  if (job.problemsTotal > 0 || job.bytesDone !== file.size)
    throw new Error(`The backup is incomplete: ${JSON.stringify(job)}`);
  return { ms, snapshotId: job.receipt.snapshotId };
}

async function restore(engine: EngineApi, jobs: WaitForEnd, snapshotId: SnapshotId): Promise<number> {
  const root = await navigator.storage.getDirectory();
  const handle = await root.getDirectoryHandle(RESTORE_FOLDER, { create: true });
  await mark('restore-start');
  const startedAtMs = performance.now();
  const jobId = await engine.restore({
    snapshotId,
    selection: [[]],
    target: { kind: 'folder', handle, conflict: 'replace' },
  });
  const job = await jobs(jobId);
  const ms = performance.now() - startedAtMs;
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

async function mark(name: Mark): Promise<void> {
  await fetch(`${PATHS.mark}?name=${name}`, { method: 'POST' });
}

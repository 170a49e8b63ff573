/** The product's own engine, driven as the product's page drives it. */
import type { EngineApi, JobProgress } from '../../../web/bridge/engine-api.ts';
import { startEngine } from '../../../web/bridge/engine-client.ts';
import type { JobId, SnapshotId } from '../../../shared/ids.ts';
import { PATHS, RANDOM_FILE, RESTORE_FOLDER } from '../tasks.ts';
import type { Figures, Mark, Task } from '../tasks.ts';
import { openRandomFile } from './random-file.ts';
import { askWorker } from './worker-answer.ts';

const STANDSTILL_MS = 60_000;
const POLL_EVERY_MS = 10;
const EVENTS_KEPT = 20;
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

interface SeenJob {
  readonly job: JobProgress;
  readonly seenAtMs: number;
}

/** Resolves with a job when it has ended. Rejects when it stands still, with what the engine said last. */
type WaitForEnd = (jobId: JobId) => Promise<SeenJob>;

async function watchJobs(engine: EngineApi): Promise<WaitForEnd> {
  const latest = new Map<JobId, SeenJob>();
  const said: string[] = [];
  await engine.subscribe((event) => {
    if (event.type === 'job') latest.set(event.job.jobId, { job: event.job, seenAtMs: performance.now() });
    else said.push(show(event));
    said.splice(0, Math.max(0, said.length - EVENTS_KEPT));
  });
  return async (jobId) => {
    const standstill = new Standstill();
    for (;;) {
      const seen = latest.get(jobId);
      if (seen !== undefined && isOver(seen)) return seen;
      const stillMs = standstill.since(seen?.job.bytesDone);
      if (stillMs > STANDSTILL_MS)
        throw new Error(['The job stands still', seen, ...said].map(show).join('\n'));
      await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS));
    }
  };
}

function isOver({ job }: SeenJob): boolean {
  return ENDED.includes(job.phase);
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

class Standstill {
  #before: number | undefined;
  #movedAtMs = performance.now();

  /** How long the number has been the same, in milliseconds. */
  since(value: number | undefined): number {
    const nowMs = performance.now();
    if (value !== this.#before) this.#movedAtMs = nowMs;
    this.#before = value;
    return nowMs - this.#movedAtMs;
  }
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
  const { job, seenAtMs } = await jobs(jobId);
  const ms = seenAtMs - startedAtMs;
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
  const { job, seenAtMs } = await jobs(jobId);
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

async function mark(name: Mark): Promise<void> {
  await fetch(`${PATHS.mark}?name=${name}`, { method: 'POST' });
}

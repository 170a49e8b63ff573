/** A folder of real files, dropped on the page once, then backed up as often as it is changed. */
import type { JobProgress } from '../../../web/bridge/engine-api.ts';
import type { Figures, Task } from '../tasks.ts';
import { SCAN_LIMIT } from '../tasks.ts';
import { WatchedEngine, mark } from './watched-engine.ts';
import { askWorker } from './worker-answer.ts';

/** Gives milliseconds and bytes sent by step, and milliseconds of the bare scan. */
export async function backUpTree(task: Extract<Task, { readonly type: 'tree' }>): Promise<Figures> {
  const handle = await droppedFolder();
  const scanMs = await scan(handle, task.files);
  return WatchedEngine.run(task.serverUrl, async (watched) => {
    await watched.signUp(task.firstRunToken);
    const figures: Record<string, number> = { [`${SCAN_LIMIT} ms`]: scanMs };
    for (const step of task.steps) {
      await mark(`${step}-start`);
      const startedAtMs = performance.now();
      const jobId = await watched.engine.backUp({ sourceName: 'Tree', picked: { kind: 'handle', handle } });
      const { job, seenAtMs } = await watched.ended(jobId);
      await mark(`${step}-end`);
      check(job, task.files);
      figures[`${step} ms`] = seenAtMs - startedAtMs;
      figures[`${step} sent`] = job.bytesTransferred;
    }
    return figures;
  });
}

async function scan(handle: FileSystemDirectoryHandle, files: number): Promise<number> {
  const worker = new Worker(new URL('../page-worker/scan.ts', import.meta.url), { type: 'module' });
  await mark(`${SCAN_LIMIT}-start`);
  const startedAtMs = performance.now();
  const seen = await askWorker(worker, handle);
  const ms = performance.now() - startedAtMs;
  await mark(`${SCAN_LIMIT}-end`);
  if (seen.files !== files) throw new Error(`The scan came upon ${seen.files} of ${files} files.`);
  return ms;
}

function check(job: JobProgress, files: number): void {
  if (job.receipt === undefined || job.problemsTotal > 0 || job.filesDone !== files)
    throw new Error(`The backup ended as ${JSON.stringify({ ...job, problems: job.problems.slice(0, 3) })}`);
}

/** Asks for a folder to be dropped on the page, and gives it. */
async function droppedFolder(): Promise<FileSystemDirectoryHandle> {
  const dropped = new Promise<FileSystemDirectoryHandle>((resolve, reject) => {
    document.addEventListener('dragover', (event) => {
      event.preventDefault();
    });
    document.addEventListener('drop', (event) => {
      event.preventDefault();
      handleOf(event).then(resolve, reject);
    });
  });
  await mark('drop-start');
  return dropped;
}

async function handleOf(event: DragEvent): Promise<FileSystemDirectoryHandle> {
  const handle = await event.dataTransfer?.items[0]?.getAsFileSystemHandle();
  if (handle?.kind !== 'directory') throw new Error('No folder was dropped.');
  return handle as FileSystemDirectoryHandle;
}

/** A folder of real files, dropped on the page once, then backed up as often as it is changed. */
import type { JobProgress } from '../../../web/bridge/engine-api.ts';
import type { Figures, Task } from '../tasks.ts';
import { WatchedEngine, mark } from './watched-engine.ts';

/** Gives milliseconds and bytes sent by step. */
export async function backUpTree(task: Extract<Task, { readonly type: 'tree' }>): Promise<Figures> {
  const handle = await droppedFolder();
  return WatchedEngine.run(task.serverUrl, async (watched) => {
    await watched.signUp(task.firstRunToken);
    const figures: Record<string, number> = {};
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

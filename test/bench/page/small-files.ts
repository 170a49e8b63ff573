/** Many small files restored into a folder and as a zip. */
import type { DownloadPortMessage, RestoreTarget } from '../../../web/bridge/engine-api.ts';
import type { SnapshotId } from '../../../shared/ids.ts';
import { equalBytes } from '../../../shared/bytes.ts';
import { seededRandom } from '../../helpers/seeded-random.ts';
import { RESTORE_FOLDER } from '../tasks.ts';
import type { Figures, Task } from '../tasks.ts';
import { WatchedEngine, mark } from './watched-engine.ts';

const FILES_IN_FOLDER = 100;
const MOST_BYTES = 8 * 1024;
/** Of the restored files, every how manieth is compared. */
const COMPARED_EVERY = 37;

interface SmallFile {
  readonly path: readonly string[];
  readonly file: File;
}

/** Gives the milliseconds of both restores, from the call to the event that says `done`. */
export async function restoreSmallFiles(
  task: Extract<Task, { readonly type: 'small-files' }>,
): Promise<Figures> {
  const files = smallFiles(task.files);
  return WatchedEngine.run(task.serverUrl, async (watched) => {
    await watched.signUp(task.firstRunToken);
    const snapshotId = await backUp(watched, files);
    const root = await navigator.storage.getDirectory();
    const handle = await root.getDirectoryHandle(RESTORE_FOLDER, { create: true });
    await mark('folder-start');
    const folderMs = await restore(watched, snapshotId, { kind: 'folder', handle, conflict: 'skip' });
    await mark('folder-end');
    await compare(files, handle);
    await root.removeEntry(RESTORE_FOLDER, { recursive: true });
    const { port1, port2 } = new MessageChannel();
    const zipBytes = receive(port1);
    await mark('zip-start');
    const zipMs = await restore(watched, snapshotId, { kind: 'stream', as: 'zip', port: port2 });
    await mark('zip-end');
    return { folderMs, zipMs, zipBytes: await zipBytes };
  });
}

function smallFiles(count: number): SmallFile[] {
  const random = seededRandom(5);
  return Array.from({ length: count }, (_, index) => {
    const name = `file ${index}.bin`;
    const content = random.bytes(1 + random.integer(MOST_BYTES));
    return { path: [`folder ${Math.floor(index / FILES_IN_FOLDER)}`, name], file: new File([content], name) };
  });
}

async function backUp(watched: WatchedEngine, files: readonly SmallFile[]): Promise<SnapshotId> {
  const picked = { kind: 'files', files, folders: [] } as const;
  const { job } = await watched.ended(await watched.engine.backUp({ sourceName: 'Small files', picked }));
  if (job.receipt === undefined || job.filesDone !== files.length)
    throw new Error(`The backup ended as ${JSON.stringify(job)}`);
  return job.receipt.snapshotId;
}

async function restore(
  watched: WatchedEngine,
  snapshotId: SnapshotId,
  target: RestoreTarget,
): Promise<number> {
  const startedAtMs = performance.now();
  const jobId = await watched.engine.restore({ snapshotId, selection: [[]], target });
  const { job, seenAtMs } = await watched.ended(jobId);
  if (job.phase !== 'done' || job.problemsTotal > 0)
    throw new Error(`The restore ended as ${JSON.stringify({ ...job, problems: job.problems.slice(0, 3) })}`);
  return seenAtMs - startedAtMs;
}

/** Rejects unless every file is there and the compared ones are equal. */
async function compare(files: readonly SmallFile[], root: FileSystemDirectoryHandle): Promise<void> {
  for (const [index, { path, file }] of files.entries()) {
    const [folder = '', name = ''] = path;
    const handle = await (await root.getDirectoryHandle(folder)).getFileHandle(name);
    if (index % COMPARED_EVERY !== 0) continue;
    const [restored, original] = await Promise.all([(await handle.getFile()).bytes(), file.bytes()]);
    if (!equalBytes(restored, original)) throw new Error(`${path.join('/')} was not restored as it was.`);
  }
}

/** Takes a download as fast as it comes, and gives its length. */
async function receive(port: MessagePort): Promise<number> {
  let receivedBytes = 0;
  const pull = (): void => {
    port.postMessage({ type: 'pull' } satisfies DownloadPortMessage);
  };
  return new Promise((resolve, reject) => {
    port.onmessage = ({ data }: MessageEvent<DownloadPortMessage>) => {
      if (data.type === 'data') {
        receivedBytes += data.bytes.length;
        pull();
      } else if (data.type === 'end') resolve(receivedBytes);
      else reject(new Error(`The download ended with "${data.type}".`));
    };
    pull();
  });
}

/**
 * A very large file on its whole way: backed up, changed in one byte, backed up again, restored as a download
 * that goes through the product's own service worker.
 */
import { createDownloads } from '../../../web/bridge/download.ts';
import { registerServiceWorker } from '../../../web/bridge/sw-client.ts';
import type { SnapshotId } from '../../../shared/ids.ts';
import { RANDOM_FILE } from '../tasks.ts';
import type { Figures, KeystreamRequest, Task } from '../tasks.ts';
import { openRandomFile } from './random-file.ts';
import { WatchedEngine, mark } from './watched-engine.ts';
import { askWorker } from './worker-answer.ts';

/** Gives milliseconds of both backups and of the restore, and the bytes that the second backup sent. */
export async function runLarge(task: Extract<Task, { readonly type: 'large' }>): Promise<Figures> {
  await keystreamFile({ verb: 'write', keyHex: task.keyHex, sizeBytes: task.sizeBytes });
  const serviceWorker = registerServiceWorker(navigator.serviceWorker, './sw.js', (detail) => {
    throw new Error(detail);
  });
  await navigator.serviceWorker.ready;
  return WatchedEngine.run(task.serverUrl, async (watched) => {
    await watched.signUp(task.firstRunToken);
    const first = await backUp(watched, 'first');
    await keystreamFile({ verb: 'change', offset: task.changedByte });
    const second = await backUp(watched, 'second');
    const downloads = createDownloads({ document, serviceWorker, randomUuid: () => crypto.randomUUID() });
    if (!downloads.streams) throw new Error('There is no service worker.');
    await mark('restore-start');
    const startedAtMs = performance.now();
    const { port, ended } = await downloads.open({
      fileName: task.downloadName,
      as: 'file',
      sizeBytes: task.sizeBytes,
    });
    const jobId = await watched.engine.restore({
      snapshotId: second.snapshotId,
      selection: [[RANDOM_FILE]],
      target: { kind: 'stream', as: 'file', port },
    });
    const { job, seenAtMs } = await watched.ended(jobId);
    await mark('restore-end');
    if (job.phase !== 'done' || job.problemsTotal > 0 || (await ended) !== 'ended')
      throw new Error(`The restore ended as ${JSON.stringify(job)}`);
    return {
      firstMs: first.ms,
      secondMs: second.ms,
      secondSentBytes: second.sentBytes,
      restoreMs: seenAtMs - startedAtMs,
    };
  });
}

async function backUp(
  watched: WatchedEngine,
  step: string,
): Promise<{ readonly ms: number; readonly sentBytes: number; readonly snapshotId: SnapshotId }> {
  const file = await openRandomFile();
  await mark(`${step}-start`);
  const startedAtMs = performance.now();
  const jobId = await watched.engine.backUp({
    sourceName: 'Large',
    picked: { kind: 'files', files: [{ path: [RANDOM_FILE], file }], folders: [] },
  });
  const { job, seenAtMs } = await watched.ended(jobId);
  await mark(`${step}-end`);
  if (job.receipt === undefined || job.bytesDone !== file.size)
    throw new Error(`The backup ended as ${JSON.stringify(job)}`);
  return { ms: seenAtMs - startedAtMs, sentBytes: job.bytesTransferred, snapshotId: job.receipt.snapshotId };
}

async function keystreamFile(request: KeystreamRequest): Promise<void> {
  const worker = new Worker(new URL('../page-worker/keystream-file.ts', import.meta.url), { type: 'module' });
  await askWorker(worker, request);
}

/** The engine in Node as a device that backs up and restores: far faster than a browser, and the same code. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobProgress, PickedSource, SnapshotInfo } from '../../web/bridge/engine-api.ts';
import type { SnapshotId } from '../../shared/ids.ts';
import type { EnginePorts } from '../../web/worker/ports.ts';
import { received } from '../worker/downloads.ts';
import { startEngine } from '../worker/engine-client.ts';
import type { EngineClient } from '../worker/engine-client.ts';
import type { TreeFacts } from './file-tree.ts';
import { MemoryFolder } from './memory-folder.ts';
import { readZipBlob } from './restored-zip.ts';
import type { CleanUp } from './temp-dir.ts';
import { waitFor } from './wait.ts';

const QUEUE_LIMIT_MS = 120_000;
/** A download hears of its job's end at once; this is for machines that are busy. */
const TOLD_WITHIN_MS = 20_000;

// Node warns of more than ten listeners on one signal. A job's signal has one for each part that waits.
setMaxListeners(0);

/** Content by path, `/` between names. */
export type Contents = Readonly<Record<string, Uint8Array<ArrayBuffer>>>;

/** An engine of its own, connected to the server at `url` (http), until the test ends. */
export async function startDevice(
  test: CleanUp,
  url: string,
  ports: Partial<EnginePorts> = {},
): Promise<EngineClient> {
  const client = await startEngine(url, ports);
  test.after(() => {
    client.engine.stop();
  });
  return client;
}

/** Backs `picked` up and resolves with the job as it ended. */
export async function backUp(
  client: EngineClient,
  sourceName: string,
  picked: PickedSource,
): Promise<JobProgress> {
  return client.ended(await client.engine.backUp({ sourceName, picked }));
}

/** The snapshot that a finished backup's receipt names. Throws if the backup failed or left files out. */
export function snapshotOf({ phase, receipt, problem, problems }: JobProgress): SnapshotId {
  if (phase !== 'done' || receipt === undefined || problems.length > 0) {
    throw new Error(`The backup is ${phase}: ${JSON.stringify([problem, ...problems])}`);
  }
  return receipt.snapshotId;
}

/** As `snapshotOf`, and for a backup that had to go into the queue what the server said when it came out of it. */
export async function acceptedSnapshot({ engine }: EngineClient, job: JobProgress): Promise<SnapshotId> {
  if (job.phase !== 'queued') return snapshotOf(job);
  return waitFor(
    'the queue to go out',
    async () => (await engine.outbox()).receipts.find(({ jobId }) => jobId === job.jobId)?.snapshotId,
    QUEUE_LIMIT_MS,
  );
}

/** The snapshot's description, once this device has heard of it. */
export function seenSnapshot({ engine }: EngineClient, snapshotId: SnapshotId): Promise<SnapshotInfo> {
  return waitFor('the snapshot', async () =>
    (await engine.listSnapshots()).find((snapshot) => snapshot.snapshotId === snapshotId),
  );
}

/**
 * Restores all or the paths given as a zip; resolves with the job as it ended and what the zip holds. Rejects where the
 * download was aborted, or was never told that the job is over.
 */
export async function restoreZip(
  client: EngineClient,
  snapshotId: SnapshotId,
  selection: readonly (readonly string[])[] = [[]],
): Promise<{ readonly job: JobProgress; readonly tree: TreeFacts }> {
  const { port1, port2 } = new MessageChannel();
  const arriving = received(port1);
  arriving.catch(() => undefined); // looked at below, after the job
  const target = { kind: 'stream', as: 'zip', port: port2 } as const;
  const job = await client.ended(await client.engine.restore({ snapshotId, selection, target }));
  const never = new AbortController();
  const untold = sleep(TOLD_WITHIN_MS, undefined, { signal: never.signal }).then(() => {
    throw new Error(
      `The restore is ${job.phase}, and its download was not told: ${JSON.stringify(job.problem)}`,
    );
  });
  const zip = await Promise.race([arriving, untold]).finally(() => {
    never.abort();
    port1.close();
  });
  return { job, tree: await readZipBlob(new Blob([new Uint8Array(zip)])) };
}

/** Restores a whole snapshot into a folder; resolves with the job as it ended and the folder. */
export async function restoreFolder(
  client: EngineClient,
  snapshotId: SnapshotId,
): Promise<{ readonly job: JobProgress; readonly folder: MemoryFolder }> {
  const folder = new MemoryFolder();
  const target = { kind: 'folder', handle: folder.handle, conflict: 'replace' } as const;
  const job = await client.ended(await client.engine.restore({ snapshotId, selection: [[]], target }));
  return { job, folder };
}

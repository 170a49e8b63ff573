/** Backs trees up with the real parts, into chunks that are kept in memory. */
import type { TestContext } from 'node:test';
import type { Extent } from '../../shared/format/folder-node.ts';
import { randomId } from '../../shared/ids.ts';
import type { JobId } from '../../shared/ids.ts';
import { secureRandom } from '../../shared/crypto/primitives.ts';
import { ContentIntake } from '../../web/worker/backup/content-intake.ts';
import { FolderWriter, folderNodes } from '../../web/worker/backup/folder-writer.ts';
import { KnownContent } from '../../web/worker/backup/known-content.ts';
import { Packer } from '../../web/worker/backup/packer.ts';
import { Reuse } from '../../web/worker/backup/reuse.ts';
import type { SourceFolder } from '../../web/worker/backup/source-tree.ts';
import { TreeBackup } from '../../web/worker/backup/tree-backup.ts';
import { Job } from '../../web/worker/jobs/job.ts';
import { FolderReader } from '../../web/worker/vault/folder-reader.ts';
import { testKeyring } from '../helpers/vault.ts';
import { startReader } from './engine-ports.ts';
import { ManualClock } from './manual-clock.ts';
import type { StoredChunks } from './stored-chunks.ts';

const { gearTable, digestKey } = await testKeyring();

export interface BackedUp {
  readonly root: readonly Extent[];
  readonly job: Job;
  readonly tree: TreeBackup;
}

export interface BackupOptions {
  /** Roots of earlier snapshots, newest first. */
  readonly earlier?: readonly (readonly Extent[])[];
  /** Roots of other sources’ snapshots. */
  readonly others?: readonly (readonly Extent[])[];
  /** Reads every file, whatever its time. */
  readonly isFull?: boolean;
  readonly busySinceMs?: number;
  readonly job?: Job;
}

export function newJob(): Job {
  const identity = { jobId: randomId<JobId>(secureRandom), kind: 'backup', title: '' } as const;
  return new Job(identity, new ManualClock(), () => undefined);
}

const DEFAULTS = { earlier: [], others: [], isFull: false, busySinceMs: 0 } as const;

/** Backs up into `chunks`, which the device believes to be all there. */
export async function backUp(
  test: TestContext,
  source: SourceFolder,
  chunks: StoredChunks,
  options: BackupOptions = {},
): Promise<BackedUp> {
  const { earlier, others, isFull, busySinceMs } = { ...DEFAULTS, ...options };
  const { job = newJob() } = options;
  const folderPacker = new Packer(chunks.writer, 'folders');
  const failed = new AbortController();
  const reader = chunks.earlierReader();
  const asSearched = (root: readonly Extent[]) => ({ root, filesTotal: 1 });
  const known = new KnownContent(reader, earlier.map(asSearched), others.map(asSearched));
  const intake = new ContentIntake(
    { startReader, writer: chunks.writer, packer: new Packer(chunks.writer, 'content'), known },
    { gearTable, digestKey, fixedSize: false },
    {
      onContent: (bytes) => {
        job.add({ bytes });
      },
      onFailure: (error) => {
        failed.abort(error);
      },
    },
  );
  test.after(() => {
    intake.close();
  });
  job.stopping.addEventListener('abort', () => {
    intake.stop(job.stopping.reason);
  });
  const reuse = new Reuse(reader, known, !isFull);
  const folders = new FolderWriter(folderPacker);
  const tree = new TreeBackup({ job, intake, folders, reuse, busySinceMs });
  const coming = await tree.walk(source, earlier);
  await intake.drain();
  const place = await coming.entry;
  await folderPacker.flush();
  const root = await folderNodes(place);
  await tree.noted(root);
  failed.signal.throwIfAborted();
  return { root, job, tree };
}

/** Every file below a folder with its content. */
export async function readBack(
  chunks: StoredChunks,
  nodes: readonly Extent[],
  prefix = '',
): Promise<Map<string, Buffer>> {
  const reader = new FolderReader(chunks.fetcher);
  const signal = new AbortController().signal;
  const files = new Map<string, Buffer>();
  for (const entry of await reader.list(nodes, signal)) {
    const path = prefix + entry.name;
    if (entry.kind === 'file') files.set(path, chunks.content(await reader.extents(entry, signal)));
    else
      for (const [inner, content] of await readBack(chunks, entry.nodes, `${path}/`))
        files.set(inner, content);
  }
  return files;
}

/** One backup from beginning to receipt: walk and write the tree, then commit; again if the server lacked something. */
import { HoldfastError } from '../../../shared/errors.ts';
import { NO_PREDECESSOR, sealSnapshot } from '../../../shared/format/sealed-snapshot.ts';
import type { SnapshotDescription } from '../../../shared/format/sealed-snapshot.ts';
import type { Extent } from '../../../shared/format/folder-node.ts';
import { randomId } from '../../../shared/ids.ts';
import type { DeviceId, SnapshotId, SourceId } from '../../../shared/ids.ts';
import type { BackupRequest, JobProgress } from '../../bridge/engine-api.ts';
import type { VaultSession } from '../account/vault-session.ts';
import type { ServerLink } from '../connection/server-link.ts';
import type { Job } from '../jobs/job.ts';
import type { EnginePorts } from '../ports.ts';
import { ChunkFetcher } from '../vault/chunk-fetcher.ts';
import { FolderReader } from '../vault/folder-reader.ts';
import type { KnownSnapshot, Mirror } from '../vault/mirror.ts';
import { ChunkWriter } from './chunk-writer.ts';
import { commitSnapshot } from './commit.ts';
import { ContentIntake } from './content-intake.ts';
import { FolderWriter, folderNodes } from './folder-writer.ts';
import { Outbox } from './outbox.ts';
import { Packer } from './packer.ts';
import { Reuse } from './reuse.ts';
import { countTree } from './source-count.ts';
import { withRules } from './rules.ts';
import { sourceTree } from './source-tree.ts';
import type { SourceFolder } from './source-tree.ts';
import { TreeBackup } from './tree-backup.ts';

/** How often the tree is written again because the server turned out to lack chunks. */
const COMMIT_TRIES = 3;

export interface BackupContext extends Pick<
  EnginePorts,
  'clock' | 'random' | 'checksum' | 'zstd' | 'startReader' | 'folderCache'
> {
  readonly session: VaultSession;
  readonly device: { readonly deviceId: DeviceId; readonly deviceName: string };
  readonly link: ServerLink;
  readonly mirror: Mirror;
}

interface WrittenTree {
  readonly root: readonly Extent[];
  readonly tree: TreeBackup;
}

/** Backs up and returns the server's receipt. Throws what stops a backup as a whole. */
export async function backUp(
  context: BackupContext,
  request: BackupRequest,
  job: Job,
): Promise<JobProgress['receipt']> {
  const takenAtMs = context.clock.nowMs();
  const source = withRules(sourceTree(request.picked), request.rules ?? [], () => undefined);
  const counting = countTree(source, job);
  const previous = previousSnapshot(context, request.sourceName);
  const snapshotId = randomId<SnapshotId>(context.random);
  for (let attempt = 1; attempt <= COMMIT_TRIES; attempt++) {
    const written = await writeTree(context, request, source, previous, job);
    await counting;
    job.enter('committing');
    const description = describe(context, request, takenAtMs, previous, written, job);
    const sealed = await sealSnapshot(
      context.session.keyrings.current,
      snapshotId,
      description,
      context.random,
    );
    const result = await commitSnapshot(
      context.link,
      { snapshotId, sealed, chunkIds: written.tree.chunkIds },
      job.signal,
    );
    if (result.kind === 'accepted') return { snapshotId, receivedAtMs: result.receivedAtMs };
    // The mirror promised more than the server has. What it lacks is read and sent again.
    for (const chunkId of result.chunkIds) context.mirror.chunks.delete(chunkId);
    job.enter('running');
  }
  throw new HoldfastError('snapshot-incomplete');
}

async function writeTree(
  context: BackupContext,
  { mode = 'incremental', compress = true }: BackupRequest,
  source: SourceFolder,
  previous: KnownSnapshot | undefined,
  job: Job,
): Promise<WrittenTree> {
  const { link, mirror, session } = context;
  const keyring = session.keyrings.current;
  // Whatever fails in a part fails the whole: its other parts stop waiting for it.
  const failed = new AbortController();
  const signal = AbortSignal.any([job.signal, failed.signal]);
  const outbox = new Outbox(link, context.checksum, job.gate, signal, {
    onSent: (payloadBytes) => {
      job.add({ transferredBytes: payloadBytes });
    },
    onStored: (chunkId) => {
      mirror.chunks.add(chunkId);
    },
  });
  const writer = new ChunkWriter(keyring, mirror.chunks, outbox, { ...context, compress });
  const contentPacker = new Packer(writer, 'content');
  const folderPacker = new Packer(writer, 'folders');
  const intake = new ContentIntake(
    { startReader: context.startReader, writer, packer: contentPacker },
    keyring.gearTable,
    {
      onContent: (bytes) => {
        job.add({ bytes });
      },
      onFailure: (error) => {
        failed.abort(error);
      },
    },
  );
  try {
    const fetcher = new ChunkFetcher(link, session.keyrings, context.zstd, { cache: context.folderCache });
    const reuse = new Reuse(new FolderReader(fetcher), mirror.chunks, mode === 'incremental', signal);
    const tree = new TreeBackup({ job, intake, folders: new FolderWriter(folderPacker), reuse });
    const work = writeAll(tree, source, previous?.description.root ?? [], { intake, folderPacker, outbox });
    return await Promise.race([work, rejection(signal)]);
  } finally {
    intake.close();
  }
}

async function writeAll(
  tree: TreeBackup,
  source: SourceFolder,
  earlierRoot: readonly Extent[],
  parts: { readonly intake: ContentIntake; readonly folderPacker: Packer; readonly outbox: Outbox },
): Promise<WrittenTree> {
  const rootEntry = await tree.walk(source, earlierRoot);
  await parts.intake.drain();
  const place = await rootEntry.entry;
  await parts.folderPacker.flush();
  const root = await folderNodes(place);
  await tree.noted(root);
  await parts.outbox.drained();
  return { root, tree };
}

function describe(
  context: BackupContext,
  { sourceName, mode = 'incremental' }: BackupRequest,
  takenAtMs: number,
  previous: KnownSnapshot | undefined,
  { root, tree }: WrittenTree,
  job: Job,
): SnapshotDescription {
  return {
    ...context.device,
    sourceId: previous?.description.sourceId ?? randomId<SourceId>(context.random),
    sourceName,
    takenAtMs,
    predecessor: previous?.link ?? NO_PREDECESSOR,
    mode: mode === 'full' ? 'full' : 'incremental',
    partial: false,
    filesTotal: tree.totals.files,
    foldersTotal: tree.totals.folders,
    bytesTotal: tree.totals.bytes,
    problemsTotal: job.progress().problemsTotal,
    root: [...root],
    extension: new Uint8Array(0),
  };
}

/** The newest snapshot of this source that this device made: what it says of times and sizes holds here. */
function previousSnapshot({ mirror, device }: BackupContext, sourceName: string): KnownSnapshot | undefined {
  return mirror
    .snapshots()
    .find(
      ({ description }) => description.deviceId === device.deviceId && description.sourceName === sourceName,
    );
}

async function rejection(signal: AbortSignal): Promise<never> {
  signal.throwIfAborted();
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}

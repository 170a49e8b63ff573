/** Puts the parts of one backup together, and writes a source's tree with them. */
import type { Extent } from '../../../shared/format/folder-node.ts';
import type { DeviceId } from '../../../shared/ids.ts';
import type { VaultSession } from '../account/vault-session.ts';
import type { Job } from '../jobs/job.ts';
import type { BackupRoute } from '../outbox/backup-route.ts';
import type { EnginePorts } from '../ports.ts';
import { inSignalScope } from '../signal-scope.ts';
import type { SignalScope } from '../signal-scope.ts';
import { ChunkFetcher } from '../vault/chunk-fetcher.ts';
import { FolderReader } from '../vault/folder-reader.ts';
import type { Mirror } from '../vault/mirror.ts';
import { ChunkWriter } from './chunk-writer.ts';
import { ContentIntake } from './content-intake.ts';
import { EarlierReader } from './earlier-reader.ts';
import { FirstPieces } from './first-pieces.ts';
import { FolderWriter, folderNodes } from './folder-writer.ts';
import { KnownContent } from './known-content.ts';
import type { ChunkOutbox } from './outbox.ts';
import { Packer } from './packer.ts';
import type { BackupPlan } from './plan.ts';
import { Reuse } from './reuse.ts';
import type { SourceFolder } from './source-tree.ts';
import { TreeBackup } from './tree-backup.ts';

/** Files that were modified within that time before a backup may be written to again at any moment. */
const BUSY_MS = 60_000;

export interface BackupContext extends Pick<
  EnginePorts,
  'clock' | 'random' | 'zstd' | 'startReader' | 'folderCache'
> {
  readonly session: VaultSession;
  readonly device: { readonly deviceId: DeviceId; readonly deviceName: string };
  readonly mirror: Mirror;
  readonly route: BackupRoute;
}

export interface WrittenTree {
  readonly root: readonly Extent[];
  readonly tree: TreeBackup;
}

/** Where sealed chunks go, and how they are made. */
interface Sealing {
  readonly outbox: ChunkOutbox;
  readonly writer: ChunkWriter;
  readonly firstPieces: FirstPieces;
}

/**
 * Writes the tree as far as the job goes. Resolves when all of it is stored, or sealed on this device; throws what
 * stops it as a whole.
 */
export async function writeTree(
  context: BackupContext,
  plan: BackupPlan,
  source: SourceFolder,
  job: Job,
): Promise<WrittenTree> {
  // Whatever fails in a part fails the whole: its other parts stop waiting for it.
  return inSignalScope(job.signal, async (scope) => writeInScope(context, plan, source, job, scope));
}

async function writeInScope(
  context: BackupContext,
  plan: BackupPlan,
  source: SourceFolder,
  job: Job,
  scope: SignalScope,
): Promise<WrittenTree> {
  const { signal } = scope;
  const sealing = startSealing(context, plan, job, signal);
  const { route, session, zstd, folderCache } = context;
  const fetcher = new ChunkFetcher(route.link, session.keyrings, zstd, { cache: folderCache });
  const reader = new EarlierReader(new FolderReader(fetcher), route.known, signal);
  const known = new KnownContent(reader, plan.own, plan.others);
  const intake = startIntake(context, plan, job, { writer: sealing.writer, known, scope });
  const stop = (): void => {
    intake.stop(job.stopping.reason);
  };
  job.stopping.addEventListener('abort', stop, { once: true });
  try {
    const folderPacker = new Packer(sealing.writer, 'folders');
    const reuse = new Reuse(reader, known, plan.mode !== 'full');
    const busySinceMs = context.clock.nowMs() - BUSY_MS;
    const folders = new FolderWriter(folderPacker);
    const tree = new TreeBackup({ job, intake, folders, reuse, busySinceMs });
    const work = writeAll(tree, source, plan, { intake, folderPacker, outbox: sealing.outbox, job });
    return await Promise.race([work, rejection(signal)]);
  } finally {
    job.stopping.removeEventListener('abort', stop);
    intake.close();
    sealing.firstPieces.release();
  }
}

function startSealing(context: BackupContext, plan: BackupPlan, job: Job, signal: AbortSignal): Sealing {
  const { route, mirror, session } = context;
  const firstPieces = new FirstPieces();
  const outbox = route.outbox(signal, {
    onSent: (payloadBytes) => {
      job.add({ transferredBytes: payloadBytes });
    },
    onStored: (chunkId) => {
      mirror.chunks.add(chunkId);
    },
    onFree: (sealedPieces) => {
      firstPieces.takeBack(sealedPieces);
    },
  });
  const writer = new ChunkWriter(session.keyrings.current, route.known, outbox, {
    ...context,
    compress: plan.settings.compress,
    allot: (lengthBytes) => firstPieces.allot(lengthBytes),
    onNew: (newBytes, storedBytes) => {
      job.addSizes({ newBytes, storedBytes });
    },
  });
  return { outbox, writer, firstPieces };
}

function startIntake(
  { startReader, session }: BackupContext,
  { settings }: BackupPlan,
  job: Job,
  parts: { readonly writer: ChunkWriter; readonly known: KnownContent; readonly scope: SignalScope },
): ContentIntake {
  const { writer, known, scope } = parts;
  const { gearTable, digestKey } = session.keyrings.current;
  return new ContentIntake(
    { startReader, writer, known, packer: new Packer(writer, 'content') },
    { gearTable, digestKey, fixedSize: settings.fixedSize },
    {
      onContent: (bytes) => {
        job.add({ bytes });
        job.addSizes({ readBytes: bytes });
      },
      onFailure: (error) => {
        scope.abort(error);
      },
    },
  );
}

async function writeAll(
  tree: TreeBackup,
  source: SourceFolder,
  plan: BackupPlan,
  parts: {
    readonly intake: ContentIntake;
    readonly folderPacker: Packer;
    readonly outbox: ChunkOutbox;
    readonly job: Job;
  },
): Promise<WrittenTree> {
  const rootEntry = await tree.walk(source, plan.earlierRoots);
  parts.job.count(tree.seen, true);
  await parts.intake.drain();
  const place = await rootEntry.entry;
  await parts.folderPacker.flush();
  const root = await folderNodes(place);
  await tree.noted(root);
  await parts.outbox.drained();
  return { root, tree };
}

async function rejection(signal: AbortSignal): Promise<never> {
  signal.throwIfAborted();
  return new Promise((_, reject) => {
    const stop = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}

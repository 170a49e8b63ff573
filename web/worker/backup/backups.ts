/**
 * Starts backups as jobs: each between two looks at what the server has. One that finds no connection is sealed into
 * the queue; so is one whose source has earlier snapshots there, since they go out in their order.
 */
import { toHoldfastError } from '../../../shared/errors.ts';
import type { HoldfastError } from '../../../shared/errors.ts';
import { randomId } from '../../../shared/ids.ts';
import type { JobId, SnapshotId, SourceId, VaultId } from '../../../shared/ids.ts';
import type { BackupRequest, JobProgress } from '../../bridge/engine-api.ts';
import { whileConnected } from '../connection/while-connected.ts';
import type { Job } from '../jobs/job.ts';
import { BackupRoute } from '../outbox/backup-route.ts';
import { isStuck } from '../outbox/queue.ts';
import type { QueueEntry } from '../outbox/ports.ts';
import type { QueuedSnapshot } from '../outbox/queued-vault.ts';
import { Room, deviceFull, expectRoom } from '../outbox/room.ts';
import { SealedBackup } from '../outbox/sealed-backup.ts';
import type { ServiceContext } from '../service-context.ts';
import { ChunkFetcher } from '../vault/chunk-fetcher.ts';
import { FolderReader } from '../vault/folder-reader.ts';
import { backUp } from './backup-job.ts';
import type { SnapshotToMake } from './backup-job.ts';
import { leastNewBytes } from './least-new.ts';
import { planBackup } from './plan.ts';
import type { BackupPlan } from './plan.ts';
import { withRules } from './rules.ts';
import { sourceTree } from './source-tree.ts';

/** So long a backup that begins waits for a connection. */
const FIRST_PATIENCE_MS = 1_500;

type Receipt = JobProgress['receipt'];

/** What waits in the queue already, as far as it concerns a backup. */
interface Waiting {
  /** The snapshots that the new one follows, newest first. */
  readonly before: readonly QueuedSnapshot[];
  /** Whether an entry is one of its source. */
  readonly isOwn: (entry: QueueEntry) => boolean;
  /** Whether the new one has to wait for others of its source, or goes on with what a dead one left. */
  readonly isQueued: boolean;
  /** What a dead one left of it on this device. */
  readonly leftBytes: number;
  /** What the new one takes the place of: the server lacks what they need. */
  readonly superseded: readonly QueueEntry[];
}

export class Backups {
  readonly #context: ServiceContext;
  readonly #applyRetention: (sourceId: SourceId) => Promise<unknown>;

  constructor(context: ServiceContext, applyRetention: (sourceId: SourceId) => Promise<unknown>) {
    this.#context = context;
    this.#applyRetention = applyRetention;
  }

  /** Backs up what was picked; how it goes is in the job. `onEnded` hears once it has ended, and with what failure. */
  start(request: BackupRequest, onEnded: (failure?: HoldfastError) => void = () => undefined): JobId {
    return this.#context.jobs.start('backup', request.sourceName, async (job) => {
      try {
        const receipt = await this.#run(request, job);
        if (job.stopping.aborted) onEnded(toHoldfastError(job.stopping.reason));
        else onEnded();
        return receipt;
      } catch (error) {
        onEnded(toHoldfastError(job.signal.aborted ? job.signal.reason : error));
        throw error;
      }
    });
  }

  async #run(request: BackupRequest, job: Job): Promise<Receipt> {
    const { ports, vault, queue, device } = this.#context;
    const isOnline = await this.#sync(job, FIRST_PATIENCE_MS);
    const { plan, waiting } = await this.#plan(request, isOnline);
    const snapshot: SnapshotToMake = {
      snapshotId: randomId<SnapshotId>(ports.random),
      sourceName: request.sourceName,
      takenAtMs: ports.clock.nowMs(),
      plan,
    };
    const route = await this.#route(job, snapshot, waiting);
    try {
      if (!isOnline || waiting.isQueued) {
        await this.#expectRoom(request, plan, waiting, job.signal);
        await route.goOffline();
      } else route.watch();
      const { session, mirror } = vault;
      const receipt = await backUp({ ...ports, session, device, mirror, route }, snapshot, request, job);
      await this.#supersede(waiting.superseded);
      if (receipt !== undefined) {
        const { vaultId } = session;
        const { jobId, bytesTransferred: sentBytes } = job.progress();
        const { sourceId } = plan;
        const madeAtMs = snapshot.takenAtMs;
        await queue.accept({ ...receipt, jobId, vaultId, sourceId, madeAtMs, sentBytes, wasQueued: false });
      }
      await this.#ended(receipt, job);
      return receipt;
    } finally {
      await route.close(isDiscarded(job));
    }
  }

  /** Whether the mirror is up to date; false without a connection. */
  async #sync(job: Job, patienceMs: number): Promise<boolean> {
    const { link, ports, vault } = this.#context;
    const synced = await whileConnected(
      { link, clock: ports.clock, patienceMs },
      job.signal,
      async (signal) => {
        await vault.sync(signal);
        return true;
      },
    );
    return synced === true;
  }

  async #plan(
    request: BackupRequest,
    isOnline: boolean,
  ): Promise<{ readonly plan: BackupPlan; readonly waiting: Waiting }> {
    const { ports, device, vault, queue, queued } = this.#context;
    const snapshots = vault.mirror.snapshots();
    const accepted = new Set(snapshots.map(({ record }) => record.snapshotId));
    const all = (await queued.snapshots()).filter(({ entry }) => !accepted.has(entry.snapshotId));
    const newId = (): SourceId => randomId<SourceId>(ports.random);
    // Which source it is may be known from the queue alone.
    const { sourceId } = planBackup([...all, ...snapshots], request, device.deviceId, newId);
    const own = all.filter(({ description }) => description.sourceId === sourceId);
    const sources = new Set([...all, ...snapshots].map(({ description }) => description.sourceId));
    const isOwn = isOwnEntry(vault.session.vaultId, sourceId, sources);
    const entries = (await queue.load()).entries.filter(isOwn);
    const supersedes = isOnline && entries.some(isStuck);
    const before = supersedes ? [] : own;
    const plan = planBackup([...before, ...snapshots], { ...request, sourceId }, device.deviceId, newId);
    // What is being sealed is somebody else's, or for the next backup without a connection.
    const superseded = supersedes ? entries.filter(({ state }) => state !== 'sealing') : [];
    const isQueued = entries.length > 0 && !supersedes;
    return { plan, waiting: { before, isOwn, isQueued, leftBytes: leftBytesOf(entries), superseded } };
  }

  async #route(
    job: Job,
    { snapshotId, takenAtMs, plan }: SnapshotToMake,
    { before, isOwn }: Waiting,
  ): Promise<BackupRoute> {
    const { ports, link, vault, queue, queued } = this.#context;
    const { sourceId } = plan;
    const { vaultId } = vault.session;
    const { jobId } = job.progress();
    const room = new Room(ports.outbox.freeBytes, ports.clock, {
      onShort: (missingBytes) => {
        job.shortOf(missingBytes === undefined ? undefined : deviceFull(missingBytes));
      },
    });
    const restBytes = (): number => {
      const { bytesTotal, bytesDone } = job.progress();
      return bytesTotal - bytesDone;
    };
    const identity = { jobId, vaultId, sourceId, snapshotId, madeAtMs: takenAtMs };
    return new BackupRoute({
      ports,
      link,
      job,
      known: [vault.mirror.chunks, await queued.chunks(before)],
      seal: async () =>
        SealedBackup.begin({ ports, queue, room, isOwn, restBytes, signal: job.signal }, identity),
    });
  }

  /** Throws `device-short` where the backup can't be kept on this device, before any of it is. */
  async #expectRoom(
    { picked }: BackupRequest,
    plan: BackupPlan,
    { leftBytes }: Waiting,
    signal: AbortSignal,
  ): Promise<void> {
    const { ports, link, vault } = this.#context;
    if ((await ports.outbox.freeBytes()) === undefined) return;
    const options = { cache: ports.folderCache, isPatient: false };
    const folders = new FolderReader(new ChunkFetcher(link, vault.session.keyrings, ports.zstd, options));
    const source = withRules(sourceTree(picked), plan.settings.rules, () => undefined);
    const bytes = await leastNewBytes({ source, plan, folders }, signal);
    await expectRoom(ports.outbox.freeBytes, bytes - leftBytes);
  }

  /** Takes out of the queue what the new snapshot takes the place of. */
  async #supersede(superseded: readonly QueueEntry[]): Promise<void> {
    if (superseded.length === 0) return;
    const { queue, ports, log } = this.#context;
    const jobIds = new Set(superseded.map(({ jobId }) => jobId));
    for (const { file } of await queue.remove(({ jobId }) => jobIds.has(jobId)))
      await ports.outbox.files.remove(file);
    log('warn', 'Queued backups that the server could not take were replaced by a new one of their source');
  }

  async #ended(receipt: Receipt, job: Job): Promise<void> {
    const { vault, tell } = this.#context;
    tell({ type: 'sources-changed' });
    if (receipt === undefined || !(await this.#sync(job, FIRST_PATIENCE_MS))) return;
    tell({ type: 'sources-changed' });
    const { description } = vault.mirror.snapshot(receipt.snapshotId);
    // Not part of the job: what is kept and what not is no matter of this backup, and may wait for the server.
    if (!description.partial) void this.#keepByPolicy(description.sourceId);
  }

  async #keepByPolicy(sourceId: SourceId): Promise<void> {
    try {
      await this.#applyRetention(sourceId);
    } catch (error) {
      if (!this.#context.vault.signal.aborted)
        this.#context.log('warn', `Old snapshots were not removed: ${toHoldfastError(error).message}`);
    }
  }
}

/**
 * Which entries are of a source: also what the first backup of some source left when it died, since nothing tells any
 * more which that was. `sources`: those that there are snapshots of.
 */
function isOwnEntry(
  vaultId: VaultId,
  sourceId: SourceId,
  sources: ReadonlySet<SourceId>,
): (entry: QueueEntry) => boolean {
  return (entry) => {
    const isLost = entry.state === 'sealing' && !sources.has(entry.sourceId) && !sources.has(sourceId);
    return entry.vaultId === vaultId && (entry.sourceId === sourceId || isLost);
  };
}

function leftBytesOf(entries: readonly QueueEntry[]): number {
  const left = entries.filter(({ state }) => state === 'sealing');
  return left.reduce((sum, { sealedBytes }) => sum + sealedBytes, 0);
}

/** Whether a person wants nothing of it; what ended otherwise is left to the next backup. */
function isDiscarded({ signal }: Job): boolean {
  return signal.aborted && toHoldfastError(signal.reason).code === 'cancelled';
}

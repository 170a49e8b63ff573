/** Whether what was backed up can be had again: reads snapshots back, and maps what the server found damaged to files. */
import { HoldfastError } from '../../../shared/errors.ts';
import type { JobId, SnapshotId } from '../../../shared/ids.ts';
import type { Damage, VerifyDepth } from '../../bridge/history-api.ts';
import { Pace } from '../history/pace.ts';
import type { ServiceContext } from '../service-context.ts';
import { bySource, idsAt } from '../vault/by-source.ts';
import { ChunkFetcher } from '../vault/chunk-fetcher.ts';
import type { FetchOptions } from '../vault/chunk-fetcher.ts';
import { FolderReader } from '../vault/folder-reader.ts';
import type { KnownSnapshot } from '../vault/mirror.ts';
import { ChunkChecker } from './chunk-checker.ts';
import type { CheckerOptions } from './chunk-checker.ts';
import { findHits } from './damage.ts';
import type { DamageParts } from './damage.ts';
import { sample } from './sample.ts';
import { verifyTree } from './verify-job.ts';

/** Content that a sample reads, about; of smaller snapshots all. */
const SAMPLE_BYTES = 256 * 1024 * 1024;

/** So much damage is told; more of it would say nothing new. */
const DAMAGE_TOLD = 10_000;

export class Verification {
  readonly #context: ServiceContext;

  constructor(context: ServiceContext) {
    this.#context = context;
  }

  /** Starts to read a snapshot back as a job, whose receipt names the snapshot. Throws `snapshot-missing`. */
  start(snapshotId: SnapshotId, depth: VerifyDepth): JobId {
    const { vault, jobs, ports } = this.#context;
    const { description, record } = vault.mirror.snapshot(snapshotId);
    const { filesTotal, bytesTotal } = description;
    return jobs.start('verify', description.sourceName, async (job) => {
      await vault.sync(job.signal);
      const countsBytes = depth !== 'metadata';
      job.count({ files: filesTotal, bytes: countsBytes ? bytesTotal : 0 });
      const options = {
        onReceived: (transferredBytes: number): void => {
          job.add({ transferredBytes });
        },
      };
      const checker = new ChunkChecker(
        this.#fetcher(options),
        { isKnown: (id) => vault.mirror.chunks.has(id), isRead: this.#choose(depth, bytesTotal) },
        job.signal,
      );
      const folders = new FolderReader(this.#fetcher({ ...options, cache: ports.folderCache }));
      await verifyTree({ folders, checker, countsBytes }, description.root, job);
      return { snapshotId, receivedAtMs: record.receivedAtMs };
    });
  }

  /** Newest snapshots first; those in the trash are left out. Throws `offline`. */
  async listDamage(): Promise<Damage[]> {
    const { vault, link, ports } = this.#context;
    const { signal, mirror } = vault;
    if (!link.isConnected) throw new HoldfastError('offline');
    await vault.sync();
    const answer = await link.request({ type: 'get-damage' }, ['damage'], signal);
    const hit = new Set(answer.snapshotIds);
    const snapshots = mirror
      .snapshots()
      .filter(({ mark, record: { snapshotId } }) => mark !== 'trashed' && hit.has(snapshotId));
    const folders = new FolderReader(this.#fetcher({ cache: ports.folderCache, isPatient: false }));
    const pace = new Pace(ports.clock, signal);
    const parts: DamageParts = {
      read: async (node) => {
        await pace.step();
        return folders.list([node], signal);
      },
      extents: async (file) => folders.extents(file, signal),
      damaged: new Set(answer.chunkIds),
    };
    return damageOf(parts, snapshots);
  }

  #fetcher(options: FetchOptions): ChunkFetcher {
    const { link, vault, ports } = this.#context;
    return new ChunkFetcher(link, vault.session.keyrings, ports.zstd, options);
  }

  /** Folders are always read. */
  #choose(depth: VerifyDepth, bytesTotal: number): CheckerOptions['isRead'] {
    const share = { metadata: 0, sample: SAMPLE_BYTES / Math.max(1, bytesTotal), full: 1 }[depth];
    const isDrawn = sample(share, this.#context.ports.random);
    return (kind, id) => kind === 'folders' || isDrawn(id);
  }
}

async function damageOf(parts: DamageParts, snapshots: readonly KnownSnapshot[]): Promise<Damage[]> {
  const told = new Map<SnapshotId, Damage[]>(snapshots.map(({ record }) => [record.snapshotId, []]));
  let left = DAMAGE_TOLD;
  for (const ofSource of bySource(snapshots)) {
    const roots = ofSource.map(({ description }) => description.root);
    for await (const { path, members } of findHits(parts, roots)) {
      for (const snapshotId of idsAt(ofSource, members.slice(0, left)))
        told.get(snapshotId)?.push(damageAt(snapshotId, path));
      left = Math.max(0, left - members.length);
      if (left === 0) break;
    }
  }
  return [...told.values()].flat();
}

function damageAt(snapshotId: SnapshotId, path: readonly string[]): Damage {
  return path.length === 0 ? { snapshotId } : { snapshotId, path };
}

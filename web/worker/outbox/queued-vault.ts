/**
 * The queued snapshots of an open vault: what the next backup of their source follows and compares with. They are kept
 * apart from the server's, of which the mirror tells; once the server has one, it is in the mirror.
 */
import type { Bytes } from '../../../shared/crypto/primitives.ts';
import { toHoldfastError } from '../../../shared/errors.ts';
import { openSnapshot, snapshotLink } from '../../../shared/format/sealed-snapshot.ts';
import type { SnapshotDescription } from '../../../shared/format/sealed-snapshot.ts';
import type { JobId } from '../../../shared/ids.ts';
import type { VaultSession } from '../account/vault-session.ts';
import { problemOf } from '../problems.ts';
import { ChunkIndex } from '../vault/chunk-index.ts';
import { readKind, records } from './outbox-file.ts';
import type { OutboxFiles, QueueEntry } from './ports.ts';
import type { Queue } from './queue.ts';

export interface QueuedSnapshot {
  readonly entry: QueueEntry;
  readonly description: SnapshotDescription;
  readonly link: Bytes;
}

type Opened = Omit<QueuedSnapshot, 'entry'>;

export class QueuedVault {
  readonly #session: VaultSession;
  readonly #queue: Queue;
  readonly #files: OutboxFiles;
  readonly #opened = new Map<JobId, Opened>();

  constructor(session: VaultSession, queue: Queue, files: OutboxFiles) {
    this.#session = session;
    this.#queue = queue;
    this.#files = files;
  }

  /** Newest first. What can't be read any more needs its source, and is left out. */
  async snapshots(): Promise<QueuedSnapshot[]> {
    const { entries } = await this.#queue.load();
    const snapshots: QueuedSnapshot[] = [];
    for (const entry of entries) {
      if (entry.vaultId !== this.#session.vaultId || entry.snapshotAt === undefined) continue;
      const opened = await this.#open(entry, entry.snapshotAt);
      if (opened !== undefined) snapshots.unshift({ entry, ...opened });
    }
    return snapshots;
  }

  /** The names of sources as far as they are known, by job; what is sealed since is looked up at the next call. */
  nameOf(jobId: JobId): string | undefined {
    return this.#opened.get(jobId)?.description.sourceName;
  }

  /** Every chunk that these snapshots need: all of it is on the server once they are. */
  async chunks(snapshots: readonly QueuedSnapshot[]): Promise<ChunkIndex> {
    const chunks = new ChunkIndex();
    for (const { entry } of snapshots) {
      const { file, pagesAt = 0, snapshotAt = 0 } = entry;
      for await (const { record } of records(this.#files, file, pagesAt, snapshotAt))
        if (record.kind === 'page') chunks.addPage(record.chunkIds);
    }
    return chunks;
  }

  async #open(entry: QueueEntry, snapshotAt: number): Promise<Opened | undefined> {
    const known = this.#opened.get(entry.jobId);
    if (known !== undefined) return known;
    const { keyrings } = this.#session;
    try {
      const { snapshotId, sealed } = await readKind(this.#files, entry.file, snapshotAt, 'snapshot');
      const opened = {
        description: await openSnapshot(keyrings, snapshotId, sealed),
        link: await snapshotLink(keyrings, snapshotId, sealed),
      };
      this.#opened.set(entry.jobId, opened);
      return opened;
    } catch (error) {
      const problem = problemOf(toHoldfastError(error));
      await this.#queue.update(entry.jobId, () => ({ state: 'needs-source', problem }));
      return undefined;
    }
  }
}

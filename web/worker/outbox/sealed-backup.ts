/**
 * A backup that is sealed into a file of this device: chunks as they come, then reference pages, then the sealed
 * snapshot. It counts as queued from then on. What a dead backup of the source left behind is taken up first.
 */
import { release } from '../../../shared/release.ts';
import { toHoldfastError } from '../../../shared/errors.ts';
import { packIds } from '../../../shared/format/outbox-record.ts';
import type { OutboxRecord } from '../../../shared/format/outbox-record.ts';
import { refPagesOf } from '../../../shared/format/ref-pages.ts';
import { randomId } from '../../../shared/ids.ts';
import type { ChunkId, JobId, SnapshotId, SourceId, VaultId } from '../../../shared/ids.ts';
import type { SnapshotToCommit } from '../backup/commit.ts';
import type { Piece } from '../connection/wire-connection.ts';
import { Turns } from '../jobs/turns.ts';
import type { EnginePorts } from '../ports.ts';
import { ChunkIndex } from '../vault/chunk-index.ts';
import { appendRecord, openTail } from './outbox-file.ts';
import type { AppendFile, QueueEntry } from './ports.ts';
import type { Queue } from './queue.ts';
import type { Room } from './room.ts';
import { takeSealLock } from './seal-lock.ts';

const NOTED_EVERY_MS = 1_000;

export interface SealingIdentity {
  readonly jobId: JobId;
  readonly vaultId: VaultId;
  readonly sourceId: SourceId;
  readonly snapshotId: SnapshotId;
  readonly madeAtMs: number;
}

export interface SealingContext {
  readonly ports: Pick<EnginePorts, 'outbox' | 'locks' | 'clock' | 'checksum' | 'random'>;
  readonly queue: Queue;
  readonly room: Room;
  /** Whether what a dead backup left in the queue is this one's to go on with. */
  readonly isOwn: (entry: QueueEntry) => boolean;
  /** About what is still to come. */
  readonly restBytes: () => number;
  readonly signal: AbortSignal;
}

/** The file of a backup, open, and what is in it already. */
interface OpenFile {
  readonly entry: QueueEntry;
  readonly file: AppendFile;
  readonly chunks: ChunkIndex;
  readonly letGo: () => void;
}

export class SealedBackup {
  /** What is in the file. */
  readonly chunks: ChunkIndex;
  readonly #context: SealingContext;
  readonly #entry: QueueEntry;
  readonly #file: AppendFile;
  readonly #letGo: () => void;
  readonly #writing = new Turns();
  #notedAtMs = 0;

  private constructor(context: SealingContext, { entry, file, chunks, letGo }: OpenFile) {
    this.#context = context;
    this.#entry = entry;
    this.#file = file;
    this.chunks = chunks;
    this.#letGo = letGo;
  }

  /** Opens a file for a backup, with what an earlier one that was cut off left of its source. */
  static async begin(context: SealingContext, identity: SealingIdentity): Promise<SealedBackup> {
    const { ports, queue, isOwn } = context;
    for (const left of (await queue.load()).entries) {
      if (left.state !== 'sealing' || !isOwn(left)) continue;
      const letGo = await takeSealLock(ports.locks, left.file);
      if (letGo !== undefined) return new SealedBackup(context, await takeUp(context, identity, left, letGo));
    }
    return new SealedBackup(context, await openNew(context, identity));
  }

  /** Appends a chunk unless it is there; its buffers are released. Waits for room. */
  async append(chunkId: ChunkId, pieces: readonly Piece[]): Promise<void> {
    await this.#writing.run(async () => {
      if (!this.chunks.has(chunkId)) {
        await this.#write({ kind: 'chunk', chunkId, pieces });
        this.chunks.add(chunkId);
        await this.#note();
      }
      for (const { sealed } of pieces) release(sealed.buffer);
    });
  }

  /** Ends the file with what makes it a snapshot: from now on it waits to be sent. */
  async finish({ snapshotId, sealed, chunkIds }: SnapshotToCommit): Promise<void> {
    const pages = await refPagesOf(chunkIds);
    await this.#writing.run(async () => {
      const pagesAt = this.#file.sizeBytes;
      for (const { pageId, chunkIds: ids } of pages)
        await this.#write({ kind: 'page', pageId, chunkIds: packIds(ids) });
      const snapshotAt = this.#file.sizeBytes;
      const refPages = pages.map(({ pageId }) => pageId);
      await this.#write({ kind: 'snapshot', snapshotId, refPages, sealed });
      this.close();
      await this.#context.queue.update(this.#entry.jobId, () => {
        return { ...this.#size(), snapshotId, pagesAt, snapshotAt, state: 'waiting' };
      });
    });
  }

  /** Lets the file go. What is not finished is left to the next backup of the source. */
  close(): void {
    this.#file.close();
    this.#letGo();
  }

  /** Lets the file go and removes it. */
  async discard(): Promise<void> {
    this.close();
    await this.#context.queue.remove(({ jobId }) => jobId === this.#entry.jobId);
    await this.#context.ports.outbox.files.remove(this.#entry.file);
  }

  async #write(record: OutboxRecord): Promise<void> {
    const { room, signal, restBytes } = this.#context;
    const bytes = sizeOf(record);
    for (;;) {
      await room.take(bytes, restBytes, signal);
      try {
        await appendRecord(this.#file, record);
        return;
      } catch (error) {
        if (toHoldfastError(error).code !== 'device-full') throw error;
        await room.refused(bytes, signal);
      }
    }
  }

  async #note(): Promise<void> {
    const nowMs = this.#context.ports.clock.nowMs();
    if (nowMs - this.#notedAtMs < NOTED_EVERY_MS) return;
    this.#notedAtMs = nowMs;
    await this.#context.queue.update(this.#entry.jobId, () => this.#size());
  }

  #size(): Pick<QueueEntry, 'sealedBytes' | 'chunks'> {
    return { sealedBytes: this.#file.sizeBytes, chunks: this.chunks.size };
  }
}

/** Noted in the queue first: a file that no entry names is removed at the next start. */
async function openNew({ ports, queue }: SealingContext, identity: SealingIdentity): Promise<OpenFile> {
  const name = randomId<JobId>(ports.random);
  const letGo = (await takeSealLock(ports.locks, name)) ?? (() => undefined);
  const entry = { ...NOTHING_YET, ...identity, file: name };
  await queue.add(entry);
  return { entry, file: await ports.outbox.files.open(name), chunks: new ChunkIndex(), letGo };
}

async function takeUp(
  { ports, queue }: SealingContext,
  identity: SealingIdentity,
  left: QueueEntry,
  letGo: () => void,
): Promise<OpenFile> {
  const chunks = new ChunkIndex();
  const entry = { ...NOTHING_YET, ...identity, file: left.file };
  await queue.remove(({ jobId }) => jobId === left.jobId);
  await queue.add(entry);
  const file = await openTail(ports.outbox.files, left.file, ports.checksum, ({ chunkId }) => {
    chunks.add(chunkId);
  });
  return { entry, file, chunks, letGo };
}

const NOTHING_YET = {
  state: 'sealing',
  sealedBytes: 0,
  chunks: 0,
  sentBytes: 0,
  payloadBytes: 0,
} as const satisfies Partial<QueueEntry>;

function sizeOf(record: OutboxRecord): number {
  switch (record.kind) {
    case 'chunk':
      return record.pieces.reduce((sum, { sealed }) => sum + sealed.length, 0);
    case 'page':
      return record.chunkIds.length;
    case 'snapshot':
      return record.sealed.length;
  }
}

/**
 * The queue as the page sees it (outbox-api.ts), in any state of the session: what it may do with it, and how it is
 * told. Names come from the open vault, if there is one.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import type { JobId, SnapshotId, VaultId } from '../../../shared/ids.ts';
import type { OutboxApi, OutboxState, QueueTarget, QueuedBackup, Receipt } from '../../bridge/outbox-api.ts';
import type { JobList } from '../jobs/job-list.ts';
import type { Clock } from '../ports.ts';
import { problemOf } from '../problems.ts';
import type { KeptReceipt, OutboxPorts, QueueEntry, QueueRecord } from './ports.ts';
import { goesWith, isMeant, isStuck, predecessorOf } from './queue.ts';
import type { Queue } from './queue.ts';
import { takeSealLock } from './seal-lock.ts';
import type { Locks } from '../ports.ts';

/** At most so often the page is told. */
const TOLD_EVERY_MS = 200;

/** The open vault. */
export interface OpenNames {
  readonly vaultId: VaultId;
  /** The name of the source of a queued backup or an accepted snapshot, if it is known. */
  sourceName(of: { readonly jobId: JobId; readonly snapshotId: SnapshotId }): string | undefined;
  /** Makes the names of all that waits known, from where it is sealed. */
  read(): Promise<void>;
}

export interface OutboxParts {
  readonly clock: Clock;
  readonly locks: Locks;
  readonly outbox: OutboxPorts;
  readonly queue: Queue;
  readonly jobs: JobList;
  /** The open vault, if it isn't locked. */
  readonly names: () => OpenNames | undefined;
  readonly tell: (outbox: OutboxState) => void;
}

export class OutboxService implements Omit<OutboxApi, 'lock'> {
  readonly #parts: OutboxParts;
  #isTelling = false;
  #hold: HoldfastError | undefined;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
    parts.queue.onChange(() => {
      this.changed();
    });
  }

  /** Nothing is let out of this device for `reason`, or no longer. */
  hold(reason: HoldfastError | undefined): void {
    if (this.#hold?.code === reason?.code) return;
    this.#hold = reason;
    this.changed();
  }

  /** Tells the page how it is, soon. */
  changed(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    void this.#tellSoon();
  }

  async outbox(): Promise<OutboxState> {
    const { queue, outbox, names } = this.#parts;
    const [record, freeBytes] = [await queue.load(), await outbox.freeBytes()];
    const open = names();
    const isShown = ({ vaultId }: { readonly vaultId: VaultId }): boolean =>
      open === undefined || vaultId === open.vaultId;
    const entries = record.entries.filter(isShown).map((entry) => this.#asHeld(entry));
    if (open !== undefined && entries.some((entry) => open.sourceName(entry) === undefined))
      await open.read();
    return {
      queue: entries.map((entry) => queuedBackup(entry, record, open)),
      receipts: record.receipts.filter(isShown).map((each) => receipt(each, open)),
      isPaused: record.isPaused,
      isLocked: open === undefined,
      storedBytes: entries.reduce((sum, { sealedBytes }) => sum + sealedBytes, 0),
      sendsInBackground: outbox.sendsInBackground,
      ...(freeBytes === undefined ? {} : { freeBytes }),
    };
  }

  async pauseQueued(target: QueueTarget): Promise<void> {
    if (target === 'all') await this.#parts.queue.pauseAll(true);
    else await this.#setState(target, ({ state }) => state === 'waiting' || state === 'sending', 'paused');
  }

  async resumeQueued(target: QueueTarget): Promise<void> {
    if (target === 'all') await this.#parts.queue.pauseAll(false);
    await this.#setState(target, ({ state }) => state === 'paused', 'waiting');
  }

  async retryQueued(target: QueueTarget): Promise<void> {
    await this.#setState(target, isStuck, 'waiting');
  }

  async cancelQueued(target: QueueTarget): Promise<void> {
    const { queue, jobs } = this.#parts;
    const { entries } = await queue.load();
    const gone = entries.filter((entry) => goesWith(target, entry, entries));
    // What is still being sealed goes when its job has ended.
    for (const { jobId } of gone) jobs.find(jobId)?.cancel(new HoldfastError('cancelled'));
    const jobIds = new Set(gone.map(({ jobId }) => jobId));
    const removed = await queue.remove(({ jobId }) => jobIds.has(jobId));
    for (const { file } of removed) await this.#removeFile(file);
    if (removed.length > 0) this.changed();
  }

  async moveQueued(jobId: JobId, before: JobId | 'end'): Promise<void> {
    await this.#parts.queue.move(jobId, before);
  }

  async clearReceipts(): Promise<void> {
    await this.#parts.queue.clearReceipts(this.#parts.names()?.vaultId);
  }

  /** Removes files that no entry names: what a crash left between two steps. */
  async tidy(): Promise<void> {
    const { queue, outbox } = this.#parts;
    const files = await outbox.files.list();
    const { entries } = await queue.load();
    const named = new Set(entries.map(({ file }) => file));
    for (const file of files) if (!named.has(file)) await this.#removeFile(file);
  }

  /** Forgets everything of a vault. */
  async forget(vaultId: VaultId): Promise<void> {
    const { queue, outbox } = this.#parts;
    for (const { file } of await queue.remove((entry) => entry.vaultId === vaultId))
      await outbox.files.remove(file);
    await queue.clearReceipts(vaultId);
    await queue.setAccess(vaultId, () => undefined);
    // Whoever comes next has paused nothing.
    if ((await queue.load()).access.length === 0) await queue.pauseAll(false);
  }

  #asHeld(entry: QueueEntry): QueueEntry {
    if (this.#hold === undefined || entry.state !== 'sending') return entry;
    return { ...entry, problem: problemOf(this.#hold) };
  }

  /** Unless it is being written by somebody, who removes it then. */
  async #removeFile(file: string): Promise<void> {
    const { locks, outbox } = this.#parts;
    const letGo = await takeSealLock(locks, file);
    if (letGo === undefined) return;
    await outbox.files.remove(file);
    letGo();
  }

  async #setState(
    target: QueueTarget,
    isRight: (entry: QueueEntry) => boolean,
    state: QueueEntry['state'],
  ): Promise<void> {
    await this.#parts.queue.updateEach(
      (entry) => isMeant(target, entry) && isRight(entry),
      () => ({ state }),
    );
  }

  async #tellSoon(): Promise<void> {
    await this.#parts.clock.sleep(TOLD_EVERY_MS);
    this.#isTelling = false;
    this.#parts.tell(await this.outbox());
  }
}

function queuedBackup(
  entry: QueueEntry,
  { entries, access }: QueueRecord,
  open: OpenNames | undefined,
): QueuedBackup {
  const { jobId, sourceId, snapshotId, madeAtMs, state, sealedBytes, chunks } = entry;
  const waitsFor = predecessorOf(entries, entry)?.jobId;
  const problem = problemOfEntry(entry, access);
  const sourceName = open?.sourceName(entry);
  return {
    jobId,
    sourceId,
    snapshotId,
    madeAtMs,
    state,
    sealedBytes,
    sentBytes: entry.sentBytes,
    chunks,
    ...(waitsFor === undefined ? {} : { waitsFor }),
    ...(problem === undefined ? {} : { problem }),
    ...(sourceName === undefined ? {} : { sourceName }),
  };
}

/** What went wrong with it or holds it up; or why nothing of its vault can be sent. */
function problemOfEntry(entry: QueueEntry, access: QueueRecord['access']): QueuedBackup['problem'] {
  if (isStuck(entry) || (entry.state === 'sending' && entry.problem !== undefined)) return entry.problem;
  return access.find(({ vaultId }) => vaultId === entry.vaultId)?.problem;
}

function receipt(kept: KeptReceipt, open: OpenNames | undefined): Receipt {
  const { jobId, sourceId, snapshotId, madeAtMs, receivedAtMs, sentBytes, wasQueued } = kept;
  const sourceName = open?.sourceName(kept);
  const told = { jobId, sourceId, snapshotId, madeAtMs, receivedAtMs, sentBytes, wasQueued };
  return sourceName === undefined ? told : { ...told, sourceName };
}

/**
 * The queue: what waits, in which order, what may go out next. Each change is one step on the stored record, so that
 * tabs and the service worker never overwrite what another did; what is meant for one entry passes by if that is gone.
 */
import type { JobId, SourceId, VaultId } from '../../../shared/ids.ts';
import type { QueueTarget } from '../../bridge/outbox-api.ts';
import type { KeptReceipt, OutboxPorts, QueueEntry, QueueRecord, UploadAccess } from './ports.ts';

const RECEIPTS_KEPT = 500;

export type QueuePorts = Pick<OutboxPorts, 'queue' | 'bell'>;

export class Queue {
  readonly #ports: QueuePorts;
  /** Hears what was changed here, and that somebody else changed something. */
  readonly #listeners = new Set<() => void>();

  constructor(ports: QueuePorts) {
    this.#ports = ports;
    ports.bell.onRing(() => {
      this.#tell();
    });
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async load(): Promise<QueueRecord> {
    return this.#ports.queue.load();
  }

  async add(entry: QueueEntry): Promise<void> {
    await this.#change((record) => ({ ...record, entries: [...record.entries, entry] }));
  }

  /** The entry as it is afterwards; undefined if it isn't in the queue any more. */
  async update(
    jobId: JobId,
    change: (entry: QueueEntry) => Partial<QueueEntry>,
  ): Promise<QueueEntry | undefined> {
    const { entries } = await this.updateEach((entry) => entry.jobId === jobId, change);
    return entries.find((entry) => entry.jobId === jobId);
  }

  async updateEach(
    isMeant: (entry: QueueEntry) => boolean,
    change: (entry: QueueEntry) => Partial<QueueEntry>,
  ): Promise<QueueRecord> {
    return this.#change((record) => ({
      ...record,
      entries: record.entries.map((entry) => (isMeant(entry) ? { ...entry, ...change(entry) } : entry)),
    }));
  }

  /** Takes entries out; returns them. Their files are the caller's to remove, afterwards. */
  async remove(
    isMeant: (entry: QueueEntry, entries: readonly QueueEntry[]) => boolean,
  ): Promise<QueueEntry[]> {
    let removed: QueueEntry[] = [];
    await this.#change((record) => {
      removed = record.entries.filter((entry) => isMeant(entry, record.entries));
      return { ...record, entries: record.entries.filter((entry) => !removed.includes(entry)) };
    });
    return removed;
  }

  /** Notes the server's acknowledgment, in place of the entry if there is one. */
  async accept(receipt: KeptReceipt): Promise<void> {
    await this.#change((record) => ({
      ...record,
      entries: record.entries.filter(({ jobId }) => jobId !== receipt.jobId),
      receipts: [receipt, ...record.receipts].slice(0, RECEIPTS_KEPT),
    }));
  }

  async clearReceipts(vaultId?: VaultId): Promise<void> {
    await this.#change((record) => ({
      ...record,
      receipts: record.receipts.filter((receipt) => vaultId !== undefined && receipt.vaultId !== vaultId),
    }));
  }

  async move(jobId: JobId, before: JobId | 'end'): Promise<void> {
    await this.#change((record) => ({ ...record, entries: moved(record.entries, jobId, before) }));
  }

  async pauseAll(isPaused: boolean): Promise<void> {
    await this.#change((record) => ({ ...record, isPaused }));
  }

  /** Changes how this device may send to a vault; `undefined` forgets that. */
  async setAccess(
    vaultId: VaultId,
    change: (access: UploadAccess | undefined) => UploadAccess | undefined,
  ): Promise<void> {
    await this.#change((record) => {
      const changed = change(record.access.find((access) => access.vaultId === vaultId));
      const others = record.access.filter((access) => access.vaultId !== vaultId);
      return { ...record, access: changed === undefined ? others : [...others, changed] };
    });
  }

  async #change(apply: (record: QueueRecord) => QueueRecord): Promise<QueueRecord> {
    const record = await this.#ports.queue.change(apply);
    this.#ports.bell.ring();
    this.#tell();
    return record;
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** Whether `target` means this entry. */
export function isMeant(target: QueueTarget, { jobId }: QueueEntry): boolean {
  return target === 'all' || target === jobId;
}

function isOfSource(vaultId: VaultId, sourceId: SourceId): (entry: QueueEntry) => boolean {
  return (entry) => entry.vaultId === vaultId && entry.sourceId === sourceId;
}

/** The entry before this one of the same source: it goes out first. */
export function predecessorOf(
  entries: readonly QueueEntry[],
  { jobId, vaultId, sourceId }: QueueEntry,
): QueueEntry | undefined {
  const place = entries.findIndex((entry) => entry.jobId === jobId);
  return entries.slice(0, place).findLast(isOfSource(vaultId, sourceId));
}

/** Whether the entry and all after it of the same source wait for a person or for the source itself. */
export function isStuck({ state }: QueueEntry): boolean {
  return state === 'failed' || state === 'needs-source';
}

/** What goes out next for a vault, if anything may. */
export function nextToSend({ entries, isPaused }: QueueRecord, vaultId: VaultId): QueueEntry | undefined {
  if (isPaused) return undefined;
  return entries.find(
    (entry) =>
      entry.vaultId === vaultId &&
      (entry.state === 'waiting' || entry.state === 'sending') &&
      predecessorOf(entries, entry) === undefined,
  );
}

/** Whether an entry goes when `target` does: later ones of its source build on it. */
export function goesWith(target: QueueTarget, entry: QueueEntry, entries: readonly QueueEntry[]): boolean {
  if (isMeant(target, entry)) return true;
  const before = predecessorOf(entries, entry);
  return before !== undefined && goesWith(target, before, entries);
}

/**
 * The entries in their order after one was moved before another or to the end. Those of one source share the places
 * that they have then, in the order that they had.
 */
export function moved(
  entries: readonly QueueEntry[],
  jobId: JobId,
  before: JobId | 'end',
): readonly QueueEntry[] {
  const entry = entries.find((each) => each.jobId === jobId);
  if (entry === undefined || jobId === before) return entries;
  const others = entries.filter((each) => each !== entry);
  const place = others.findIndex((each) => each.jobId === before);
  const reordered = others.toSpliced(place === -1 ? others.length : place, 0, entry);
  const isSibling = isOfSource(entry.vaultId, entry.sourceId);
  const siblings = entries.filter(isSibling);
  return reordered.map((each) => (isSibling(each) ? (siblings.shift() ?? each) : each));
}

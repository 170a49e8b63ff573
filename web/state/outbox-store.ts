/**
 * The queue as the page shows it: sealed backups that wait on this device, the server's receipts, and what a
 * person may do to them. It works while the vault is locked, too; then it knows no names.
 */
import type { OutboxApi, OutboxState, QueuedBackup, QueueTarget } from '../bridge/outbox-api.ts';
import type { JobId } from '../../shared/ids.ts';
import { Value, type Observable } from './observable.ts';

export type { OutboxState, QueuedBackup, QueueTarget, Receipt } from '../bridge/outbox-api.ts';

type OutboxEngine = Pick<
  OutboxApi,
  'pauseQueued' | 'resumeQueued' | 'retryQueued' | 'cancelQueued' | 'moveQueued' | 'clearReceipts'
>;

const NOTHING: OutboxState = {
  queue: [],
  receipts: [],
  isPaused: false,
  isLocked: false,
  storedBytes: 0,
  sendsInBackground: false,
};

/** `target` and those that count on it, in the order of the queue: what cancelling it takes off this device. */
export function goneWith(queue: readonly QueuedBackup[], target: JobId): readonly QueuedBackup[] {
  const gone = new Set<JobId>([target]);
  for (const { jobId, waitsFor } of queue) if (waitsFor !== undefined && gone.has(waitsFor)) gone.add(jobId);
  return queue.filter(({ jobId }) => gone.has(jobId));
}

/** A place that a backup may move to: before the backup of that job, or to the end. */
export type Place = JobId | 'end';

/** Where it goes one up; undefined at the front, or behind one of its own source, which has to go first. */
export function placeAbove(queue: readonly QueuedBackup[], jobId: JobId): Place | undefined {
  const index = queue.findIndex((each) => each.jobId === jobId);
  const above = queue[index - 1];
  return above === undefined || above.sourceId === queue[index]?.sourceId ? undefined : above.jobId;
}

/** Where it goes one down; undefined at the end, or before one of its own source, which has to go later. */
export function placeBelow(queue: readonly QueuedBackup[], jobId: JobId): Place | undefined {
  const index = queue.findIndex((each) => each.jobId === jobId);
  const below = queue[index + 1];
  if (below === undefined || below.sourceId === queue[index]?.sourceId) return undefined;
  return queue[index + 2]?.jobId ?? 'end';
}

/** How many bytes of the queue have not reached the server. */
export function bytesLeft(queue: readonly QueuedBackup[]): number {
  return queue.reduce((sum, { sealedBytes, sentBytes }) => sum + Math.max(0, sealedBytes - sentBytes), 0);
}

export class OutboxStore {
  readonly #engine: OutboxEngine;
  readonly #state = new Value<OutboxState>(NOTHING);

  constructor(engine: OutboxEngine) {
    this.#engine = engine;
  }

  get state(): Observable<OutboxState> {
    return this.#state;
  }

  get queue(): readonly QueuedBackup[] {
    return this.#state.value.queue;
  }

  /** Takes what the engine tells. */
  set(state: OutboxState): void {
    this.#state.set(state);
  }

  /** Rejects as the engine does, as all of these. */
  pause(target: QueueTarget): Promise<void> {
    return this.#engine.pauseQueued(target);
  }

  resume(target: QueueTarget): Promise<void> {
    return this.#engine.resumeQueued(target);
  }

  retry(target: QueueTarget): Promise<void> {
    return this.#engine.retryQueued(target);
  }

  /** Takes it off this device, with those that count on it (`goneWith`). */
  cancel(target: QueueTarget): Promise<void> {
    return this.#engine.cancelQueued(target);
  }

  move(jobId: JobId, place: Place): Promise<void> {
    return this.#engine.moveQueued(jobId, place);
  }

  clearReceipts(): Promise<void> {
    return this.#engine.clearReceipts();
  }
}

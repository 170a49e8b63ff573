/** The fake engine's queue: sealed backups that wait, and receipts. It sends nothing unless a test says so. */
import type { JobId, SnapshotId } from '../../../shared/ids.ts';
import type {
  OutboxApi,
  OutboxState,
  QueuedBackup,
  QueueTarget,
  Receipt,
} from '../../../web/bridge/outbox-api.ts';
import { problemFor } from '../../../web/bridge/problems.ts';
import { crossing } from './fake-calls.ts';
import { FAKE_NOW_MS, fakeSourceId, type FakeOptions } from './fake-data.ts';
import { FakePast } from './fake-past.ts';

const HOUR_MS = 3_600_000;

export const NO_OUTBOX: OutboxState = {
  queue: [],
  receipts: [],
  isPaused: false,
  isLocked: false,
  storedBytes: 0,
  freeBytes: 118_400_000_000,
  sendsInBackground: true,
};

export abstract class FakeOutbox extends FakePast implements OutboxApi {
  #outbox: OutboxState;

  constructor(options: Required<FakeOptions>) {
    super(options);
    this.#outbox = options.outbox;
  }

  outbox(): Promise<OutboxState> {
    return this.answer('outbox', undefined, () => this.#outbox);
  }

  pauseQueued(target: QueueTarget): Promise<void> {
    return this.answer('pauseQueued', target, () => {
      if (target === 'all') this.tellOutbox({ isPaused: true });
      else this.#change(target, { state: 'paused' });
    });
  }

  resumeQueued(target: QueueTarget): Promise<void> {
    return this.answer('resumeQueued', target, () => {
      if (target === 'all') this.tellOutbox({ isPaused: false });
      else this.#change(target, { state: 'waiting' });
    });
  }

  retryQueued(target: QueueTarget): Promise<void> {
    return this.answer('retryQueued', target, () => {
      for (const { jobId, state } of this.#outbox.queue)
        if (state === 'failed' && (target === 'all' || target === jobId))
          this.#change(jobId, { state: 'waiting' });
    });
  }

  cancelQueued(target: QueueTarget): Promise<void> {
    return this.answer('cancelQueued', target, () => {
      const gone = new Set<JobId>();
      const queue = this.#outbox.queue.filter(({ jobId, waitsFor }) => {
        const goes = target === 'all' || target === jobId || (waitsFor !== undefined && gone.has(waitsFor));
        if (goes) gone.add(jobId);
        return !goes;
      });
      this.tellOutbox({ queue, storedBytes: storedBytesOf(queue) });
    });
  }

  moveQueued(jobId: JobId, before: JobId | 'end'): Promise<void> {
    return this.answer('moveQueued', { jobId, before }, () => {
      const moved = this.#outbox.queue.find((each) => each.jobId === jobId);
      if (moved === undefined) throw crossing('internal');
      const rest = this.#outbox.queue.filter((each) => each !== moved);
      const index = before === 'end' ? rest.length : rest.findIndex((each) => each.jobId === before);
      this.tellOutbox({ queue: [...rest.slice(0, index), moved, ...rest.slice(index)] });
    });
  }

  clearReceipts(): Promise<void> {
    return this.answer('clearReceipts', undefined, () => {
      this.tellOutbox({ receipts: [] });
    });
  }

  lock(): Promise<void> {
    return this.answer('lock', undefined, () => {
      const name = this.session.kind === 'signed-in' ? this.session.accountName : '';
      this.session = { kind: 'signed-out', lockedAccountName: name };
      this.tellOutbox(locked(this.#outbox));
      this.emit({ type: 'session', session: this.session });
    });
  }

  /** Changes the queue, as its sender would, and tells the page. */
  tellOutbox(changes: Partial<OutboxState>): void {
    this.#outbox = { ...this.#outbox, ...changes };
    this.emit({ type: 'outbox', outbox: this.#outbox });
  }

  #change(jobId: JobId, changes: Partial<QueuedBackup>): void {
    this.tellOutbox({
      queue: this.#outbox.queue.map((each) => (each.jobId === jobId ? { ...each, ...changes } : each)),
    });
  }
}

/** What is left of a queue's state to be seen without keys. */
export function locked(outbox: OutboxState): OutboxState {
  return {
    ...outbox,
    isLocked: true,
    queue: outbox.queue.map(withoutName),
    receipts: outbox.receipts.map(withoutName),
  };
}

function withoutName<T extends { readonly sourceName?: string }>(named: T): T {
  return Object.fromEntries(Object.entries(named).filter(([name]) => name !== 'sourceName')) as unknown as T;
}

function storedBytesOf(queue: readonly QueuedBackup[]): number {
  return queue.reduce((sum, { sealedBytes }) => sum + sealedBytes, 0);
}

/** One backup that waits; its job's id begins with `id`. */
export function fakeQueued(
  id: string,
  sourceName: string,
  ageMs: number,
  sealedBytes: number,
  changes: Partial<QueuedBackup> = {},
): QueuedBackup {
  return {
    jobId: id.padEnd(32, '0') as JobId,
    sourceId: fakeSourceId(sourceName),
    snapshotId: id.padEnd(32, '0') as SnapshotId,
    madeAtMs: FAKE_NOW_MS - ageMs,
    state: 'waiting',
    sealedBytes,
    sentBytes: 0,
    chunks: Math.ceil(sealedBytes / 1_000_000),
    sourceName,
    ...changes,
  };
}

/** The server's receipt of a backup of that source. */
function fakeReceipt(id: string, sourceName: string, ageMs: number, sentBytes: number): Receipt {
  const madeAtMs = FAKE_NOW_MS - ageMs;
  const wasQueued = id.startsWith('e');
  return {
    jobId: id.padEnd(32, '0') as JobId,
    sourceId: fakeSourceId(sourceName),
    snapshotId: id.padEnd(32, '0') as SnapshotId,
    madeAtMs,
    receivedAtMs: madeAtMs + (wasQueued ? 7 * HOUR_MS : 95_000),
    sentBytes,
    wasQueued,
    sourceName,
  };
}

const QUEUE: readonly QueuedBackup[] = [
  fakeQueued('a1', 'Photos', 5 * HOUR_MS, 1_284_000_000, { state: 'sending', sentBytes: 412_600_000 }),
  fakeQueued('a2', 'Documents', 4 * HOUR_MS, 18_400_000),
  fakeQueued('a3', 'Photos', 2 * HOUR_MS, 96_200_000, { waitsFor: 'a1'.padEnd(32, '0') as JobId }),
  fakeQueued('a4', 'Thesis', HOUR_MS, 2_310_000, { state: 'paused' }),
];

/** A queue of three sources, of which one sends; and four receipts. */
export const FAKE_OUTBOX: OutboxState = {
  ...NO_OUTBOX,
  queue: QUEUE,
  receipts: [
    fakeReceipt('d1', 'Documents', 6 * HOUR_MS, 12_400_000),
    fakeReceipt('e2', 'Photos', 26 * HOUR_MS, 3_410_000_000),
    fakeReceipt('e3', 'Photos', 30 * HOUR_MS, 88_000_000),
    fakeReceipt('d4', 'Thesis', 41 * 24 * HOUR_MS, 310_000),
  ],
  storedBytes: storedBytesOf(QUEUE),
};

/** The same while the server's disk is full. */
export const FULL_SERVER_OUTBOX: OutboxState = {
  ...FAKE_OUTBOX,
  queue: QUEUE.map((queued) =>
    queued.state === 'sending' ? { ...queued, problem: problemFor('storage-full') } : queued,
  ),
};

/** The same with everything in it that can go wrong. */
export const TROUBLED_OUTBOX: OutboxState = {
  ...FAKE_OUTBOX,
  sendsInBackground: false,
  freeBytes: 41_000_000,
  queue: [
    fakeQueued('a1', 'Photos', 5 * HOUR_MS, 1_284_000_000, {
      state: 'failed',
      sentBytes: 412_600_000,
      problem: problemFor('seal-broken', 'chunk 7f3a'),
    }),
    fakeQueued('a3', 'Photos', 2 * HOUR_MS, 96_200_000, { waitsFor: 'a1'.padEnd(32, '0') as JobId }),
    fakeQueued('a2', 'Documents', 4 * HOUR_MS, 18_400_000, { state: 'needs-source', sentBytes: 18_100_000 }),
    fakeQueued('a5', 'Videos', 60_000, 642_000_000, { state: 'sealing' }),
  ],
};

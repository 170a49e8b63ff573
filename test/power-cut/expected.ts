/**
 * What a client may count on, and what may be there beside that: made of what the requests asked and the server
 * acknowledged up to some moment. Every change is noted with its moment on the disk's tape.
 */
import type { AccountId, ChunkId, RefPageId, SnapshotId } from '../../shared/ids.ts';
import type { SnapshotMark } from '../../shared/wire/messages.ts';
import type { Account } from '../../server/store/ports.ts';

const HOUR_MS = 3_600_000;
export const TRASH_GRACE_MS = 30 * 24 * HOUR_MS;
export const GARBAGE_GRACE_MS = 48 * HOUR_MS;

interface Stored {
  isAcked: boolean;
  /** When it was stored at the earliest: acknowledged or not, and confirmations since may be lost. */
  readonly storedAtMs: number;
  /** A garbage collection may have erased it. */
  mayGo: boolean;
}

interface ExpectedChunk extends Stored {
  /** Each time it was sent its bytes were others, as sealing makes them. */
  readonly attempts: (readonly Uint8Array[])[];
}

interface ExpectedPage extends Stored {
  readonly chunkIds: readonly ChunkId[];
}

interface ExpectedSnapshot {
  readonly sealed: Uint8Array;
  readonly pageIds: readonly RefPageId[];
  isAcked: boolean;
  /** It has one of these marks. */
  marks: { readonly mark: SnapshotMark; readonly atMs: number }[];
  erased: 'no' | 'maybe' | 'yes';
}

export class Expected {
  readonly chunks = new Map<ChunkId, ExpectedChunk>();
  readonly pages = new Map<RefPageId, ExpectedPage>();
  readonly snapshots = new Map<SnapshotId, ExpectedSnapshot>();
  /** The last that was acknowledged and all that are newer, oldest first. */
  readonly accounts = new Map<AccountId, { isAcked: boolean; candidates: Account[] }>();
  /** By their tokens' hashes. */
  readonly sessions = new Map<string, 'there' | 'maybe' | 'gone'>();
  /** Sessions are in the index alone: none when that is gone. */
  hasIndex = true;

  chunkSent(chunkId: ChunkId, pieces: readonly Uint8Array[], nowMs: number): void {
    const known = this.chunks.get(chunkId);
    if (known === undefined)
      this.chunks.set(chunkId, { attempts: [pieces], isAcked: false, storedAtMs: nowMs, mayGo: false });
    else known.attempts.push(pieces);
  }

  pageSent(pageId: RefPageId, chunkIds: readonly ChunkId[], nowMs: number): void {
    if (!this.pages.has(pageId))
      this.pages.set(pageId, { chunkIds, isAcked: false, storedAtMs: nowMs, mayGo: false });
  }

  stored(thing: Stored | undefined): void {
    if (thing === undefined) return;
    thing.isAcked = true;
    thing.mayGo = false;
  }

  snapshotSent(snapshotId: SnapshotId, sealed: Uint8Array, pageIds: readonly RefPageId[]): void {
    if (this.snapshots.has(snapshotId)) return;
    const marks = [{ mark: 'kept', atMs: 0 } as const];
    this.snapshots.set(snapshotId, { sealed, pageIds, isAcked: false, marks, erased: 'no' });
  }

  snapshotStored(snapshotId: SnapshotId): void {
    const snapshot = this.snapshots.get(snapshotId);
    if (snapshot !== undefined) snapshot.isAcked = true;
  }

  markSent(snapshotId: SnapshotId, mark: SnapshotMark, atMs: number): void {
    this.snapshots.get(snapshotId)?.marks.push({ mark, atMs });
  }

  markStored(snapshotId: SnapshotId, mark: SnapshotMark, atMs: number): void {
    const snapshot = this.snapshots.get(snapshotId);
    if (snapshot !== undefined) snapshot.marks = [{ mark, atMs }];
  }

  accountSent(account: Account): void {
    const known = this.accounts.get(account.accountId);
    if (known === undefined) this.accounts.set(account.accountId, { isAcked: false, candidates: [account] });
    else known.candidates.push(account);
  }

  accountStored(account: Account): void {
    const sent = this.accounts.get(account.accountId)?.candidates ?? [];
    const candidates = sent.filter(({ revision }) => revision >= account.revision);
    this.accounts.set(account.accountId, { isAcked: true, candidates });
  }

  /** A collection begins: what nothing needs and has had its grace may go from now on. */
  collectionBegins(nowMs: number): void {
    this.#eraseTrashed(nowMs - TRASH_GRACE_MS);
    const isOld = ({ storedAtMs }: Stored) => storedAtMs < nowMs - GARBAGE_GRACE_MS;
    const pagesNeeded = this.#pagesOfSnapshots();
    letGo(this.pages, (pageId, page) => isOld(page) && !pagesNeeded.has(pageId));
    const chunksNeeded = this.#chunksOfPages();
    letGo(this.chunks, (chunkId, chunk) => isOld(chunk) && !chunksNeeded.has(chunkId));
  }

  /** What had to go is gone, and never comes back. */
  collectionEnds(): void {
    for (const snapshot of this.snapshots.values()) {
      const isTrashed = snapshot.marks.every(({ mark }) => mark === 'trashed');
      if (snapshot.erased === 'maybe' && isTrashed) snapshot.erased = 'yes';
    }
  }

  #eraseTrashed(untilMs: number): void {
    for (const snapshot of this.snapshots.values()) {
      const isDue = snapshot.marks.some(({ mark, atMs }) => mark === 'trashed' && atMs <= untilMs);
      if (isDue && snapshot.erased === 'no') snapshot.erased = 'maybe';
    }
  }

  /** Pages that must stay, as snapshots that must be there name them. */
  #pagesOfSnapshots(): Set<RefPageId> {
    const there = [...this.snapshots.values()].filter(({ isAcked, erased }) => isAcked && erased === 'no');
    return new Set(there.flatMap(({ pageIds }) => pageIds));
  }

  /** Chunks that must stay, as pages that must be there name them. */
  #chunksOfPages(): Set<ChunkId> {
    const pages = [...this.pages.values()].filter(({ isAcked, mayGo }) => isAcked && !mayGo);
    return new Set(pages.flatMap(({ chunkIds }) => chunkIds));
  }
}

function letGo<K, V extends Stored>(
  things: ReadonlyMap<K, V>,
  isGarbage: (id: K, thing: V) => boolean,
): void {
  for (const [id, thing] of things) if (isGarbage(id, thing)) thing.mayGo = true;
}

type Change = (expected: Expected) => void;

/** All changes, in their order. */
export class Ledger {
  readonly #before: readonly Change[];
  readonly #changes: { readonly at: number; readonly change: Change }[] = [];
  readonly #now: () => number;

  /** `now` tells the moment on the tape; `before` are changes from before it. */
  constructor(now: () => number, before: readonly Change[] = []) {
    this.#now = now;
    this.#before = before;
  }

  note(change: Change): void {
    this.#changes.push({ at: this.#now(), change });
  }

  /** The changes that came before the tape's step number `end`. */
  until(end: number): Change[] {
    const own = this.#changes.filter(({ at }) => at <= end).map(({ change }) => change);
    return [...this.#before, ...own];
  }

  expectedAt(end: number): Expected {
    const expected = new Expected();
    for (const change of this.until(end)) change(expected);
    return expected;
  }
}

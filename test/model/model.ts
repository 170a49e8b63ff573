/**
 * What must be true, in the plainest form: each snapshot is a map of paths to contents and a mark. It learns only what
 * the server answered. What was asked and not answered may have happened or not: `settle` takes what is then seen,
 * which must be one of the two, and from then on it is so.
 */
import assert from 'node:assert/strict';
import type { ChunkId, RefPageId, SnapshotId } from '../../shared/ids.ts';
import type { SnapshotMark } from '../../shared/wire/messages.ts';
import type { LivingSnapshot } from '../../server/store/upkeep-ports.ts';
import type { Files } from './file-tree.ts';
import { GARBAGE_GRACE_MS, TRASH_GRACE_MS } from './server-process.ts';

const HOUR_MS = 3_600_000;

export interface ModelSnapshot {
  readonly files: Files;
  readonly root: ChunkId;
  readonly chunkIds: ReadonlySet<ChunkId>;
  readonly sealed: Uint8Array;
}

interface Living extends ModelSnapshot {
  readonly mark: SnapshotMark;
  readonly markedAtMs: number;
}

/** A mark that was asked for since the last look. */
interface Asked {
  readonly mark: SnapshotMark;
  readonly snapshotIds: readonly SnapshotId[];
  outcome: 'unknown' | 'done' | 'refused';
}

export class Model {
  nowMs: number;
  readonly living = new Map<SnapshotId, Living>();
  readonly erased = new Set<SnapshotId>();
  /** Sent, and not known to be accepted. */
  readonly #sent = new Map<SnapshotId, ModelSnapshot>();
  readonly #accepted = new Set<SnapshotId>();
  #asked: Asked[] = [];
  /** Pages that were ever sent, and what they name. */
  readonly pages = new Map<RefPageId, readonly ChunkId[]>();
  /** Pages that snapshots name. */
  readonly #named = new Map<SnapshotId, readonly RefPageId[]>();
  /** Until when chunks stay though no snapshot needs them: by what survives a power cut, and by what may not. */
  readonly #keptUntilMs = new Map<ChunkId, number>();
  readonly #wantedUntilMs = new Map<ChunkId, number>();
  /** Chunks that the disk has lost, and that were not stored again since: nothing is promised of them. */
  readonly rotten = new Set<ChunkId>();

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  send(snapshotId: SnapshotId, snapshot: ModelSnapshot): void {
    this.#sent.set(snapshotId, snapshot);
  }

  /** It is committed with these pages. */
  name(snapshotId: SnapshotId, pageIds: readonly RefPageId[]): void {
    this.#named.set(snapshotId, pageIds);
  }

  accept(snapshotId: SnapshotId): void {
    this.#accepted.add(snapshotId);
  }

  /** The returned function is to be called with the answer. */
  askMark(mark: SnapshotMark, snapshotIds: readonly SnapshotId[]): (outcome: 'done' | 'refused') => void {
    const asked: Asked = { mark, snapshotIds, outcome: 'unknown' };
    this.#asked.push(asked);
    return (outcome) => (asked.outcome = outcome);
  }

  /** Whether the server may refuse with this code to mark these. */
  mayRefuse(code: string, mark: SnapshotMark, snapshotIds: readonly SnapshotId[]): boolean {
    const marks = snapshotIds.flatMap((snapshotId) => this.#marksOf(snapshotId).map((asked) => asked.mark));
    const living = snapshotIds.map((snapshotId) => this.living.get(snapshotId));
    if (code === 'snapshot-missing') return living.some((each) => each === undefined || this.isDue(each));
    const isPinned = [...marks, ...living.map((each) => each?.mark)].includes('pinned');
    return code === 'snapshot-pinned' && mark === 'trashed' && isPinned;
  }

  /** The server said that it has the chunk: stored now, or there before. */
  holdChunk(chunkId: ChunkId, existed: boolean): void {
    if (!existed) this.rotten.delete(chunkId);
    if (!existed) this.#keptUntilMs.set(chunkId, this.nowMs + GARBAGE_GRACE_MS);
    // It notes that once an hour.
    else this.#wantedUntilMs.set(chunkId, this.nowMs + GARBAGE_GRACE_MS - HOUR_MS);
  }

  /** What was only noted in the index may be gone. */
  forgetNotes(): void {
    this.#wantedUntilMs.clear();
  }

  /** Chunks that must be there now: snapshots need them, or the server has just said that it has them. */
  requiredChunks(): Set<ChunkId> {
    const required = this.neededChunks();
    for (const kept of [this.#keptUntilMs, this.#wantedUntilMs]) {
      for (const [chunkId, untilMs] of kept) {
        if (untilMs >= this.nowMs) required.add(chunkId);
        else kept.delete(chunkId);
      }
    }
    for (const chunkId of this.rotten) required.delete(chunkId);
    return required;
  }

  /** Chunks of living snapshots, those in the trash too. */
  neededChunks(): Set<ChunkId> {
    return new Set([...this.living.values()].flatMap(({ chunkIds }) => [...chunkIds]));
  }

  neededPages(): Set<RefPageId> {
    return new Set([...this.living.keys()].flatMap((snapshotId) => this.#named.get(snapshotId) ?? []));
  }

  /** Whether the disk has lost something of it. */
  isHit({ chunkIds }: ModelSnapshot): boolean {
    return [...this.rotten].some((chunkId) => chunkIds.has(chunkId));
  }

  /** Whether its time in the trash is over. */
  isDue({ mark, markedAtMs }: Living): boolean {
    return mark === 'trashed' && markedAtMs + TRASH_GRACE_MS <= this.nowMs;
  }

  isGoing(snapshotId: SnapshotId): boolean {
    const snapshot = this.living.get(snapshotId);
    return snapshot !== undefined && this.isDue(snapshot);
  }

  /** Compares with what the server has; `collected`: a garbage collection has run to its end just now. */
  settle(seen: readonly LivingSnapshot[], collected: boolean): void {
    this.#settleAdditions(seen);
    const byId = new Map(seen.map((snapshot) => [snapshot.snapshotId, snapshot]));
    for (const [snapshotId, snapshot] of this.living) {
      const now = byId.get(snapshotId);
      if (now === undefined) this.#settleErased(snapshotId, snapshot);
      else this.#settleMark(snapshot, now);
    }
    if (collected) {
      for (const [snapshotId, snapshot] of this.living)
        assert.ok(!this.isDue(snapshot), `${snapshotId} is in the trash longer than it should`);
    }
    this.#sent.clear();
    this.#accepted.clear();
    this.#asked = [];
  }

  #settleAdditions(seen: readonly LivingSnapshot[]): void {
    for (const { snapshotId } of seen) {
      assert.ok(!this.erased.has(snapshotId), `${snapshotId} is back though it was erased`);
      if (this.living.has(snapshotId)) continue;
      const sent = this.#sent.get(snapshotId);
      assert.ok(sent !== undefined, `${snapshotId} comes from nowhere`);
      this.living.set(snapshotId, { ...sent, mark: 'kept', markedAtMs: 0 });
      this.#accepted.delete(snapshotId);
    }
    for (const snapshotId of this.#accepted)
      assert.ok(this.living.has(snapshotId), `${snapshotId} was accepted and is not there`);
  }

  #settleErased(snapshotId: SnapshotId, snapshot: Living): void {
    const { mark } = snapshot;
    assert.ok(this.isDue(snapshot), `${snapshotId} (${mark} for ${this.#ageHours(snapshot)} hours) is lost`);
    const isMarked = this.#marksOf(snapshotId).some(({ outcome }) => outcome === 'done');
    assert.ok(!isMarked, `${snapshotId} is lost though it was marked anew`);
    this.living.delete(snapshotId);
    this.erased.add(snapshotId);
  }

  #settleMark(snapshot: Living, now: LivingSnapshot): void {
    const { snapshotId, mark, markedAtMs } = now;
    const asked = this.#marksOf(snapshotId).filter(({ outcome }) => outcome !== 'refused');
    const isAsBefore = mark === snapshot.mark && (mark === 'kept' || markedAtMs === snapshot.markedAtMs);
    const said = asked.map((each) => `${each.mark} ${each.outcome}`).join(', ');
    const isExplained = isAsBefore ? mayStay(mark, asked) : markedAtMs === this.nowMs && isAmong(mark, asked);
    assert.ok(isExplained, `${snapshotId} is ${mark}, was ${snapshot.mark}, asked: ${said}`);
    this.living.set(snapshotId, { ...snapshot, mark, markedAtMs });
  }

  #marksOf(snapshotId: SnapshotId): Asked[] {
    return this.#asked.filter(({ snapshotIds }) => snapshotIds.includes(snapshotId));
  }

  #ageHours({ markedAtMs }: Living): number {
    return (this.nowMs - markedAtMs) / HOUR_MS;
  }
}

/** What was so already isn't marked again; of several that were asked at once any may be the last. */
function mayStay(mark: SnapshotMark, asked: readonly Asked[]): boolean {
  return isAmong(mark, asked) || asked.every(({ outcome }) => outcome === 'unknown');
}

function isAmong(mark: SnapshotMark, asked: readonly Asked[]): boolean {
  return asked.some((each) => each.mark === mark);
}

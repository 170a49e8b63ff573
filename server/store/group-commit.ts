/**
 * Makes what was appended durable, in groups: all that wait share one sync of the blob store, then one
 * transaction of the catalog, and only then hear of it. While one group is being synced the next gathers, so that
 * the disk sets the pace; where much comes in a fast one is held back a little, since it would sync each chunk alone.
 *
 * It also knows how far recovery may skip: everything before the oldest record that is not settled
 * (of a chunk still arriving, or of an entry still waiting) is indexed or dead. What became durable and could not
 * be indexed is found by the next recovery.
 */
import { HoldfastError } from '../../shared/errors.ts';
import type { BlobStore, Catalog, IndexEntry, Position } from './ports.ts';

/** So much since the sync before is much. Who sends little waits for no more than the disk. */
const MUCH_BYTES = 512 * 1024;

/** Keeps recovery from skipping records that may yet be indexed. */
export interface Hold {
  /** The first record that is not settled. */
  readonly first: Position;
  /** The blob store's generation when it was appended. */
  readonly generation: number;
}

interface Waiter {
  readonly entry: IndexEntry;
  readonly hold: Hold;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class GroupCommit {
  readonly #blobs: BlobStore;
  readonly #catalog: Catalog;
  readonly #interval: () => Promise<void>;
  readonly #holds = new Set<Hold>();
  #waiting: Waiter[] = [];
  #running: Promise<void> | undefined;
  /** The first record that is durable and not indexed, though it should be. */
  #unindexed: Position | undefined;

  /** `interval` resolves when so much time has passed as there should be from sync to sync where much comes in. */
  constructor(blobs: BlobStore, catalog: Catalog, interval = async (): Promise<void> => Promise.resolve()) {
    this.#blobs = blobs;
    this.#catalog = catalog;
    this.#interval = interval;
  }

  /** To be called before a record is appended that will wait, or not, for its siblings. */
  hold(): Hold {
    const hold = { first: this.#blobs.end, generation: this.#blobs.generation };
    this.#holds.add(hold);
    return hold;
  }

  release(hold: Hold): void {
    this.#holds.delete(hold);
  }

  /**
   * Runs `append`, which appends one record and says what it means, and resolves when that is durable
   * and indexed. Throws `storage-full`, `storage-failed`.
   */
  async write(append: () => IndexEntry): Promise<void> {
    const hold = this.hold();
    try {
      await this.commit(append(), hold);
    } finally {
      this.release(hold);
    }
  }

  /**
   * Resolves when `entry`, whose records have been appended since `hold`, is durable and indexed.
   * Ends the hold. Throws `storage-full`, `storage-failed`.
   */
  commit(entry: IndexEntry, hold: Hold): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, hold, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      const { end } = this.#blobs;
      const interval = this.#interval();
      await this.#settle(group);
      if (this.#waiting.length > 0 && isMuch(end, this.#blobs.end)) await interval;
    }
    this.#running = undefined;
  }

  async #settle(group: readonly Waiter[]): Promise<void> {
    const end = this.#blobs.end; // what is appended during the sync may not be durable, though nobody waits for it
    try {
      await this.#blobs.sync();
    } catch (error) {
      this.#refuse(group, error);
      return;
    }
    const lost = group.filter(({ hold }) => hold.generation !== this.#blobs.generation);
    this.#refuse(lost, new HoldfastError('storage-failed', { detail: 'lost by an earlier failure' }));
    await this.#index(
      group.filter((waiter) => !lost.includes(waiter)),
      end,
    );
  }

  /** All before `end` is durable. */
  async #index(group: readonly Waiter[], end: Position): Promise<void> {
    const entries = group.map(({ entry }) => entry);
    for (const { hold } of group) this.#holds.delete(hold);
    try {
      await this.#catalog.index(entries, this.#checkpoint(end));
    } catch (error) {
      this.#unindexed ??= earliest(
        end,
        group.map(({ hold }) => hold),
      );
      this.#refuse(group, error);
      return;
    }
    for (const { resolve } of group) resolve();
  }

  #refuse(group: readonly Waiter[], error: unknown): void {
    for (const { hold, reject } of group) {
      this.#holds.delete(hold);
      reject(error);
    }
  }

  #checkpoint(end: Position): Position {
    return earliest(this.#unindexed ?? end, [...this.#holds]);
  }
}

function isMuch(from: Position, to: Position): boolean {
  return from.segment !== to.segment || to.offset - from.offset >= MUCH_BYTES;
}

function earliest(position: Position, holds: readonly Hold[]): Position {
  let oldest = position;
  for (const { first } of holds) if (comparePositions(first, oldest) < 0) oldest = first;
  return oldest;
}

/** Negative, zero or positive as `a` is before, at or behind `b`. */
function comparePositions(a: Position, b: Position): number {
  return a.segment - b.segment || a.offset - b.offset;
}

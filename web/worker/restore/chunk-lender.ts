/**
 * Chunks of content, lent to those who write from them: fetched and opened once for all who need one at about the
 * same time. Memory is given back at once when a chunk goes: a restore of gigabytes would pile up dead buffers
 * by the hundred megabytes.
 */
import type { Bytes } from '../../../shared/crypto/primitives.ts';
import type { Extent } from '../../../shared/format/folder-node.ts';
import type { ChunkId } from '../../../shared/ids.ts';
import { releaseViews } from '../../../shared/release.ts';
import { cutOut } from '../vault/chunk-fetcher.ts';

export interface Loan {
  /** The chunk's verified pieces. Rejects as `FetchChunk` does. */
  readonly pieces: Promise<readonly Bytes[]>;
  /** Nothing of the pieces is used any more. */
  giveBack(): void;
}

export type FetchChunk = (id: ChunkId) => Promise<readonly Bytes[]>;

/** Chunks kept that nobody needs just now: the next file may. */
const SPARE_CHUNKS = 4;

/** Chunks borrowed ahead of the one that is used. */
export const CHUNKS_AHEAD = 6;

interface Lent {
  readonly pieces: Promise<readonly Bytes[]>;
  users: number;
}

export class ChunkLender {
  readonly #fetch: FetchChunk;
  /** The one that was lent last comes last. */
  readonly #chunks = new Map<ChunkId, Lent>();

  constructor(fetch: FetchChunk) {
    this.#fetch = fetch;
  }

  /** Fetches the chunk if it isn't here. */
  borrow(id: ChunkId): Loan {
    const lent = this.#chunks.get(id) ?? { pieces: this.#fetch(id), users: 0 };
    this.#chunks.delete(id);
    this.#chunks.set(id, lent);
    // Whoever uses it meets the failure; it may be asked for again.
    lent.pieces.catch(() => {
      if (this.#chunks.get(id) === lent) this.#chunks.delete(id);
    });
    lent.users += 1;
    let isBorrowed = true;
    return {
      pieces: lent.pieces,
      giveBack: () => {
        if (!isBorrowed) return;
        isBorrowed = false;
        lent.users -= 1;
        this.#tidy();
      },
    };
  }

  #tidy(): void {
    const spare = [...this.#chunks].filter(([, { users }]) => users === 0);
    for (const [id, { pieces }] of spare.slice(0, -SPARE_CHUNKS)) {
      this.#chunks.delete(id);
      // One that could not be fetched holds nothing.
      pieces.then(releaseViews, () => undefined);
    }
  }
}

/** What lies at extents, one after another, the chunks of the next few on their way meanwhile. */
export class ExtentsAhead {
  readonly #chunks: ChunkLender;
  readonly #extents: readonly Extent[];
  readonly #loans: Loan[] = [];
  #used = 0;

  constructor(chunks: ChunkLender, extents: readonly Extent[]) {
    this.#chunks = chunks;
    this.#extents = extents;
    this.#borrow();
  }

  /** Calls `write` with the bytes of each extent, which are good until it resolves. */
  async forEach(write: (parts: readonly Bytes[]) => Promise<void>): Promise<void> {
    for (const extent of this.#extents) {
      const loan = this.#loans.shift();
      if (loan === undefined) return;
      this.#used += 1;
      this.#borrow();
      try {
        await write(cutOut(await loan.pieces, extent));
      } finally {
        loan.giveBack();
      }
    }
  }

  /** What was borrowed and not used is given back. */
  end(): void {
    for (const loan of this.#loans) loan.giveBack();
  }

  #borrow(): void {
    const wanted = this.#extents.slice(this.#used + this.#loans.length, this.#used + CHUNKS_AHEAD);
    for (const { chunkId } of wanted) this.#loans.push(this.#chunks.borrow(chunkId));
  }
}

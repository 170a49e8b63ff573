/**
 * Whether the server still gives back what was sent, chunk by chunk. Each chunk is asked for once, however many
 * files need it.
 */
import { HoldfastError, toHoldfastError } from '../../../shared/errors.ts';
import type { ChunkKind } from '../../../shared/format/chunk-id.ts';
import type { ChunkId } from '../../../shared/ids.ts';
import { releaseViews } from '../../../shared/release.ts';
import { Credit } from '../connection/credit.ts';
import type { ChunkFetcher } from '../vault/chunk-fetcher.ts';
import { ChunkIndex } from '../vault/chunk-index.ts';
import { isDamage } from '../vault/is-damage.ts';

/** Chunks under way at once: enough to hide the way to the server. */
const AT_ONCE = 6;

export interface CheckerOptions {
  /** Whether the server says that it has the chunk. */
  readonly isKnown: (id: ChunkId) => boolean;
  /** Whether to read the chunk back; of another one it only matters that the server says that it has it. */
  readonly isRead: (kind: ChunkKind, id: ChunkId) => boolean;
}

export class ChunkChecker {
  readonly #fetcher: ChunkFetcher;
  readonly #options: CheckerOptions;
  readonly #signal: AbortSignal;
  readonly #sound = new ChunkIndex();
  readonly #damaged = new Map<ChunkId, HoldfastError>();
  readonly #underWay = new Map<ChunkId, Promise<HoldfastError | undefined>>();
  readonly #places = new Credit();

  /** `fetcher` must not read from a cache. */
  constructor(fetcher: ChunkFetcher, options: CheckerOptions, signal: AbortSignal) {
    this.#fetcher = fetcher;
    this.#options = options;
    this.#signal = signal;
    this.#places.grant(AT_ONCE);
  }

  /** What is wrong with a chunk, or `undefined`. Throws what keeps it from being checked. */
  async check(kind: ChunkKind, id: ChunkId): Promise<HoldfastError | undefined> {
    if (this.#sound.has(id)) return undefined;
    const known = this.#damaged.get(id) ?? this.#underWay.get(id);
    if (known !== undefined) return known;
    const checking = this.#check(kind, id).finally(() => this.#underWay.delete(id));
    this.#underWay.set(id, checking);
    return checking;
  }

  async #check(kind: ChunkKind, id: ChunkId): Promise<HoldfastError | undefined> {
    const failure = this.#options.isRead(kind, id) ? await this.#read(kind, id) : this.#look(id);
    if (failure === undefined) this.#sound.add(id);
    else this.#damaged.set(id, failure);
    return failure;
  }

  #look(id: ChunkId): HoldfastError | undefined {
    return this.#options.isKnown(id) ? undefined : new HoldfastError('chunk-missing');
  }

  async #read(kind: ChunkKind, id: ChunkId): Promise<HoldfastError | undefined> {
    await this.#places.take(1);
    try {
      releaseViews(await this.#fetcher.fetch(kind, id, this.#signal));
      return undefined;
    } catch (error) {
      if (!isDamage(error)) throw error;
      return toHoldfastError(error);
    } finally {
      this.#places.grant(1);
    }
  }
}

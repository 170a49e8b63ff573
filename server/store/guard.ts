/**
 * Keeps what requests name safe from garbage collection, whatever the clock says. A request says what it
 * counts on before it looks whether that is there; a collection leaves alone all that was named while it
 * runs. The other way round, what a collection has begun to erase is missing from that moment on.
 */
import { IdSet } from '../id-set.ts';
import type { RandomBytes } from '../ports.ts';

export class Guard {
  readonly #random: RandomBytes;
  /** Packed ids of requests under way. */
  readonly #inUse = new Set<Uint8Array>();
  readonly #leaving = new Set<string>();
  /** All that was named since the collection under way began. */
  #named: IdSet | undefined;

  constructor(random: RandomBytes) {
    this.#random = random;
  }

  /** A request counts on these 32-byte ids until the returned function is called. */
  use(packed: Uint8Array): () => void {
    this.#inUse.add(packed);
    this.#named?.addAll(packed);
    return () => {
      this.#inUse.delete(packed);
    };
  }

  beginCollection(): void {
    this.#named = new IdSet(this.#random);
    for (const packed of this.#inUse) this.#named.addAll(packed);
  }

  endCollection(): void {
    this.#named = undefined;
  }

  /** Those of `ids` that no request has named since the collection began, or counts on now. */
  free(ids: readonly string[]): string[] {
    const named = this.#named ?? this.#namedNow();
    return ids.filter((id) => !named.has(Buffer.from(id, 'hex')));
  }

  /** Whether the thing is being erased: it counts as missing. */
  isLeaving(id: string): boolean {
    return this.#leaving.has(id);
  }

  /** Resolves as `erasing` does, meanwhile these ids are missing. */
  async whileLeaving(ids: readonly string[], erasing: () => Promise<void>): Promise<void> {
    for (const id of ids) this.#leaving.add(id);
    try {
      await erasing();
    } finally {
      for (const id of ids) this.#leaving.delete(id);
    }
  }

  #namedNow(): IdSet {
    const named = new IdSet(this.#random);
    for (const packed of this.#inUse) named.addAll(packed);
    return named;
  }
}

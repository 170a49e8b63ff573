/**
 * Where small files' content lies, by its digest: an open-addressing hash table over packed numbers. 100,000
 * files take 4 MB; a Map of objects would take ten times that.
 */
import type { Extent } from '../../../shared/format/folder-node.ts';
import type { ChunkId, ContentDigest } from '../../../shared/ids.ts';

const FIRST_CAPACITY = 1_024;
const DIGEST_WORDS = 4;
const HEX_OF_WORD = 8;
/** Number of the chunk, offset, length. */
const PLACE_WORDS = 3;

export class ContentIndex {
  #count = 0;
  #digests = new Uint32Array(FIRST_CAPACITY * DIGEST_WORDS);
  #places = new Uint32Array(FIRST_CAPACITY * PLACE_WORDS);
  /** Slot -> 1 + the entry's number, 0 where free. */
  #slots = new Int32Array(2 * FIRST_CAPACITY);
  readonly #chunkIds: ChunkId[] = [];
  readonly #chunkNumbers = new Map<ChunkId, number>();
  readonly #words = new Uint32Array(DIGEST_WORDS);

  get size(): number {
    return this.#count;
  }

  /** Where content of that digest lies, as last said. */
  get(digest: ContentDigest): Extent | undefined {
    const entry = at(this.#slots, this.#slotOf(digest)) - 1;
    const start = PLACE_WORDS * entry;
    const chunkId = entry < 0 ? undefined : this.#chunkIds[at(this.#places, start)];
    if (chunkId === undefined) return undefined;
    return { chunkId, offset: at(this.#places, start + 1), lengthBytes: at(this.#places, start + 2) };
  }

  /** Says where content lies; what was said of that digest before is replaced. */
  set(digest: ContentDigest, { chunkId, offset, lengthBytes }: Extent): void {
    if (DIGEST_WORDS * this.#count === this.#digests.length) this.#grow();
    const slot = this.#slotOf(digest);
    const known = at(this.#slots, slot);
    const entry = known === 0 ? this.#count++ : known - 1;
    this.#slots[slot] = entry + 1;
    this.#digests.set(this.#words, DIGEST_WORDS * entry);
    this.#places.set([this.#numberOf(chunkId), offset, lengthBytes], PLACE_WORDS * entry);
  }

  #numberOf(chunkId: ChunkId): number {
    const known = this.#chunkNumbers.get(chunkId);
    if (known !== undefined) return known;
    const number = this.#chunkIds.push(chunkId) - 1;
    this.#chunkNumbers.set(chunkId, number);
    return number;
  }

  /** The slot that holds `digest`, or the free one where it would go. Leaves its words in #words. */
  #slotOf(digest: ContentDigest): number {
    for (let word = 0; word < DIGEST_WORDS; word++) {
      const start = HEX_OF_WORD * word;
      this.#words[word] = Number.parseInt(digest.slice(start, start + HEX_OF_WORD), 16);
    }
    const mask = this.#slots.length - 1;
    let slot = at(this.#words, 0) & mask;
    while (at(this.#slots, slot) !== 0 && !this.#isAt(at(this.#slots, slot) - 1)) slot = (slot + 1) & mask;
    return slot;
  }

  #isAt(entry: number): boolean {
    const start = DIGEST_WORDS * entry;
    return this.#words.every((word, index) => this.#digests[start + index] === word);
  }

  #grow(): void {
    const [digests, places] = [this.#digests, this.#places];
    this.#digests = new Uint32Array(2 * digests.length);
    this.#digests.set(digests);
    this.#places = new Uint32Array(2 * places.length);
    this.#places.set(places);
    this.#slots = new Int32Array(2 * this.#slots.length);
    const mask = this.#slots.length - 1;
    for (let entry = 0; entry < this.#count; entry++) {
      let slot = at(digests, DIGEST_WORDS * entry) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = entry + 1;
    }
  }
}

function at(numbers: Uint32Array | Int32Array, index: number): number {
  return numbers[index] ?? 0;
}

/**
 * The set of chunk ids that the server has: an open-addressing hash table over packed ids. A million of them
 * take 32 MB and a table of 8 MB; a Set of strings would take ten times that. Ids are compared word by word
 * and lie in blocks, so that growing copies none of them.
 */
import { HASH_ID_BYTES, idBytes } from '../../../shared/ids.ts';
import type { ChunkId } from '../../../shared/ids.ts';
import { HoldfastError } from '../../../shared/errors.ts';
import { MAX_VAULT_CHUNKS } from '../../../shared/limits.ts';

const ID_WORDS = HASH_ID_BYTES / Uint32Array.BYTES_PER_ELEMENT;
/** Ids in a block: 512 KiB, beyond which fresh memory gets slow. */
const BLOCK_IDS = 16_384;
const FIRST_SLOTS = 2_048;
/** Beyond this part of the slots the table doubles: longer runs would have to be walked. */
const MOST_FULL = 0.6;

export class ChunkIndex {
  #blocks: Uint32Array<ArrayBuffer>[] = [];
  #count = 0;
  /** Slot -> 1 + the place of an id, 0 where free. */
  #slots = new Uint32Array(FIRST_SLOTS);
  readonly #most: number;

  /** Takes at most `most` ids: a server could name any number of them. */
  constructor(most = MAX_VAULT_CHUNKS) {
    this.#most = most;
  }

  get size(): number {
    return this.#count;
  }

  has(id: ChunkId): boolean {
    return this.#slots[this.#slotOf(wordsOf(idBytes(id)), 0)] !== 0;
  }

  add(id: ChunkId): void {
    this.addPage(idBytes(id));
  }

  /** Forgets an id: the server turned out not to have it. */
  delete(id: ChunkId): void {
    this.deletePage(idBytes(id));
  }

  /** Adds every id of a packed page. Throws `too-large` beyond what a vault may have. */
  addPage(page: Uint8Array): void {
    const words = wordsOf(page);
    for (let start = 0; start < words.length; start += ID_WORDS) this.#add(words, start);
  }

  /** Forgets every id of a packed page. */
  deletePage(page: Uint8Array): void {
    const words = wordsOf(page);
    for (let start = 0; start < words.length; start += ID_WORDS) this.#delete(words, start);
  }

  /** All ids in packed pages, in no order. Views: good until the next change. */
  *pages(): Iterable<Uint8Array<ArrayBuffer>> {
    for (const [number, { buffer }] of this.#blocks.entries()) {
      const count = Math.min(BLOCK_IDS, this.#count - number * BLOCK_IDS);
      if (count > 0) yield new Uint8Array(buffer, 0, count * HASH_ID_BYTES);
    }
  }

  clear(): void {
    this.#blocks = [];
    this.#count = 0;
    this.#slots = new Uint32Array(FIRST_SLOTS);
  }

  #add(words: Uint32Array, start: number): void {
    const slot = this.#slotOf(words, start);
    if (this.#slots[slot] !== 0) return;
    if (this.#count === this.#most) throw new HoldfastError('too-large', { detail: 'chunks of a vault' });
    this.#put(this.#count, words, start);
    this.#count += 1;
    this.#slots[slot] = this.#count;
    if (this.#count > MOST_FULL * this.#slots.length) this.#grow();
  }

  #delete(words: Uint32Array, start: number): void {
    const slot = this.#slotOf(words, start);
    const place = (this.#slots[slot] ?? 0) - 1;
    if (place === -1) return;
    this.#free(slot);
    this.#count -= 1;
    if (place === this.#count) return;
    // The last id takes the place, so that no gap is left.
    const last = this.#blockOf(this.#count);
    const lastStart = startOf(this.#count);
    this.#slots[this.#slotOf(last, lastStart)] = place + 1;
    this.#put(place, last, lastStart);
  }

  /** The slot that holds an id, or the free one where it belongs. */
  #slotOf(words: Uint32Array, start: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hashAt(words, start) & mask;
    for (;;) {
      const place = (slots[slot] ?? 0) - 1;
      if (place === -1 || isEqual(this.#blockOf(place), startOf(place), words, start)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  /** Empties a slot, and moves back what had to go past it. */
  #free(slot: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let hole = slot;
    for (let next = (hole + 1) & mask; slots[next] !== 0; next = (next + 1) & mask) {
      const place = (slots[next] ?? 0) - 1;
      const home = hashAt(this.#blockOf(place), startOf(place)) & mask;
      if (((next - home) & mask) < ((next - hole) & mask)) continue;
      slots[hole] = place + 1;
      hole = next;
    }
    slots[hole] = 0;
  }

  #put(place: number, words: Uint32Array, start: number): void {
    if (place === this.#blocks.length * BLOCK_IDS) this.#blocks.push(new Uint32Array(BLOCK_IDS * ID_WORDS));
    const block = this.#blockOf(place);
    const to = startOf(place);
    for (let word = 0; word < ID_WORDS; word++) block[to + word] = words[start + word] ?? 0;
  }

  #blockOf(place: number): Uint32Array {
    return this.#blocks[Math.floor(place / BLOCK_IDS)] ?? NO_WORDS;
  }

  #grow(): void {
    const slots = new Uint32Array(2 * this.#slots.length);
    const mask = slots.length - 1;
    for (let place = 0; place < this.#count; place++) {
      let slot = hashAt(this.#blockOf(place), startOf(place)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = place + 1;
    }
    this.#slots = slots;
  }
}

const NO_WORDS = new Uint32Array(0);

/** Packed ids as words: a view where they are aligned, else a copy. Bytes beyond the last whole id are left out. */
function wordsOf(page: Uint8Array): Uint32Array {
  const aligned = page.byteOffset % Uint32Array.BYTES_PER_ELEMENT === 0 ? page : new Uint8Array(page);
  return new Uint32Array(
    aligned.buffer,
    aligned.byteOffset,
    Math.floor(page.length / HASH_ID_BYTES) * ID_WORDS,
  );
}

/** Where in its block the id at `place` begins. */
function startOf(place: number): number {
  return (place % BLOCK_IDS) * ID_WORDS;
}

/** Ids are MACs: any 32 of their bits are a good hash. */
function hashAt(words: Uint32Array, start: number): number {
  return words[start] ?? 0;
}

function isEqual(a: Uint32Array, aStart: number, b: Uint32Array, bStart: number): boolean {
  for (let word = 0; word < ID_WORDS; word++) if (a[aStart + word] !== b[bStart + word]) return false;
  return true;
}

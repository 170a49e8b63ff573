/**
 * A set of 32-byte ids that holds millions in little memory: ids one after another, and a table of their
 * places. Its hash is keyed by chance, since clients choose ids and could choose ones that collide.
 */
import { HASH_ID_BYTES } from '../shared/ids.ts';
import type { RandomBytes } from './ports.ts';

const WORDS = HASH_ID_BYTES / 4;
const FIRST_CAPACITY = 1_024;

export class IdSet {
  readonly #keys: Uint32Array;
  #ids = new Uint32Array(WORDS * FIRST_CAPACITY);
  /** Open addressing: number of an id, counted from 1, or 0 for none. Twice as long as there is room for ids. */
  #table = new Uint32Array(2 * FIRST_CAPACITY);
  #size = 0;
  /** One id as words, whatever its alignment. */
  readonly #word = new Uint32Array(WORDS);
  readonly #wordBytes = new Uint8Array(this.#word.buffer);

  constructor(random: RandomBytes) {
    const seed = random(HASH_ID_BYTES);
    this.#keys = new Uint32Array(seed.buffer, seed.byteOffset, WORDS);
  }

  get size(): number {
    return this.#size;
  }

  /** Adds all ids that lie one after another in `packed`. */
  addAll(packed: Uint8Array): void {
    for (let offset = 0; offset + HASH_ID_BYTES <= packed.length; offset += HASH_ID_BYTES) {
      this.#load(packed, offset);
      this.#add();
    }
  }

  /** Whether the id at the start of `bytes`, or at `offset`, is in the set. */
  has(bytes: Uint8Array, offset = 0): boolean {
    this.#load(bytes, offset);
    return this.#table[this.#slot()] !== 0;
  }

  #load(bytes: Uint8Array, offset: number): void {
    // Faster than a view for each id.
    for (let i = 0; i < HASH_ID_BYTES; i++) this.#wordBytes[i] = bytes[offset + i] ?? 0;
  }

  #add(): void {
    const slot = this.#slot();
    if (this.#table[slot] !== 0) return;
    this.#ids.set(this.#word, WORDS * this.#size);
    this.#table[slot] = ++this.#size;
    if (2 * this.#size >= this.#table.length) this.#grow();
  }

  /** Where the loaded id is, or would be. */
  #slot(): number {
    const mask = this.#table.length - 1;
    let slot = this.#hash(this.#word, 0) & mask;
    for (;;) {
      const number = this.#table[slot] ?? 0;
      if (number === 0 || this.#isAt(number - 1)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #isAt(index: number): boolean {
    const start = WORDS * index;
    for (let i = 0; i < WORDS; i++) if (this.#ids[start + i] !== this.#word[i]) return false;
    return true;
  }

  #hash(words: Uint32Array, start: number): number {
    let sum = 0;
    for (let i = 0; i < WORDS; i++) {
      const mixed = (words[start + i] ?? 0) ^ (this.#keys[i] ?? 0);
      sum = Math.imul(sum ^ mixed, 0x9e3779b1);
      sum ^= sum >>> 15;
    }
    return sum >>> 0;
  }

  #grow(): void {
    const ids = new Uint32Array(2 * this.#ids.length);
    ids.set(this.#ids);
    this.#ids = ids;
    this.#table = new Uint32Array(2 * this.#table.length);
    const mask = this.#table.length - 1;
    for (let index = 0; index < this.#size; index++) {
      let slot = this.#hash(ids, WORDS * index) & mask;
      while (this.#table[slot] !== 0) slot = (slot + 1) & mask;
      this.#table[slot] = index + 1;
    }
  }
}

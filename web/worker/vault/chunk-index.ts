/**
 * The set of chunk ids that the server has: an open-addressing hash table over packed bytes. A million
 * ids take 32 MB and a table of 8 MB; a Set of strings would take ten times that.
 */
import { idBytes } from '../../../shared/ids.ts';
import type { ChunkId } from '../../../shared/ids.ts';
import { HASH_ID_BYTES } from '../../../shared/ids.ts';

const FIRST_CAPACITY = 1_024;
const MOST_FULL = 0.5;
const REMOVED = -1;

export class ChunkIndex {
  #ids = new Uint8Array(FIRST_CAPACITY * HASH_ID_BYTES);
  #count = 0;
  #removed = 0;
  /** Slot -> 1 + place of the id, 0 where free, REMOVED where one was. */
  #slots = new Int32Array(2 * FIRST_CAPACITY);

  get size(): number {
    return this.#count - this.#removed;
  }

  has(id: ChunkId): boolean {
    return this.#find(idBytes(id)) !== -1;
  }

  add(id: ChunkId): void {
    this.addBytes(idBytes(id));
  }

  /** Adds every id of a packed page. */
  addPage(page: Uint8Array): void {
    for (let start = 0; start + HASH_ID_BYTES <= page.length; start += HASH_ID_BYTES) {
      this.addBytes(page.subarray(start, start + HASH_ID_BYTES));
    }
  }

  addBytes(id: Uint8Array): void {
    if (this.#find(id) !== -1) return;
    if ((this.#count + 1) / this.#slots.length > MOST_FULL) this.#grow();
    this.#ids.set(id, this.#count * HASH_ID_BYTES);
    this.#count += 1;
    this.#slots[freeSlot(this.#slots, hashOf(id, 0))] = this.#count;
  }

  /** Forgets an id: the server turned out not to have it. */
  delete(id: ChunkId): void {
    const slot = this.#find(idBytes(id));
    if (slot === -1) return;
    this.#slots[slot] = REMOVED;
    this.#removed += 1;
  }

  /** The slot that holds `id`, or -1. */
  #find(id: Uint8Array): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hashOf(id, 0) & mask; ; slot = (slot + 1) & mask) {
      const place = slots[slot] ?? 0;
      if (place === 0) return -1;
      if (place !== REMOVED && equalAt(this.#ids, (place - 1) * HASH_ID_BYTES, id)) return slot;
    }
  }

  #grow(): void {
    const live = Array.from(this.#slots.filter((place) => place > 0));
    const old = this.#ids;
    // A power of two, whatever was removed: slots are found by masking a hash.
    const capacity = Math.max(2 ** Math.ceil(Math.log2(2 * live.length)), FIRST_CAPACITY);
    const ids = new Uint8Array(capacity * HASH_ID_BYTES);
    const slots = new Int32Array(2 * capacity);
    for (const [index, place] of live.sort((a, b) => a - b).entries()) {
      const start = (place - 1) * HASH_ID_BYTES;
      ids.set(old.subarray(start, start + HASH_ID_BYTES), index * HASH_ID_BYTES);
      slots[freeSlot(slots, hashOf(old, start))] = index + 1;
    }
    this.#ids = ids;
    this.#slots = slots;
    this.#count = live.length;
    this.#removed = 0;
  }
}

/** Ids are MACs: any 32 of their bits are a good hash. */
function hashOf(bytes: Uint8Array, start: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(start, start + 4);
  return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
}

function freeSlot(slots: Int32Array, hash: number): number {
  const mask = slots.length - 1;
  let slot = hash & mask;
  while (slots[slot] !== 0) slot = (slot + 1) & mask;
  return slot;
}

function equalAt(ids: Uint8Array, start: number, id: Uint8Array): boolean {
  for (let i = 0; i < HASH_ID_BYTES; i++) if (ids[start + i] !== id[i]) return false;
  return true;
}

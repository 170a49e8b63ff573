/**
 * A number that folders with the same entries share, to find a renamed or moved folder by. Others may share it
 * too: who finds one compares the entries.
 */
import type { Entry, Extent } from '../../../shared/format/folder-node.ts';
import { contentPlaces } from '../vault/entries.ts';
import type { WrittenEntry } from './folder-writer.ts';

const DIGITS_OF_32_BITS = 8;

/** `undefined` for no entries, and where a folder below is new: then this one is new as well. */
export function folderPrint(entries: Iterable<Entry | WrittenEntry>): number | undefined {
  const print = new Print();
  let isEmpty = true;
  for (const entry of entries) {
    const places = placesOf(entry);
    if (places === undefined) return undefined;
    isEmpty = false;
    print.addText(entry.name);
    if (entry.kind === 'file') print.add(entry.modifiedAtMs | 0);
    for (const place of places) print.addPlace(place);
  }
  return isEmpty ? undefined : print.value;
}

function placesOf(entry: Entry | WrittenEntry): readonly Extent[] | undefined {
  if (entry.kind === 'file') return contentPlaces(entry);
  if ('nodes' in entry) return entry.nodes;
  return entry.place.kind === 'kept' ? entry.place.nodes : undefined;
}

/** Two hashes of FNV-1a's kind: together 53 bits. */
class Print {
  #low = 0x811c9dc5;
  #high = 0x01234567;

  get value(): number {
    return (this.#low >>> 0) + (this.#high & 0x1fffff) * 2 ** 32;
  }

  add(number: number): void {
    this.#low = Math.imul(this.#low ^ number, 0x01000193);
    this.#high = Math.imul(this.#high ^ this.#low ^ (this.#low >>> 15), 0x85ebca6b);
  }

  addText(text: string): void {
    for (let i = 0; i < text.length; i++) this.add(text.charCodeAt(i));
    this.add(-1);
  }

  /** Ids are MACs: 32 of their bits do. */
  addPlace({ chunkId, offset, lengthBytes }: Extent): void {
    this.add(Number.parseInt(chunkId.slice(0, DIGITS_OF_32_BITS), 16));
    this.add(offset);
    this.add(lengthBytes);
  }
}

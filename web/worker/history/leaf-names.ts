/**
 * The names in folders that hold no others, folded for searching. People search letter by letter: from the second
 * letter on most of a vault is looked through without reading, decrypting and decoding it again.
 */
import type { Entry, Extent } from '../../../shared/format/folder-node.ts';
import { folded } from './folding.ts';
import { nodeKey } from './walk-together.ts';

/** Some 300,000 names; what goes beyond is read each time. */
const MOST_CHARACTERS = 8_000_000;

/** No name holds it. */
const BETWEEN = '/';

export class LeafNames {
  readonly #names = new Map<string, string>();
  #characters = 0;

  /** Whether a node is known to hold neither a folder nor a name that contains `wanted`, which is folded. */
  isWithout(node: Extent, wanted: string): boolean {
    const names = this.#names.get(nodeKey(node));
    return names !== undefined && !names.includes(wanted);
  }

  /** Takes up what a node holds. Nodes never change. */
  note(node: Extent, entries: readonly Entry[]): void {
    const key = nodeKey(node);
    if (this.#names.has(key) || entries.some(({ kind }) => kind === 'folder')) return;
    const names = entries.map(({ name }) => folded(name)).join(BETWEEN);
    if (this.#characters + names.length > MOST_CHARACTERS) return;
    this.#characters += names.length;
    this.#names.set(key, names);
  }
}

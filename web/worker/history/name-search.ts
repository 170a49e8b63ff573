/** Finds entries by name in many snapshots. What fits best is kept, whatever the number of all that fits. */
import type { Entry, Extent } from '../../../shared/format/folder-node.ts';
import { ascending, stateKey } from './file-versions.ts';
import { folded } from './folding.ts';
import type { LeafNames } from './leaf-names.ts';
import { walkTogether } from './walk-together.ts';
import type { ReadNode, SharedRun, UnreadableRun } from './walk-together.ts';

/** An entry that was found, and the places of the snapshots that hold exactly it, in ascending order. */
interface Found {
  /** The place of its source. */
  readonly source: number;
  readonly path: readonly string[];
  readonly entry: Entry;
  readonly members: readonly number[];
}

export interface SearchParts {
  readonly read: ReadNode;
  /** What searches before have seen. */
  readonly leaves: LeafNames;
}

/**
 * Entries of sources, each the roots of its snapshots, whose name contains `text`, at most `limit`: first those of just that name, then those
 * that begin with it, upper levels before lower ones. A folder is one hit, whatever was in it when.
 */
export async function searchNames(
  { read, leaves }: SearchParts,
  sources: readonly (readonly (readonly Extent[])[])[],
  text: string,
  limit: number,
  onUnreadable: (run: UnreadableRun) => void,
): Promise<Found[]> {
  const wanted = folded(text);
  const hits = new RankedHits(limit);
  const readUnlessWithout: ReadNode = async (node) => {
    if (leaves.isWithout(node, wanted)) return [];
    const entries = await read(node);
    leaves.note(node, entries);
    return entries;
  };
  for (const [source, roots] of sources.entries()) {
    for await (const run of walkTogether(readUnlessWithout, roots)) {
      if (run.kind === 'unreadable') onUnreadable(run);
      else hits.addAll(source, run, (entry) => rankOf(folded(entry.name), wanted));
    }
  }
  return hits.best();
}

type Rank = 0 | 1 | 2;

function rankOf(name: string, wanted: string): Rank | undefined {
  if (name === wanted) return 0;
  if (!name.includes(wanted)) return undefined;
  return name.startsWith(wanted) ? 1 : 2;
}

interface Hit extends Found {
  readonly members: number[];
}

/** At most `limit` hits of each rank: memory doesn't grow with what fits. */
class RankedHits {
  readonly #limit: number;
  readonly #ranks = [new Map<string, Hit>(), new Map<string, Hit>(), new Map<string, Hit>()] as const;

  constructor(limit: number) {
    this.#limit = limit;
  }

  addAll(source: number, run: SharedRun, rankOfEntry: (entry: Entry) => Rank | undefined): void {
    for (const entry of run.entries) {
      const rank = rankOfEntry(entry);
      if (rank !== undefined) this.#add(this.#ranks[rank], source, run, entry);
    }
  }

  best(): Found[] {
    const inOrder = this.#ranks.flatMap((hits) => [...hits.values()]).slice(0, this.#limit);
    return inOrder.map((hit) => ({ ...hit, members: hit.members.sort(ascending) }));
  }

  #add(hits: Map<string, Hit>, source: number, { path: folder, members }: SharedRun, entry: Entry): void {
    const path = [...folder, entry.name];
    const key = `${String(source)}/${path.join('/')}/${entry.kind === 'file' ? stateKey(entry) : ''}`;
    const known = hits.get(key);
    if (known !== undefined) known.members.push(...members);
    else if (hits.size < this.#limit) hits.set(key, { source, path, entry, members: [...members] });
  }
}

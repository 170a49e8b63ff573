/**
 * Searches names over many snapshots. Folders that snapshots share are read once, so that a hundred
 * snapshots cost little more than one.
 */
import type { Entry, Extent, FolderEntry } from '../../../shared/format/folder-node.ts';
import type { SnapshotId } from '../../../shared/ids.ts';
import type { FolderReader } from '../vault/folder-reader.ts';

export interface Hit {
  readonly path: readonly string[];
  readonly entry: Entry;
  /** The snapshots that hold exactly this, in the order given. */
  readonly snapshotIds: readonly SnapshotId[];
}

export interface SearchedSnapshot {
  readonly snapshotId: SnapshotId;
  readonly root: readonly Extent[];
}

interface Match {
  readonly path: readonly string[];
  readonly entry: Entry;
}

/**
 * Entries whose name contains `text` (letter case and the composition of accents don't count), at most
 * `limit`. Throws what reading folders throws.
 */
export async function searchNames(
  folders: FolderReader,
  snapshots: readonly SearchedSnapshot[],
  text: string,
  limit: number,
  signal: AbortSignal,
): Promise<Hit[]> {
  const search = new NameSearch(folders, folded(text), signal);
  const hits = new Map<string, { match: Match; snapshotIds: SnapshotId[] }>();
  for (const { snapshotId, root } of snapshots) {
    for (const match of await search.below(root)) {
      const key = JSON.stringify([match.path, match.entry]);
      const hit = hits.get(key);
      if (hit !== undefined) hit.snapshotIds.push(snapshotId);
      else if (hits.size < limit) hits.set(key, { match, snapshotIds: [snapshotId] });
    }
  }
  return [...hits.values()].map(({ match, snapshotIds }) => ({ ...match, snapshotIds }));
}

class NameSearch {
  readonly #folders: FolderReader;
  readonly #text: string;
  readonly #signal: AbortSignal;
  /** Matches below a folder, by its nodes; paths begin there. */
  readonly #known = new Map<string, Promise<readonly Match[]>>();

  constructor(folders: FolderReader, text: string, signal: AbortSignal) {
    this.#folders = folders;
    this.#text = text;
    this.#signal = signal;
  }

  async below(nodes: readonly Extent[]): Promise<readonly Match[]> {
    const key = nodes.map(({ chunkId, offset }) => `${chunkId}/${String(offset)}`).join();
    const known = this.#known.get(key) ?? this.#search(nodes);
    this.#known.set(key, known);
    return known;
  }

  async #search(nodes: readonly Extent[]): Promise<readonly Match[]> {
    const entries = await this.#folders.list(nodes, this.#signal);
    const matches: Match[] = entries
      .filter(({ name }) => folded(name).includes(this.#text))
      .map((entry) => ({ path: [entry.name], entry }));
    for (const folder of entries.filter(isFolder)) {
      const inside = await this.below(folder.nodes);
      matches.push(...inside.map(({ path, entry }) => ({ path: [folder.name, ...path], entry })));
    }
    return matches;
  }
}

function isFolder(entry: Entry): entry is FolderEntry {
  return entry.kind === 'folder';
}

/** As people compare names: without letter case, with accents in one form. */
function folded(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/**
 * Walks the folders of many snapshots at once, level by level. What they share is read once: a hundred
 * snapshots that differ in little cost little more than one. Within a level nodes are read chunk by chunk.
 */
import type { Entry, Extent } from '../../../shared/format/folder-node.ts';
import { HoldfastError } from '../../../shared/errors.ts';
import type { ChunkId } from '../../../shared/ids.ts';
import { MAX_DEPTH } from '../../../shared/limits.ts';
import { mapAhead } from './map-ahead.ts';

/** Nodes read ahead: mostly of one chunk, so that the next one is on its way before it is needed. */
const NODES_AHEAD = 16;

type Path = readonly string[];

/** A node of a folder, and whose it is. */
interface SharedNode {
  /** The folder's. */
  readonly path: Path;
  readonly node: Extent;
  /** Places in `roots` of the snapshots whose folder at `path` has this node, each once. */
  readonly members: readonly number[];
}

/** A node's entries: a run of its folder's, the whole of most. */
export interface SharedRun extends SharedNode {
  readonly kind: 'run';
  readonly entries: readonly Entry[];
}

export interface UnreadableRun extends SharedNode {
  readonly kind: 'unreadable';
  readonly error: unknown;
}

/** The entries of one node. */
export type ReadNode = (node: Extent) => Promise<readonly Entry[]>;

/** A folder that is still to be read. */
interface Folder {
  readonly path: Path;
  readonly nodes: Map<string, { readonly node: Extent; readonly lists: (readonly number[])[] }>;
  readonly children: Map<string, Folder>;
}

/**
 * Every node below `roots`, upper levels first; a folder that several snapshots have the same of comes once, for
 * all of them. `goesInto` says which folders to go into; all of them if absent.
 */
export async function* walkTogether(
  read: ReadNode,
  roots: readonly (readonly Extent[])[],
  goesInto: (path: Path) => boolean = () => true,
): AsyncGenerator<SharedRun | UnreadableRun> {
  const top = newFolder([]);
  for (const [member, nodes] of roots.entries()) addNodes(top, nodes, [member]);
  for (let level = [top]; level.length > 0;) {
    yield* walkLevel(read, level, goesInto);
    level = level.flatMap(({ children }) => [...children.values()]);
  }
}

/** Reads the nodes of a level's folders and gathers the next level in their children. */
async function* walkLevel(
  read: ReadNode,
  level: readonly Folder[],
  goesInto: (path: Path) => boolean,
): AsyncGenerator<SharedRun | UnreadableRun> {
  for await (const [{ folder, node, lists }, outcome] of mapAhead(
    byChunk(level),
    NODES_AHEAD,
    attempt(read),
  )) {
    const members = joined(lists);
    yield { path: folder.path, node, members, ...outcome };
    if (outcome.kind === 'run') addChildren(folder, outcome.entries, members, goesInto);
  }
}

/** Most of a tree shares the list of the folder above. */
function joined(lists: readonly (readonly number[])[]): readonly number[] {
  const [first = []] = lists;
  return lists.length === 1 ? first : first.concat(...lists.slice(1));
}

/** Identifies a node: its bytes are those of its place in its chunk. */
export function nodeKey({ chunkId, offset }: Extent): string {
  return `${chunkId}/${String(offset)}`;
}

type Outcome =
  | { readonly kind: 'run'; readonly entries: readonly Entry[] }
  | { readonly kind: 'unreadable'; readonly error: unknown };

interface Task {
  readonly folder: Folder;
  readonly node: Extent;
  readonly lists: readonly (readonly number[])[];
}

function attempt(read: ReadNode): (task: Task) => Promise<Outcome> {
  return async ({ folder, node }) => {
    try {
      // A node that names itself as its child could be followed for ever.
      if (folder.path.length > MAX_DEPTH)
        throw new HoldfastError('malformed', { detail: 'nested too deeply' });
      return { kind: 'run', entries: await read(node) };
    } catch (error) {
      return { kind: 'unreadable', error };
    }
  };
}

/** The nodes of a level, those of one chunk together, chunks in the order in which they are first needed. */
function byChunk(level: readonly Folder[]): Task[] {
  const tasks = new Map<ChunkId, Task[]>();
  for (const folder of level) {
    for (const { node, lists } of folder.nodes.values()) {
      const together = tasks.get(node.chunkId);
      if (together === undefined) tasks.set(node.chunkId, [{ folder, node, lists }]);
      else together.push({ folder, node, lists });
    }
  }
  return [...tasks.values()].flat();
}

function addChildren(
  folder: Folder,
  entries: readonly Entry[],
  members: readonly number[],
  goesInto: (path: Path) => boolean,
): void {
  for (const entry of entries) {
    if (entry.kind !== 'folder') continue;
    const child = folder.children.get(entry.name) ?? newFolder([...folder.path, entry.name]);
    if (!goesInto(child.path)) continue;
    folder.children.set(entry.name, child);
    addNodes(child, entry.nodes, members);
  }
}

function addNodes(folder: Folder, nodes: readonly Extent[], members: readonly number[]): void {
  for (const node of nodes) {
    const key = nodeKey(node);
    const known = folder.nodes.get(key);
    if (known === undefined) folder.nodes.set(key, { node, lists: [members] });
    else known.lists.push(members);
  }
}

function newFolder(path: Path): Folder {
  return { path, nodes: new Map(), children: new Map() };
}

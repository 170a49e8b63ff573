/** What a restore covers: every file and folder below the selected paths, depth first. */
import type { Entry, Extent, FileEntry } from '../../../shared/format/folder-node.ts';
import type { FolderReader } from '../vault/folder-reader.ts';

export type Selection = readonly (readonly string[])[];

export type Selected =
  | { readonly kind: 'folder'; readonly path: readonly string[] }
  | { readonly kind: 'file'; readonly path: readonly string[]; readonly file: FileEntry }
  /** A folder whose entries can't be read: all below it is lost, all beside it is not. */
  | { readonly kind: 'unreadable'; readonly path: readonly string[]; readonly error: unknown };

/** Walks the selection. `[]` is the root. Throws `entry-missing` for a path that isn't there. */
export async function* walkSelection(
  folders: FolderReader,
  root: readonly Extent[],
  selection: Selection,
  signal: AbortSignal,
): AsyncGenerator<Selected> {
  for (const path of outermost(selection)) {
    if (path.length === 0) {
      yield* walkFolder(folders, root, [], signal);
      continue;
    }
    const entry = await folders.entryAt(root, path, signal);
    yield* walkEntry(folders, entry, path, signal);
  }
}

async function* walkFolder(
  folders: FolderReader,
  nodes: readonly Extent[],
  path: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<Selected> {
  let entries: readonly Entry[];
  try {
    entries = await folders.list(nodes, signal);
  } catch (error) {
    signal.throwIfAborted();
    yield { kind: 'unreadable', path, error };
    return;
  }
  for (const entry of entries) yield* walkEntry(folders, entry, [...path, entry.name], signal);
}

async function* walkEntry(
  folders: FolderReader,
  entry: Entry,
  path: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<Selected> {
  if (entry.kind === 'file') {
    yield { kind: 'file', path, file: entry };
    return;
  }
  yield { kind: 'folder', path };
  yield* walkFolder(folders, entry.nodes, path, signal);
}

/** Leaves out paths that lie below another selected one. */
function outermost(selection: Selection): Selection {
  return selection.filter(
    (path) =>
      !selection.some(
        (other) => other.length < path.length && other.every((part, index) => part === path[index]),
      ),
  );
}

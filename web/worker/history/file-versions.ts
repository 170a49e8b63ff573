/** The states that one file had over many snapshots. */
import type { Extent, FileEntry } from '../../../shared/format/folder-node.ts';
import { contentKey } from '../vault/entries.ts';
import { walkTogether } from './walk-together.ts';
import type { ReadNode, SharedRun, UnreadableRun } from './walk-together.ts';

/** A state of a file, and the places of the snapshots that hold it, in ascending order. */
export interface FileState {
  readonly file: FileEntry;
  readonly members: readonly number[];
}

/**
 * The states of the file at `path` below `roots`, in the order of the first root that holds each. Only the folders
 * on the way are read; one that can't be is told to `onUnreadable`.
 */
export async function fileStates(
  read: ReadNode,
  roots: readonly (readonly Extent[])[],
  path: readonly string[],
  onUnreadable: (run: UnreadableRun) => void,
): Promise<FileState[]> {
  const states = new Map<string, { file: FileEntry; members: number[] }>();
  for await (const run of walkTogether(read, roots, (folder) => isAbove(folder, path))) {
    if (run.kind === 'unreadable') onUnreadable(run);
    const file = run.kind === 'run' ? fileIn(run, path) : undefined;
    if (file === undefined) continue;
    const state = states.get(stateKey(file)) ?? { file, members: [] };
    state.members.push(...run.members);
    states.set(stateKey(file), state);
  }
  const found = [...states.values()].map(({ file, members }) => ({ file, members: members.sort(ascending) }));
  return found.sort((a, b) => ascending(a.members[0] ?? 0, b.members[0] ?? 0));
}

/** Two files of one path with the same key are in the same state: size, time and content. */
export function stateKey(file: FileEntry): string {
  return `${String(file.sizeBytes)} ${String(file.modifiedAtMs)} ${contentKey(file)}`;
}

export function ascending(a: number, b: number): number {
  return a - b;
}

function fileIn(run: SharedRun, path: readonly string[]): FileEntry | undefined {
  if (run.path.length !== path.length - 1) return undefined;
  const entry = run.entries.find(({ name }) => name === path.at(-1));
  return entry?.kind === 'file' ? entry : undefined;
}

function isAbove(folder: readonly string[], path: readonly string[]): boolean {
  return folder.length < path.length && folder.every((name, depth) => name === path[depth]);
}

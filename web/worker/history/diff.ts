/**
 * What changed between two snapshots. Folders with the same nodes are skipped whole, so that a comparison
 * costs in proportion to the change; a file that went and one that came with the same content was moved.
 */
import type { Entry, Extent } from '../../../shared/format/folder-node.ts';
import { contentKey, isSameContent, isSameExtents } from '../vault/entries.ts';
import type { FolderReader } from '../vault/folder-reader.ts';

type Path = readonly string[];

export type Change =
  | { readonly kind: 'added' | 'removed'; readonly path: Path; readonly sizeBytes: number }
  | {
      readonly kind: 'changed';
      readonly path: Path;
      readonly sizeBytes: number;
      readonly sizeBeforeBytes: number;
    }
  | { readonly kind: 'moved'; readonly path: Path; readonly from: Path; readonly sizeBytes: number };

interface FoundFile {
  readonly path: Path;
  readonly sizeBytes: number;
  /** What moves are told by; empty files all have the same content and are never taken for moved. */
  readonly key: string | undefined;
}

/**
 * The files that differ between two roots, ordered by path. Throws what reading folders throws. A file whose
 * time alone changed isn't one of them.
 */
export async function diffSnapshots(
  folders: FolderReader,
  before: readonly Extent[],
  after: readonly Extent[],
  signal: AbortSignal,
): Promise<Change[]> {
  const diff = new Diff(folders, signal);
  await diff.compare(before, after, []);
  return diff.changes().sort((a, b) => comparePaths(a.path, b.path));
}

class Diff {
  readonly #folders: FolderReader;
  readonly #signal: AbortSignal;
  readonly #added: FoundFile[] = [];
  readonly #removed: FoundFile[] = [];
  readonly #changed: Change[] = [];

  constructor(folders: FolderReader, signal: AbortSignal) {
    this.#folders = folders;
    this.#signal = signal;
  }

  async compare(before: readonly Extent[], after: readonly Extent[], path: Path): Promise<void> {
    if (isSameExtents(before, after)) return;
    const [old, current] = await Promise.all([this.#entries(before), this.#entries(after)]);
    for (const name of new Set([...old.keys(), ...current.keys()])) {
      await this.#compareEntries(old.get(name), current.get(name), [...path, name]);
    }
  }

  /** Added, removed and changed files, with pairs of the same content made moves. */
  changes(): Change[] {
    const removedByKey = new Map<string, FoundFile[]>();
    for (const file of this.#removed) {
      if (file.key !== undefined) removedByKey.set(file.key, [...(removedByKey.get(file.key) ?? []), file]);
    }
    const gone = new Set(this.#removed);
    const come = this.#added.map((file): Change => {
      const from = file.key === undefined ? undefined : removedByKey.get(file.key)?.pop();
      const { path, sizeBytes } = file;
      if (from === undefined) return { kind: 'added', path, sizeBytes };
      gone.delete(from);
      return { kind: 'moved', path, from: from.path, sizeBytes };
    });
    const removed = [...gone].map(({ path, sizeBytes }): Change => ({ kind: 'removed', path, sizeBytes }));
    return [...come, ...removed, ...this.#changed];
  }

  async #compareEntries(before: Entry | undefined, after: Entry | undefined, path: Path): Promise<void> {
    if (before?.kind === 'file' && after?.kind === 'file') {
      if (isSameContent(before, after)) return;
      const { sizeBytes } = after;
      this.#changed.push({ kind: 'changed', path, sizeBytes, sizeBeforeBytes: before.sizeBytes });
      return;
    }
    this.#note(before, path, this.#removed);
    this.#note(after, path, this.#added);
    await this.compare(nodesOf(before), nodesOf(after), path);
  }

  #note(entry: Entry | undefined, path: Path, list: FoundFile[]): void {
    if (entry?.kind !== 'file') return;
    const { sizeBytes } = entry;
    list.push({ path, sizeBytes, key: sizeBytes === 0 ? undefined : contentKey(entry) });
  }

  async #entries(nodes: readonly Extent[]): Promise<Map<string, Entry>> {
    const entries = await this.#folders.list(nodes, this.#signal);
    return new Map(entries.map((entry) => [entry.name, entry]));
  }
}

function nodesOf(entry: Entry | undefined): readonly Extent[] {
  return entry?.kind === 'folder' ? entry.nodes : [];
}

function comparePaths(a: Path, b: Path): number {
  const [left, right] = [a.join('\0'), b.join('\0')];
  return left < right ? -1 : Number(left > right);
}

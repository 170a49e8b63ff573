/**
 * What changed between two snapshots. Nodes that both have are skipped, so that a comparison costs in proportion
 * to the change; a file that went and one that came with the same content is one that was moved.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import { compareNames } from '../../../shared/format/folder-node.ts';
import type { Entry, Extent, FileEntry } from '../../../shared/format/folder-node.ts';
import { MAX_DEPTH } from '../../../shared/limits.ts';
import type { EntryChange, SnapshotDiff } from '../../bridge/history-api.ts';
import { contentKey, isSameContent } from '../vault/entries.ts';
import type { FolderReader } from '../vault/folder-reader.ts';
import type { Pace } from './pace.ts';
import { nodeKey } from './walk-together.ts';

/** So many changes are told one by one; the totals count all of them. */
const CHANGES_TOLD = 10_000;

type Path = readonly string[];

/** A file that differs, in the order of paths. All of a folder share its path. */
interface Found {
  readonly kind: 'added' | 'removed' | 'changed';
  readonly folder: Path;
  readonly name: string;
  readonly sizeBytes: number;
  readonly sizeBeforeBytes: number;
  /** What moves are told by; empty files all have the same content and are never taken for moved. */
  readonly key: string | undefined;
}

/**
 * The files that differ between the trees below two roots. Folders are told by their files, and a file whose time
 * alone changed isn't told. Throws what reading folders throws.
 */
export async function diffTrees(
  folders: FolderReader,
  before: readonly Extent[],
  after: readonly Extent[],
  pace: Pace,
  signal: AbortSignal,
): Promise<SnapshotDiff> {
  const comparison = new Comparison(folders, pace, signal);
  await comparison.compare(before, after, []);
  return summary(withMoves(comparison.found));
}

class Comparison {
  readonly found: Found[] = [];
  readonly #folders: FolderReader;
  readonly #pace: Pace;
  readonly #signal: AbortSignal;

  constructor(folders: FolderReader, pace: Pace, signal: AbortSignal) {
    this.#folders = folders;
    this.#pace = pace;
    this.#signal = signal;
  }

  async compare(before: readonly Extent[], after: readonly Extent[], path: Path): Promise<void> {
    if (before.length + after.length === 0) return;
    // A node that names itself as its child could be followed for ever.
    if (path.length > MAX_DEPTH) throw new HoldfastError('malformed', { detail: 'nested too deeply' });
    await this.#pace.step();
    const [old, current] = await Promise.all([
      this.#folders.list(without(before, after), this.#signal),
      this.#folders.list(without(after, before), this.#signal),
    ]);
    for (const [earlier, later] of byName(old, current)) await this.#pair(earlier, later, path);
  }

  async #pair(before: Entry | undefined, after: Entry | undefined, path: Path): Promise<void> {
    const [old, current] = [fileOf(before), fileOf(after)];
    if (old === undefined || current === undefined) {
      this.#note('removed', old, path);
      this.#note('added', current, path);
    } else if (!isSameContent(old, current)) this.#note('changed', current, path, old.sizeBytes);
    await this.compare(nodesOf(before), nodesOf(after), [...path, nameOf(before ?? after)]);
  }

  #note(kind: Found['kind'], file: FileEntry | undefined, folder: Path, sizeBeforeBytes = 0): void {
    if (file === undefined) return;
    const { name, sizeBytes } = file;
    const key = kind === 'changed' || sizeBytes === 0 ? undefined : contentKey(file);
    this.found.push({ kind, folder, name, sizeBytes, sizeBeforeBytes, key });
  }
}

/** The nodes that `others` lacks. What is in one of two folders' common nodes is the same in both. */
function without(nodes: readonly Extent[], others: readonly Extent[]): readonly Extent[] {
  const keys = new Set(others.map(nodeKey));
  return nodes.filter((node) => !keys.has(nodeKey(node)));
}

function fileOf(entry: Entry | undefined): FileEntry | undefined {
  return entry?.kind === 'file' ? entry : undefined;
}

function nameOf(entry: Entry | undefined): string {
  return entry?.name ?? '';
}

function nodesOf(entry: Entry | undefined): readonly Extent[] {
  return entry?.kind === 'folder' ? entry.nodes : [];
}

/** Entries of two folders, those of one name together, in the order of names. */
function* byName(
  before: readonly Entry[],
  after: readonly Entry[],
): Generator<readonly [before: Entry | undefined, after: Entry | undefined]> {
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const order = orderOf(before[i], after[j]);
    yield [order <= 0 ? before[i] : undefined, order >= 0 ? after[j] : undefined];
    i += Number(order <= 0);
    j += Number(order >= 0);
  }
}

/** What isn't there comes last. */
function orderOf(a: Entry | undefined, b: Entry | undefined): number {
  if (a === undefined) return 1;
  return b === undefined ? -1 : compareNames(a.name, b.name);
}

/** Makes each pair of a removed and an added file of the same content one that moved. */
function* withMoves(found: readonly Found[]): Generator<EntryChange> {
  const cameFrom = new Map<Found, Found>();
  // A file that keeps its name is likelier to be the one that moved than another of the same content.
  pairUp(found, cameFrom, ({ name, key }) => (key === undefined ? undefined : `${key}/${name}`));
  pairUp(found, cameFrom, ({ key }) => key);
  const gone = new Set(cameFrom.values());
  for (const file of found) if (!gone.has(file)) yield changeOf(file, cameFrom.get(file));
}

/** Adds to `cameFrom` pairs of files that `keyOf` says the same of, and that have no partner yet. */
function pairUp(
  found: readonly Found[],
  cameFrom: Map<Found, Found>,
  keyOf: (file: Found) => string | undefined,
): void {
  const gone = new Set(cameFrom.values());
  const removed = lastFirst(
    found.filter((file) => file.kind === 'removed' && !gone.has(file)),
    keyOf,
  );
  for (const file of found.filter(({ kind }) => kind === 'added')) {
    const from = cameFrom.has(file) ? undefined : removed.get(keyOf(file) ?? '')?.pop();
    if (from !== undefined) cameFrom.set(file, from);
  }
}

/** The files of each key, the first ones last. */
function lastFirst(
  files: readonly Found[],
  keyOf: (file: Found) => string | undefined,
): Map<string, Found[]> {
  const byKey = new Map<string, Found[]>();
  for (const file of files.toReversed()) {
    const key = keyOf(file);
    if (key === undefined) continue;
    const alike = byKey.get(key);
    if (alike === undefined) byKey.set(key, [file]);
    else alike.push(file);
  }
  return byKey;
}

function changeOf(file: Found, from: Found | undefined): EntryChange {
  const { kind, sizeBytes, sizeBeforeBytes } = file;
  const path = pathOf(file);
  if (from !== undefined) return { kind: 'moved', path, from: pathOf(from), sizeBytes };
  return kind === 'changed' ? { kind, path, sizeBytes, sizeBeforeBytes } : { kind, path, sizeBytes };
}

function pathOf({ folder, name }: Found): Path {
  return [...folder, name];
}

function summary(changes: Iterable<EntryChange>): SnapshotDiff {
  const told: EntryChange[] = [];
  const none = { files: 0, bytes: 0 };
  const totals = { added: { ...none }, removed: { ...none }, changed: { ...none }, moved: { ...none } };
  for (const change of changes) {
    if (told.length < CHANGES_TOLD) told.push(change);
    totals[change.kind].files += 1;
    totals[change.kind].bytes += change.sizeBytes;
  }
  return { changes: told, totals };
}

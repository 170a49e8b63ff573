/** Which files and folders of which snapshots need chunks that the server can't give back. */
import type { Extent, FileEntry } from '../../../shared/format/folder-node.ts';
import type { ChunkId } from '../../../shared/ids.ts';
import { walkTogether } from '../history/walk-together.ts';
import type { ReadNode, SharedRun, UnreadableRun } from '../history/walk-together.ts';
import { isDamage } from '../vault/is-damage.ts';

/** What is hit, and the places of the snapshots in which it is. */
export interface Hit {
  readonly path: readonly string[];
  readonly members: readonly number[];
}

export interface DamageParts {
  readonly read: ReadNode;
  /** Where a file's content lies. */
  readonly extents: (file: FileEntry) => Promise<readonly Extent[]>;
  readonly damaged: ReadonlySet<ChunkId>;
}

/** The hits below roots that belong to one source; a folder that is hit itself is named as such. */
export async function* findHits(
  parts: DamageParts,
  roots: readonly (readonly Extent[])[],
): AsyncGenerator<Hit> {
  for await (const run of walkTogether(parts.read, roots)) {
    const { path, members } = run;
    if (isHitItself(run, parts.damaged)) yield { path, members };
    if (run.kind === 'run') yield* hitFiles(parts, run);
  }
}

/** Throws what keeps a sound folder from being read. */
function isHitItself(run: SharedRun | UnreadableRun, damaged: ReadonlySet<ChunkId>): boolean {
  if (run.kind === 'run') return damaged.has(run.node.chunkId);
  if (!isDamage(run.error)) throw run.error;
  return true;
}

async function* hitFiles(parts: DamageParts, { path, entries, members }: SharedRun): AsyncGenerator<Hit> {
  for (const entry of entries) {
    if (entry.kind === 'file' && (await isFileHit(parts, entry)))
      yield { path: [...path, entry.name], members };
  }
}

async function isFileHit({ extents, damaged }: DamageParts, file: FileEntry): Promise<boolean> {
  const isHit = ({ chunkId }: Extent): boolean => damaged.has(chunkId);
  if (file.content.kind === 'extents') return file.content.extents.some(isHit);
  return file.content.nodes.some(isHit) || (await extents(file)).some(isHit);
}

/** Damage as a person asks about it: which files, in which source, and in how many snapshots. Pure. */
import type { Damage, SnapshotInfo, SourceId } from '../state/types.ts';

export interface DamagedFile {
  /** Undefined: a snapshot's folders themselves. */
  readonly path: readonly string[] | undefined;
  /** Newest first. */
  readonly snapshots: readonly SnapshotInfo[];
}

export interface DamagedSource {
  readonly sourceId: SourceId;
  readonly sourceName: string;
  readonly files: readonly DamagedFile[];
}

interface Gathered {
  readonly sourceName: string;
  readonly files: Map<string, DamagedFile>;
}

/** Groups by source and path; what concerns a snapshot that is no longer known is left out. */
export function groupDamage(
  damage: readonly Damage[],
  find: (snapshotId: Damage['snapshotId']) => SnapshotInfo | undefined,
): readonly DamagedSource[] {
  const sources = new Map<SourceId, Gathered>();
  for (const { snapshotId, path } of damage) {
    const snapshot = find(snapshotId);
    if (snapshot !== undefined) addTo(sources, snapshot, path);
  }
  return [...sources].map(([sourceId, { sourceName, files }]) => ({
    sourceId,
    sourceName,
    files: [...files.values()],
  }));
}

function addTo(
  sources: Map<SourceId, Gathered>,
  snapshot: SnapshotInfo,
  path: readonly string[] | undefined,
): void {
  const { sourceId, sourceName } = snapshot;
  const source = sources.get(sourceId) ?? { sourceName, files: new Map<string, DamagedFile>() };
  sources.set(sourceId, source);
  const key = JSON.stringify(path ?? null);
  const before = source.files.get(key)?.snapshots ?? [];
  const snapshots = [...before, snapshot].sort((a, b) => b.takenAtMs - a.takenAtMs);
  source.files.set(key, { path, snapshots });
}

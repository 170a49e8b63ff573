/** Lists of snapshots: by what they are states of, and by their places. */
import type { SnapshotId, SourceId } from '../../../shared/ids.ts';
import type { KnownSnapshot } from './mirror.ts';

/** Those of each source together, in the order given. */
export function bySource(snapshots: readonly KnownSnapshot[]): KnownSnapshot[][] {
  const sources = new Map<SourceId, KnownSnapshot[]>();
  for (const snapshot of snapshots) {
    const ofSource = sources.get(snapshot.description.sourceId);
    if (ofSource === undefined) sources.set(snapshot.description.sourceId, [snapshot]);
    else ofSource.push(snapshot);
  }
  return [...sources.values()];
}

/** The ids of the snapshots at these places, in their order. */
export function idsAt(snapshots: readonly KnownSnapshot[], places: readonly number[]): SnapshotId[] {
  return places.map((place) => snapshots[place]?.record.snapshotId).filter((id) => id !== undefined);
}

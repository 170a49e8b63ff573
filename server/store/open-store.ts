/** Opens the store that is on this machine's disk: segments, their index, and what a crash left between. */
import type { Clock, RandomBytes } from '../ports.ts';
import { SegmentStore } from './disk/segment-store.ts';
import type { Store } from './ports.ts';
import { recover } from './recovery.ts';
import type { RecoveryReport } from './recovery.ts';
import { SqliteCatalog } from './sqlite/sqlite-catalog.ts';
import { RecordStore } from './store.ts';

export interface DiskStoreOptions {
  readonly segmentsFolder: string;
  readonly indexFile: string;
  readonly segmentSizeBytes: number;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/** The caller holds the data folder's lock. Throws `storage-failed`, `storage-full`, `format-unsupported`. */
export async function openDiskStore(
  options: DiskStoreOptions,
): Promise<{ readonly store: Store; readonly recovery: RecoveryReport }> {
  const { segmentsFolder, indexFile, segmentSizeBytes, clock, random } = options;
  const blobs = SegmentStore.open({ folder: segmentsFolder, segmentSizeBytes, random });
  const catalog = SqliteCatalog.open(indexFile);
  const recovery = await recover(blobs, catalog, { cutTornEnd: true, clock });
  return { store: new RecordStore({ blobs, catalog, clock, random }), recovery };
}

/**
 * Opens the store that is on this machine's disk: segments, their index, and what a crash left between. An index whose
 * file is damaged is moved aside and made anew.
 */
import { HoldfastError } from '../../shared/errors.ts';
import type { Log } from '../log.ts';
import type { Clock, RandomBytes } from '../ports.ts';
import { SegmentStore } from './disk/segment-store.ts';
import { systemDisk } from './disk/segment-writer.ts';
import type { DiskCalls } from './disk/segment-writer.ts';
import { wakefulDisk } from './disk/wakeful-disk.ts';
import type { BlobStore, Store } from './ports.ts';
import { recover } from './recovery.ts';
import type { RecoveryReport } from './recovery.ts';
import { isIndexDamageNoted, setIndexAside, takeOverSessions } from './sqlite/index-aside.ts';
import { SqliteCatalog } from './sqlite/sqlite-catalog.ts';
import { RecordStore } from './store.ts';

/**
 * From sync to sync where much comes in. A fast disk was seen to sync two hundred times a second, a chunk at a time, and
 * each sync, with its transaction and its answers, takes processor time from the uploads that wait for it.
 */
const SYNC_INTERVAL_MS = 15;

export interface DiskStoreOptions {
  readonly segmentsFolder: string;
  readonly indexFile: string;
  readonly segmentSizeBytes: number;
  /** What each vault may hold; 0 or absent: no limit. */
  readonly vaultQuotaBytes?: number;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly log: Log;
  /** Default: the machine's. */
  readonly disk?: DiskCalls;
}

export interface OpenedStore {
  readonly store: Store;
  readonly recovery: RecoveryReport;
}

/**
 * The caller holds the data folder's lock. Throws `storage-failed`, `storage-full`, `server-busy`,
 * `format-unsupported`.
 */
export async function openDiskStore(options: DiskStoreOptions): Promise<OpenedStore> {
  const { segmentsFolder: folder, indexFile, clock, disk = systemDisk } = options;
  const blobs = SegmentStore.open({ ...options, folder, disk: wakefulDisk(disk, clock) });
  try {
    const known = isIndexDamageNoted(indexFile) ? undefined : await openIndex(blobs, options);
    const { catalog, recovery } = known ?? (await remakeIndex(blobs, options));
    const syncInterval = async (): Promise<void> =>
      new Promise((resolve) => {
        clock.after(SYNC_INTERVAL_MS, resolve);
      });
    return { store: new RecordStore({ ...options, blobs, catalog, syncInterval }), recovery };
  } catch (error) {
    blobs.close();
    throw error;
  }
}

async function remakeIndex(blobs: BlobStore, { indexFile, clock, log }: DiskStoreOptions) {
  const aside = setIndexAside(indexFile, clock);
  log.error({ aside }, 'the index is damaged: it was moved aside, and is made anew from the segments');
  const catalog = SqliteCatalog.open(indexFile);
  const recovery = await recover(blobs, catalog, { cutTornEnd: true, clock });
  await takeOverSessions(aside, catalog, log);
  return { catalog, recovery };
}

/** Undefined if the file is damaged. */
async function openIndex(blobs: BlobStore, { indexFile, clock }: DiskStoreOptions) {
  let catalog: SqliteCatalog | undefined;
  try {
    catalog = SqliteCatalog.open(indexFile);
    return { catalog, recovery: await recover(blobs, catalog, { cutTornEnd: true, clock }) };
  } catch (error) {
    catalog?.close();
    if (error instanceof HoldfastError && error.code === 'index-damaged') return undefined;
    throw error;
  }
}

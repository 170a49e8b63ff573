/** The server's store over a data folder, opened as the server opens it, with its jobs to run one pass at a time. */
import { openDataFolder } from '../../server/data-folder.ts';
import type { DataFolder } from '../../server/data-folder.ts';
import { Compaction } from '../../server/jobs/compaction.ts';
import { GarbageCollector } from '../../server/jobs/garbage.ts';
import { Scrub } from '../../server/jobs/scrub.ts';
import { createLog } from '../../server/log.ts';
import type { Clock, RandomBytes } from '../../server/ports.ts';
import { SegmentStore } from '../../server/store/disk/segment-store.ts';
import type { DiskCalls } from '../../server/store/disk/segment-writer.ts';
import type { BlobStore, Catalog } from '../../server/store/ports.ts';
import { recover } from '../../server/store/recovery.ts';
import { SqliteCatalog } from '../../server/store/sqlite/sqlite-catalog.ts';
import { RecordStore } from '../../server/store/store.ts';
import { GARBAGE_GRACE_MS, TRASH_GRACE_MS } from './expected.ts';

/** A few records: segments are full soon, and dead soon. */
const SEGMENT_BYTES = 16 * 1024;
const SILENT = createLog('silent');
const NEVER_STOPPED = new AbortController().signal;

interface StoreParts {
  readonly blobs: BlobStore;
  readonly catalog: Catalog;
}

export interface OpenOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly disk?: DiskCalls;
  /** Puts something between the store and its parts. */
  readonly wrap?: (parts: StoreParts) => StoreParts;
}

export class OpenedStore {
  readonly folder: DataFolder;
  readonly blobs: BlobStore;
  readonly catalog: Catalog;
  readonly store: RecordStore;
  readonly #options: OpenOptions;
  readonly #garbage: GarbageCollector;

  private constructor(options: OpenOptions, folder: DataFolder, { blobs, catalog }: StoreParts) {
    const { clock, random } = options;
    this.#options = options;
    this.folder = folder;
    this.blobs = blobs;
    this.catalog = catalog;
    this.store = new RecordStore({ blobs, catalog, clock, random });
    const graces = { trashGraceMs: TRASH_GRACE_MS, garbageGraceMs: GARBAGE_GRACE_MS };
    this.#garbage = new GarbageCollector({ ...this.#jobOptions(), ...graces });
  }

  /** As server/store/open-store.ts does it. */
  static async open(options: OpenOptions): Promise<OpenedStore> {
    const { dataDir, clock, random, disk, wrap = (parts: StoreParts) => parts } = options;
    const folder = openDataFolder(dataDir);
    const segments = { folder: folder.segments, segmentSizeBytes: SEGMENT_BYTES, random };
    const blobs = SegmentStore.open({ ...segments, ...(disk && { disk }) });
    const catalog = SqliteCatalog.open(folder.index);
    const parts = wrap({ blobs, catalog });
    try {
      await recover(parts.blobs, parts.catalog, { cutTornEnd: true, clock });
    } catch (error) {
      blobs.close();
      catalog.close();
      throw error;
    }
    return new OpenedStore(options, folder, parts);
  }

  async collectGarbage(): Promise<void> {
    await this.#garbage.run();
  }

  async compact(minDeadShare: number): Promise<void> {
    await new Compaction({ ...this.#jobOptions(), minDeadShare }).run();
  }

  async scrub(): Promise<void> {
    const scrub = new Scrub(this.#jobOptions());
    await scrub.begin();
    await scrub.run();
  }

  async close(): Promise<void> {
    await this.store.close();
  }

  #jobOptions() {
    const { clock, random } = this.#options;
    return {
      upkeep: this.store.upkeep,
      clock,
      random,
      log: SILENT,
      signal: NEVER_STOPPED,
      bytesPerSecond: Infinity,
      onVaultChanged: () => undefined,
    };
  }
}

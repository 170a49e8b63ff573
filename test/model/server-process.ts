/** One run of the server's store over files that outlive it: opened with recovery, closed in order or killed. */
import { rebuildIndex } from '../../server/store/rebuild-index.ts';
import { recover } from '../../server/store/recovery.ts';
import { SegmentStore } from '../../server/store/disk/segment-store.ts';
import type { BlobStore, Catalog, Vault } from '../../server/store/ports.ts';
import { SqliteCatalog } from '../../server/store/sqlite/sqlite-catalog.ts';
import { RecordStore } from '../../server/store/store.ts';
import { Compaction } from '../../server/jobs/compaction.ts';
import { GarbageCollector } from '../../server/jobs/garbage.ts';
import { Scrub } from '../../server/jobs/scrub.ts';
import { createLog } from '../../server/log.ts';
import type { Clock, RandomBytes } from '../../server/ports.ts';
import { VAULT_ID } from '../helpers/vault.ts';
import type { CrashDisk } from './crash-disk.ts';
import { watched } from './life.ts';
import type { Life } from './life.ts';

const HOUR_MS = 3_600_000;
export const TRASH_GRACE_MS = 30 * 24 * HOUR_MS;
export const GARBAGE_GRACE_MS = 48 * HOUR_MS;
/** A dozen or two records. */
export const SEGMENT_BYTES = 4 * 1024;

/** Blobs and index as the store sees them. */
export interface StoreParts {
  readonly blobs: BlobStore;
  readonly catalog: Catalog;
}

export interface ProcessOptions {
  readonly disk: CrashDisk;
  readonly life: Life;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Puts faults between the store and its disk: what the test must notice. */
  readonly sabotage?: (parts: StoreParts) => StoreParts;
}

export class ServerProcess {
  readonly life: Life;
  /** The index itself, whose reading is no step of the process. */
  readonly catalog: SqliteCatalog;
  readonly blobs: SegmentStore;
  readonly #options: ProcessOptions;
  readonly #parts: StoreParts;
  #store: RecordStore | undefined;
  #vault: Vault | undefined;
  #garbage: GarbageCollector | undefined;
  #indexings = 0;

  private constructor(options: ProcessOptions) {
    const { disk, life } = options;
    this.life = life;
    this.#options = options;
    this.blobs = SegmentStore.open({
      folder: disk.segmentsFolder,
      segmentSizeBytes: SEGMENT_BYTES,
      random: options.random,
      disk: disk.calls(life),
    });
    this.catalog = SqliteCatalog.open(disk.indexFile);
    const { sabotage = (parts: StoreParts) => parts } = options;
    this.#parts = sabotage({ blobs: this.#watchedBlobs(), catalog: this.#watchedCatalog() });
  }

  /** Opens the files; `recover` must follow. */
  static open(options: ProcessOptions): ServerProcess {
    return new ServerProcess(options);
  }

  /** Makes the index anew from the segments, with no process running. */
  static async rebuildIndex(options: ProcessOptions): Promise<void> {
    const { disk, clock, random } = options;
    const { segmentsFolder, indexFile } = disk;
    await rebuildIndex({ segmentsFolder, indexFile, segmentSizeBytes: SEGMENT_BYTES, clock, random });
    disk.noteSegmentsSynced();
    disk.noteIndexSynced();
  }

  /** Throws ServerDied. */
  async recover(): Promise<void> {
    const { life, clock, random } = this.#options;
    const { blobs, catalog } = this.#parts;
    await life.outlive(recover(blobs, catalog, { cutTornEnd: true, clock }));
    const store = new RecordStore({ blobs, catalog, clock, random });
    this.#store = store;
    this.#vault = await life.outlive(store.openVault(VAULT_ID));
  }

  /** How often its index has changed, being wanted apart. */
  get indexings(): number {
    return this.#indexings;
  }

  get vault(): Vault {
    if (this.#vault === undefined) throw new Error('not recovered yet');
    return this.#vault;
  }

  async collectGarbage(): Promise<void> {
    this.#garbage ??= new GarbageCollector({
      ...this.#jobOptions(),
      trashGraceMs: TRASH_GRACE_MS,
      garbageGraceMs: GARBAGE_GRACE_MS,
    });
    await this.life.outlive(this.#garbage.run());
  }

  async compact(minDeadShare: number): Promise<void> {
    await this.life.outlive(new Compaction({ ...this.#jobOptions(), minDeadShare }).run());
  }

  async scrub(): Promise<void> {
    const scrub = new Scrub(this.#jobOptions());
    await this.life.outlive(scrub.begin());
    await this.life.outlive(scrub.run());
  }

  /** Ends in order. */
  async close(): Promise<void> {
    await this.#store?.close();
    this.#options.disk.noteIndexSynced();
  }

  /** Is dead: what it had open is closed, and the index stays as it was. */
  bury(): void {
    this.life.end();
    const restoreIndex = this.#options.disk.keepIndex();
    this.catalog.close();
    this.blobs.close();
    restoreIndex();
  }

  #jobOptions() {
    const { clock, random } = this.#options;
    const { upkeep } = this.#openStore();
    return {
      upkeep,
      clock,
      random,
      log: SILENT,
      signal: NEVER_STOPPED,
      bytesPerSecond: Infinity,
      onVaultChanged: () => undefined,
    };
  }

  #openStore(): RecordStore {
    if (this.#store === undefined) throw new Error('not recovered yet');
    return this.#store;
  }

  #watchedBlobs(): BlobStore {
    // Its steps are those of the disk.
    return watched<BlobStore>(this.life, this.blobs, { sync: () => this.blobs.sync() });
  }

  #watchedCatalog(): Catalog {
    const { life, catalog } = this;
    const makeDurable = () =>
      life.turn(async () => {
        await catalog.upkeep.makeDurable();
        this.#options.disk.noteIndexSynced();
      });
    const index: Catalog['index'] = (entries, checkpoint) =>
      life.turn(async () => {
        // Before and after: whoever looks meanwhile looks again.
        this.#indexings++;
        await catalog.index(entries, checkpoint);
        this.#indexings++;
      });
    return watched<Catalog>(life, catalog, {
      index,
      vaults: watched(life, catalog.vaults),
      upkeep: watched<Catalog['upkeep']>(life, catalog.upkeep, { makeDurable }),
    });
  }
}

const SILENT = createLog('silent');
const NEVER_STOPPED = new AbortController().signal;

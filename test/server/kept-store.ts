/** A store on a real disk whose clock a test steps, with the jobs to run on it one pass at a time. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { GarbageCollector } from '../../server/jobs/garbage.ts';
import type { GarbageReport } from '../../server/jobs/garbage.ts';
import { Compaction } from '../../server/jobs/compaction.ts';
import type { CompactionReport } from '../../server/jobs/compaction.ts';
import { Scrub } from '../../server/jobs/scrub.ts';
import type { ScrubReport } from '../../server/jobs/scrub.ts';
import { createLog } from '../../server/log.ts';
import type { Clock } from '../../server/ports.ts';
import { SegmentStore } from '../../server/store/disk/segment-store.ts';
import type { BlobStore, Catalog, Vault } from '../../server/store/ports.ts';
import { recover } from '../../server/store/recovery.ts';
import { SqliteCatalog } from '../../server/store/sqlite/sqlite-catalog.ts';
import { RecordStore } from '../../server/store/store.ts';
import type { RefPageId, SnapshotId, VaultId } from '../../shared/ids.ts';
import { MARK_STATEMENT_BYTES } from '../../shared/limits.ts';
import type { SnapshotMark } from '../../shared/wire/messages.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import type { CleanUp } from '../helpers/temp-dir.ts';
import { testRandom } from './test-server.ts';
import { putPieces, randomSnapshotId, refPage } from './wire-client.ts';
import type { TestChunk } from './wire-client.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Stands still until a test steps it. */
export class StepClock implements Clock {
  #nowMs = 1_800_000_000_000;

  nowMs(): number {
    return this.#nowMs;
  }

  step(ms: number): void {
    this.#nowMs += ms;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = setTimeout(run, delayMs);
    return () => {
      clearTimeout(timer);
    };
  }
}

export interface KeptStoreOptions {
  readonly segmentSizeBytes?: number;
  /** Puts something between the store and its parts. */
  readonly wrapBlobs?: (blobs: BlobStore) => BlobStore;
  readonly wrapCatalog?: (catalog: Catalog) => Catalog;
  /** Goes on with the folder of an earlier one. */
  readonly folder?: string;
  readonly clock?: StepClock;
}

const DEFAULTS = {
  segmentSizeBytes: 100_000,
  wrapBlobs: (blobs: BlobStore): BlobStore => blobs,
  wrapCatalog: (catalog: Catalog): Catalog => catalog,
};

const keptVaultId = 'ab'.repeat(16) as VaultId;

/** What was committed as one snapshot. */
export interface KeptSnapshot {
  readonly snapshotId: SnapshotId;
  readonly pageId: RefPageId;
  readonly chunks: readonly TestChunk[];
}

export class KeptStore {
  readonly folder: string;
  readonly clock: StepClock;
  readonly blobs: BlobStore;
  readonly catalog: Catalog;
  readonly store: RecordStore;
  readonly #options: KeptStoreOptions;
  #closed: Promise<void> | undefined;

  private constructor(
    folder: string,
    clock: StepClock,
    parts: { readonly blobs: BlobStore; readonly catalog: Catalog },
    options: KeptStoreOptions,
  ) {
    this.folder = folder;
    this.clock = clock;
    this.blobs = parts.blobs;
    this.catalog = parts.catalog;
    this.#options = options;
    this.store = new RecordStore({ ...parts, clock, random: testRandom });
  }

  /** Recovers what the folder holds, as a start does. Closed when the test ends. */
  static async open(t: CleanUp, options: KeptStoreOptions = {}): Promise<KeptStore> {
    const { segmentSizeBytes, wrapBlobs, wrapCatalog, clock } = {
      clock: new StepClock(),
      ...DEFAULTS,
      ...options,
    };
    const folder = options.folder ?? (await tempDir(t));
    const segments = join(folder, 'segments');
    const blobs = SegmentStore.open({ folder: segments, segmentSizeBytes, random: testRandom });
    const catalog = SqliteCatalog.open(join(folder, 'index.sqlite'));
    await recover(blobs, catalog, { cutTornEnd: true, clock });
    const parts = { blobs: wrapBlobs(blobs), catalog: wrapCatalog(catalog) };
    const kept = new KeptStore(folder, clock, parts, options);
    t.after(() => kept.close());
    return kept;
  }

  /** The same folder after a restart in order. */
  async reopen(t: CleanUp): Promise<KeptStore> {
    await this.close();
    return KeptStore.open(t, { ...this.#options, folder: this.folder, clock: this.clock });
  }

  /** What a crash at this moment leaves, opened: the folder as it is now, in another place. */
  async crashed(t: CleanUp, copy?: string): Promise<KeptStore> {
    const folder = copy ?? (await tempDir(t));
    if (copy === undefined) cpSync(this.folder, folder, { recursive: true });
    const { segmentSizeBytes } = { ...DEFAULTS, ...this.#options };
    return KeptStore.open(t, { segmentSizeBytes, folder, clock: this.clock });
  }

  close(): Promise<void> {
    return (this.#closed ??= this.store.close());
  }

  vault(): Promise<Vault> {
    return this.store.openVault(keptVaultId);
  }

  async put(chunk: TestChunk): Promise<boolean> {
    const upload = (await this.vault()).beginChunk(chunk.chunkId);
    let stored: Promise<{ readonly existed: boolean }> | undefined;
    for (const piece of putPieces(chunk)) stored = upload.append(piece);
    return (await stored)?.existed ?? false;
  }

  async read({ chunkId }: TestChunk): Promise<Buffer> {
    const vault = await this.vault();
    const pieces: Uint8Array[] = [];
    for (const [index, place] of (await vault.findChunk(chunkId)).entries()) {
      const target = new Uint8Array(place.bodyBytes);
      await vault.readPiece(chunkId, index, place, target);
      pieces.push(target);
    }
    return Buffer.concat(pieces);
  }

  /** Sends chunks, their page and a snapshot that names it. */
  async back(...chunks: readonly TestChunk[]): Promise<KeptSnapshot> {
    for (const chunk of chunks) await this.put(chunk);
    return this.commit(...chunks);
  }

  /** A snapshot of chunks that are there. */
  async commit(...chunks: readonly TestChunk[]): Promise<KeptSnapshot> {
    const vault = await this.vault();
    const page = refPage(chunks.map(({ chunkId }) => chunkId));
    const missing = await vault.putRefs(page.pageId, page.chunkIds);
    if (missing.length > 0) throw new Error(`missing: ${missing.join(' ')}`);
    const snapshotId = randomSnapshotId();
    const answer = await vault.commitSnapshot(snapshotId, Buffer.from(`sealed ${snapshotId}`), [page.pageId]);
    if (answer.type !== 'accepted') throw new Error('pages are missing');
    return { snapshotId, pageId: page.pageId, chunks };
  }

  async mark(mark: SnapshotMark, ...snapshots: readonly Pick<KeptSnapshot, 'snapshotId'>[]): Promise<void> {
    const vault = await this.vault();
    await vault.markSnapshots(
      mark,
      snapshots.map(({ snapshotId }) => ({ snapshotId, statement: testRandom(MARK_STATEMENT_BYTES) })),
    );
  }

  /** One pass: what was trashed 30 days ago and what nobody has needed for 48 hours goes. */
  collect(): Promise<GarbageReport> {
    return new GarbageCollector({
      ...this.#jobParts(),
      random: testRandom,
      trashGraceMs: 30 * DAY_MS,
      garbageGraceMs: 48 * HOUR_MS,
    }).run();
  }

  /** Trashes and lets the time pass until even the chunks may go. */
  async erase(...snapshots: readonly KeptSnapshot[]): Promise<GarbageReport> {
    await this.mark('trashed', ...snapshots);
    this.clock.step(31 * DAY_MS);
    return this.collect();
  }

  compact(minDeadShare = 0.01): Promise<CompactionReport> {
    return new Compaction({ ...this.#jobParts(), bytesPerSecond: Infinity, minDeadShare }).run();
  }

  async scrub(): Promise<ScrubReport> {
    const scrub = new Scrub({ ...this.#jobParts(), bytesPerSecond: Infinity });
    await scrub.begin();
    return scrub.run();
  }

  #jobParts() {
    const { clock } = this;
    const { upkeep } = this.store;
    const { signal } = new AbortController();
    return { upkeep, clock, log: createLog('silent'), signal, onVaultChanged: () => undefined };
  }
}

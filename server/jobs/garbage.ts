/**
 * Erases what nobody needs any more, in this order: snapshots whose time in the trash is over; pages that no
 * snapshot names; chunks that no page names. Pages and chunks go only when they were neither stored nor asked
 * for within the grace, and a request that names one meanwhile keeps it (ARCHITECTURE.md, Freeing space).
 */
import type { VaultId } from '../../shared/ids.ts';
import { IdSet } from '../id-set.ts';
import type { Clock, RandomBytes } from '../ports.ts';
import type { Kind } from '../store/ports.ts';
import type { Collection, StoredThing, Upkeep, VaultUpkeep } from '../store/upkeep-ports.ts';
import { Pace } from './pace.ts';

/** Ids erased by one record: a slice of a few milliseconds. */
const ERASED_AT_ONCE = 250;

export interface GarbageOptions {
  readonly upkeep: Upkeep;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly signal: AbortSignal;
  /** How long a snapshot stays in the trash. */
  readonly trashGraceMs: number;
  /** How long a page or chunk stays that nobody needs, after it was last stored or asked for. */
  readonly garbageGraceMs: number;
  /** Something of the vault was erased. */
  readonly onVaultChanged: (vaultId: VaultId) => void;
}

export interface GarbageReport {
  readonly snapshots: number;
  readonly pages: number;
  readonly chunks: number;
  /** Vaults whose chunks all stay, because a page that says what is needed can't be read. */
  readonly blockedVaults: readonly VaultId[];
}

interface VaultReport {
  readonly snapshots: number;
  readonly pages: number;
  readonly chunks: number;
  readonly waitingBytes: number;
  readonly isBlocked: boolean;
}

export class GarbageCollector {
  readonly #options: GarbageOptions;
  /** Vaults in which nothing was left to erase, and their newest change then. */
  readonly #settled = new Map<VaultId, number>();

  constructor(options: GarbageOptions) {
    this.#options = options;
  }

  /** One pass over all vaults. Throws `storage-full`, `storage-failed`, `shutting-down`. */
  async run(): Promise<GarbageReport> {
    const sum = { snapshots: 0, pages: 0, chunks: 0, blockedVaults: [] as VaultId[] };
    for (const vaultId of await this.#options.upkeep.catalog.upkeep.vaultIds()) {
      const { snapshots, pages, chunks, isBlocked } = await this.#collect(vaultId);
      sum.snapshots += snapshots;
      sum.pages += pages;
      sum.chunks += chunks;
      if (isBlocked) sum.blockedVaults.push(vaultId);
      if (snapshots + chunks > 0) this.#options.onVaultChanged(vaultId);
    }
    return sum;
  }

  async #collect(vaultId: VaultId): Promise<VaultReport> {
    const { upkeep, clock, trashGraceMs } = this.#options;
    const vault = await upkeep.vault(vaultId);
    const snapshots = await vault.eraseTrashed(clock.nowMs() - trashGraceMs);
    const headSeq = await upkeep.catalog.vaults.headSeq(vaultId);
    if (this.#settled.get(vaultId) === headSeq) {
      return { snapshots, pages: 0, chunks: 0, waitingBytes: 0, isBlocked: false };
    }
    const report = await new VaultPass(this.#options, vault).run();
    await upkeep.catalog.upkeep.setGarbageBytes(vaultId, report.waitingBytes);
    if (report.isSettled) this.#settled.set(vaultId, headSeq);
    return { ...report, snapshots };
  }
}

/** One pass over one vault. */
class VaultPass {
  readonly #options: GarbageOptions;
  readonly #vault: VaultUpkeep;
  readonly #collection: Collection;
  readonly #pace: Pace;
  readonly #beforeMs: number;
  #isWaiting = false;

  constructor(options: GarbageOptions, vault: VaultUpkeep) {
    this.#options = options;
    this.#vault = vault;
    this.#pace = new Pace({ ...options, bytesPerSecond: Infinity });
    this.#beforeMs = options.clock.nowMs() - options.garbageGraceMs;
    this.#collection = vault.beginCollection();
  }

  async run(): Promise<Omit<VaultReport, 'snapshots'> & { readonly isSettled: boolean }> {
    try {
      const pagesNeeded = await this.#pagesNeeded();
      const pages = await this.#sweep('page', pagesNeeded);
      const chunksNeeded = await this.#chunksNeeded(pagesNeeded);
      const isBlocked = chunksNeeded === undefined;
      const chunks = isBlocked ? NOTHING : await this.#sweep('chunk', chunksNeeded);
      const isSettled = !this.#isWaiting && !isBlocked;
      return {
        pages: pages.erased,
        chunks: chunks.erased,
        waitingBytes: chunks.waitingBytes,
        isBlocked,
        isSettled,
      };
    } finally {
      this.#collection.end();
    }
  }

  /** Those that snapshots name, the trashed included. */
  async #pagesNeeded(): Promise<IdSet> {
    const { upkeep } = this.#options.upkeep.catalog;
    const needed = new IdSet(this.#options.random);
    for (const { snapshotId } of await upkeep.livingSnapshots(this.#vault.vaultId)) {
      needed.addAll(await upkeep.refPagesOf(this.#vault.vaultId, snapshotId));
      await this.#pace.turn();
    }
    return needed;
  }

  /** Those that stored pages name; undefined if one that is needed can't be read: then nobody knows. */
  async #chunksNeeded(pagesNeeded: IdSet): Promise<IdSet | undefined> {
    const needed = new IdSet(this.#options.random);
    let missing = pagesNeeded.size;
    for await (const pages of this.#slices('page')) {
      for (const page of pages) {
        const body = await this.#readPage(page);
        if (body === undefined) return undefined;
        needed.addAll(body);
        if (pagesNeeded.has(page.id)) missing--;
      }
    }
    return missing > 0 ? undefined : needed;
  }

  async #readPage({ places: [place] }: StoredThing): Promise<Uint8Array | undefined> {
    return place && this.#options.upkeep.readPage(place);
  }

  /** Erases what isn't needed and has had its grace. */
  async #sweep(kind: Kind, needed: IdSet): Promise<Swept> {
    let [erased, waitingBytes] = [0, 0];
    let due: string[] = [];
    for await (const things of this.#slices(kind)) {
      const garbage = things.filter(({ id }) => !needed.has(id));
      const waiting = garbage.filter(({ confirmedAtMs }) => confirmedAtMs >= this.#beforeMs);
      waitingBytes += waiting.reduce((sum, { storedBytes }) => sum + storedBytes, 0);
      this.#isWaiting ||= waiting.length > 0;
      due.push(...garbage.filter(({ confirmedAtMs }) => confirmedAtMs < this.#beforeMs).map(hexId));
      while (due.length >= ERASED_AT_ONCE) {
        erased += await this.#erase(kind, due.slice(0, ERASED_AT_ONCE));
        due = due.slice(ERASED_AT_ONCE);
      }
    }
    return { erased: erased + (await this.#erase(kind, due)), waitingBytes };
  }

  async #erase(kind: Kind, due: readonly string[]): Promise<number> {
    if (due.length === 0) return 0;
    const erased = await this.#collection.erase(kind, due, this.#beforeMs);
    if (erased < due.length) this.#isWaiting = true;
    await this.#pace.turn();
    return erased;
  }

  async *#slices(kind: Kind): AsyncGenerator<readonly StoredThing[], void, undefined> {
    const { upkeep } = this.#options.upkeep.catalog;
    let after: Buffer | undefined;
    do {
      const { things, end } = await upkeep.stored(this.#vault.vaultId, kind, after);
      yield things;
      after = end;
      await this.#pace.turn();
    } while (after !== undefined);
  }
}

interface Swept {
  readonly erased: number;
  readonly waitingBytes: number;
}
const NOTHING: Swept = { erased: 0, waitingBytes: 0 };

function hexId({ id }: StoredThing): string {
  return id.toString('hex');
}

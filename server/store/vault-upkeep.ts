/** The jobs' side of one vault: erasing what nothing needs, and saying what is damaged. */
import type { ChunkId, RefPageId } from '../../shared/ids.ts';
import type { Kind, Marked, Place } from './ports.ts';
import type { Collection, VaultUpkeep } from './upkeep-ports.ts';
import type { VaultInside } from './vault.ts';
import { MAX_MARKED, writeMark } from './write-mark.ts';

const ERASED = { chunk: 'chunk-erased', page: 'page-erased' } as const;
const DAMAGED = { chunk: 'chunk-damaged', page: 'page-damaged' } as const;

export class StoreVaultUpkeep implements VaultUpkeep {
  readonly #inside: VaultInside;

  constructor(inside: VaultInside) {
    this.#inside = inside;
  }

  get vaultId() {
    return this.#inside.vaultId;
  }

  eraseTrashed(trashedUntilMs: number): Promise<number> {
    return this.#inside.snapshotTurns.run(async () => {
      const living = await this.#inside.catalog.upkeep.livingSnapshots(this.vaultId);
      const due = living
        .filter(({ mark, markedAtMs }) => mark === 'trashed' && markedAtMs <= trashedUntilMs)
        .map(({ snapshotId }) => marked(snapshotId));
      for (let start = 0; start < due.length; start += MAX_MARKED) {
        await writeMark(this.#inside, 'snapshot-erased', due.slice(start, start + MAX_MARKED));
      }
      return due.length;
    });
  }

  beginCollection(): Collection {
    const { guard } = this.#inside;
    guard.beginCollection();
    return {
      erase: (kind, ids, beforeMs) => this.#erase(kind, ids, beforeMs),
      end: () => {
        guard.endCollection();
      },
    };
  }

  async reportDamaged(
    kind: Kind,
    things: readonly { readonly id: string; readonly place: Place }[],
  ): Promise<void> {
    const hit = new Set<string>();
    for (const { id, place } of things) if (await this.#isAt(kind, id, place)) hit.add(id);
    // What a request is about to store again is healed by it.
    const found = this.#inside.guard.free([...hit]).map(marked);
    for (let start = 0; start < found.length; start += MAX_MARKED) {
      await writeMark(this.#inside, DAMAGED[kind], found.slice(start, start + MAX_MARKED));
    }
  }

  async reportLost(pageId: RefPageId, chunkIds: readonly ChunkId[]): Promise<readonly ChunkId[]> {
    const { vaults } = this.#inside.catalog;
    const lost = await this.#unknown(chunkIds);
    // Asked after that: a page is erased before its chunks.
    if (lost.length === 0 || !(await vaults.hasRefPage(this.vaultId, pageId))) return [];
    // What was stored meanwhile isn't lost, nor what a request is about to store.
    const free = new Set(this.#inside.guard.free(await vaults.missingChunks(this.vaultId, lost)));
    const found = lost.filter((id) => free.has(id));
    for (let start = 0; start < found.length; start += MAX_MARKED)
      await writeMark(this.#inside, DAMAGED.chunk, found.slice(start, start + MAX_MARKED).map(marked));
    return found;
  }

  /** Those that are erased or never were. */
  async #unknown(chunkIds: readonly ChunkId[]): Promise<ChunkId[]> {
    const { vaults } = this.#inside.catalog;
    const unknown: ChunkId[] = [];
    for (const chunkId of await vaults.missingChunks(this.vaultId, chunkIds))
      if ((await vaults.findChunk(this.vaultId, chunkId)) === undefined) unknown.push(chunkId);
    return unknown;
  }

  async #erase(kind: Kind, ids: readonly string[], beforeMs: number): Promise<number> {
    const { catalog, guard } = this.#inside;
    const stale = await catalog.upkeep.unconfirmed(this.vaultId, kind, ids, beforeMs);
    // From here to the first wait nothing else runs: what is free now is missing before anyone asks.
    const free = guard.free(stale);
    if (free.length === 0) return 0;
    await guard.whileLeaving(free, () => writeMark(this.#inside, ERASED[kind], free.map(marked)));
    return free.length;
  }

  /** Whether the index still counts on that place. */
  async #isAt(kind: Kind, id: string, { segment, offset }: Place): Promise<boolean> {
    const stored = await this.#inside.catalog.upkeep.find(this.vaultId, kind, id);
    return stored.some((place) => place.segment === segment && place.offset === offset);
  }
}

function marked(id: string): Marked {
  return { id, statement: new Uint8Array() };
}

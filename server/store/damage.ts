/** Which pages and snapshots damage hits: pages are read for it, as only they say what a snapshot needs. */
import { HASH_ID_BYTES } from '../../shared/ids.ts';
import type { RefPageId, SnapshotId, VaultId } from '../../shared/ids.ts';
import { MAX_DAMAGED } from '../../shared/limits.ts';
import { HoldfastError } from '../../shared/errors.ts';
import { IdSet } from '../id-set.ts';
import type { RandomBytes } from '../ports.ts';
import type { BlobStore, Catalog, Damage, Place } from './ports.ts';
import { unpackPageIds } from './record-bodies.ts';

export interface DamageParts {
  readonly vaultId: VaultId;
  readonly blobs: BlobStore;
  readonly catalog: Catalog;
  readonly random: RandomBytes;
}

/** A page's packed chunk ids; undefined if it can't be read whole. */
export async function readPage(blobs: BlobStore, place: Place): Promise<Uint8Array | undefined> {
  const body = new Uint8Array(place.bodyBytes);
  try {
    await blobs.read('ref-page', place, body);
    return body;
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'storage-damaged') return undefined;
    throw error;
  }
}

/** What is damaged in the vault, and which snapshots need it. */
export async function damageOf(parts: DamageParts): Promise<Damage> {
  const { vaultId, catalog } = parts;
  const chunkIds = await catalog.upkeep.damaged(vaultId, 'chunk', MAX_DAMAGED);
  const pageIds = await catalog.upkeep.damaged(vaultId, 'page', 1);
  const nothing = chunkIds.length + pageIds.length === 0;
  const snapshotIds = nothing ? [] : await new HitPages(parts, chunkIds).snapshots();
  return { chunkIds: chunkIds as Damage['chunkIds'], snapshotIds: snapshotIds.slice(0, MAX_DAMAGED) };
}

/** Those of `pageIds` that need a damaged chunk. Reads nothing in a vault without damage. */
export async function pagesHit(parts: DamageParts, pageIds: readonly RefPageId[]): Promise<RefPageId[]> {
  const chunkIds = await parts.catalog.upkeep.damaged(parts.vaultId, 'chunk', MAX_DAMAGED);
  if (chunkIds.length === 0) return [];
  const pages = new HitPages(parts, chunkIds);
  const hit: RefPageId[] = [];
  for (const pageId of pageIds) if (await pages.isHit(pageId)) hit.push(pageId);
  return hit;
}

class HitPages {
  readonly #parts: DamageParts;
  readonly #damaged: IdSet;
  readonly #known = new Map<RefPageId, boolean>();

  constructor(parts: DamageParts, chunkIds: readonly string[]) {
    this.#parts = parts;
    this.#damaged = new IdSet(parts.random);
    this.#damaged.addAll(Buffer.from(chunkIds.join(''), 'hex'));
  }

  /** Living snapshots that name a page which is damaged, missing, or names a damaged chunk. */
  async snapshots(): Promise<SnapshotId[]> {
    const { vaultId, catalog } = this.#parts;
    const hit: SnapshotId[] = [];
    for (const { snapshotId } of await catalog.upkeep.livingSnapshots(vaultId)) {
      const pageIds = unpackPageIds(await catalog.upkeep.refPagesOf(vaultId, snapshotId));
      if (await this.#isAnyHit(pageIds)) hit.push(snapshotId);
    }
    return hit;
  }

  async isHit(pageId: RefPageId): Promise<boolean> {
    const known = this.#known.get(pageId);
    if (known !== undefined) return known;
    const isHit = await this.#look(pageId);
    this.#known.set(pageId, isHit);
    return isHit;
  }

  async #isAnyHit(pageIds: readonly RefPageId[]): Promise<boolean> {
    for (const pageId of pageIds) if (await this.isHit(pageId)) return true;
    return false;
  }

  async #look(pageId: RefPageId): Promise<boolean> {
    const { vaultId, catalog, blobs } = this.#parts;
    const place = await catalog.vaults.findRefPage(vaultId, pageId);
    const body = place && (await readPage(blobs, place));
    if (body === undefined) return true;
    for (let offset = 0; offset < body.length; offset += HASH_ID_BYTES) {
      if (this.#damaged.has(body, offset)) return true;
    }
    return false;
  }
}

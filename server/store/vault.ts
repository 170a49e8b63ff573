/** One vault over a blob store and a catalog. Whoever holds it reaches this vault and no other. */
import { checksum } from '../checksum.ts';
import { createHash } from 'node:crypto';
import { equalBytes } from '../../shared/bytes.ts';
import { HoldfastError } from '../../shared/errors.ts';
import { idBytes } from '../../shared/ids.ts';
import type { ChunkId, RefPageId, SnapshotId, VaultId } from '../../shared/ids.ts';
import type { SnapshotMark } from '../../shared/wire/messages.ts';
import type { Clock, RandomBytes } from '../ports.ts';
import { Serial } from '../serial.ts';
import { ChangeNumbers } from './change-numbers.ts';
import { StoreChunkUpload } from './chunk-upload.ts';
import { damageOf, pagesHit } from './damage.ts';
import type { GroupCommit } from './group-commit.ts';
import { Guard } from './guard.ts';
import type {
  BlobStore,
  Catalog,
  Changes,
  ChunkUpload,
  CommitAnswer,
  Damage,
  FoundMark,
  Marked,
  MarkedSnapshot,
  Place,
  StoredPiece,
  Vault,
  VaultTotals,
} from './ports.ts';
import { decodeSnapshotBody, encodeSnapshotBody, snapshotDigest } from './record-bodies.ts';
import type { VaultQuota } from './vault-quota.ts';
import { StoreVaultUpkeep } from './vault-upkeep.ts';
import { writeMark } from './write-mark.ts';

export interface VaultParts {
  readonly blobs: BlobStore;
  readonly catalog: Catalog;
  readonly commits: GroupCommit;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/** What the two sides of one vault share: requests' and jobs'. */
export interface VaultInside extends VaultParts {
  readonly vaultId: VaultId;
  readonly numbers: ChangeNumbers;
  readonly guard: Guard;
  readonly quota: VaultQuota;
  /** One after another: of two changes of a snapshot the second must see the first. */
  readonly snapshotTurns: Serial;
}

export class StoreVault implements Vault {
  readonly vaultId: VaultId;
  readonly upkeep: StoreVaultUpkeep;
  readonly #inside: VaultInside;

  /** `headSeq` is the catalog's. There must be one object a vault: it counts the changes. */
  constructor(vaultId: VaultId, headSeq: number, parts: VaultParts & { readonly quota: VaultQuota }) {
    this.vaultId = vaultId;
    const numbers = new ChangeNumbers(headSeq);
    const guard = new Guard(parts.random);
    this.#inside = { ...parts, vaultId, numbers, guard, snapshotTurns: new Serial() };
    this.upkeep = new StoreVaultUpkeep(this.#inside);
  }

  get headSeq(): number {
    return this.#inside.numbers.headSeq;
  }

  beginChunk(chunkId: ChunkId): ChunkUpload {
    const { catalog, guard, random } = this.#inside;
    return new StoreChunkUpload({
      ...this.#inside,
      vaults: catalog.vaults,
      chunkId,
      attempt: Buffer.from(random(6)).readUIntLE(0, 6),
      known: !guard.isLeaving(chunkId) && catalog.vaults.hasChunk(this.vaultId, chunkId),
      release: guard.use(idBytes(chunkId)),
    });
  }

  async findChunk(chunkId: ChunkId): Promise<readonly Place[]> {
    const pieces = await this.#inside.catalog.vaults.findChunk(this.vaultId, chunkId);
    if (pieces === undefined) throw new HoldfastError('chunk-missing');
    if (pieces.length === 0) throw new HoldfastError('storage-damaged', { detail: 'the chunk is lost' });
    return pieces;
  }

  async readPiece(chunkId: ChunkId, index: number, place: Place, target: Uint8Array): Promise<StoredPiece> {
    try {
      return await this.#readPiece(chunkId, place, target);
    } catch (error) {
      const now = await this.#placeNow(chunkId, index);
      if (now !== undefined && hasMoved(place, now)) return this.#readPiece(chunkId, now, target);
      await this.#noteDamage(error, chunkId, place);
      throw error;
    }
  }

  async putRefs(pageId: RefPageId, chunkIds: readonly ChunkId[]): Promise<ChunkId[]> {
    const body = pageBody(pageId, chunkIds);
    const release = this.#inside.guard.use(Buffer.concat([idBytes(pageId), body]));
    try {
      return await this.#putRefs(pageId, chunkIds, body);
    } finally {
      release();
    }
  }

  commitSnapshot(
    snapshotId: SnapshotId,
    sealed: Uint8Array,
    refPages: readonly RefPageId[],
  ): Promise<CommitAnswer> {
    const body = encodeSnapshotBody({ sealed, refPages: [...refPages] });
    const packed = Buffer.from(refPages.join(''), 'hex');
    const release = this.#inside.guard.use(packed);
    return this.#inside.snapshotTurns
      .run(() => this.#commitSnapshot({ snapshotId, body, refPages, packed }))
      .finally(release);
  }

  changes(afterSeq: number): Promise<Changes> {
    return this.#inside.catalog.vaults.changes(this.vaultId, afterSeq);
  }

  totals(): Promise<VaultTotals> {
    return this.#inside.catalog.vaults.totals(this.vaultId);
  }

  markSnapshots(mark: SnapshotMark, snapshots: readonly MarkedSnapshot[]): Promise<void> {
    const own = snapshots.map(({ snapshotId, statement }) => ({
      snapshotId,
      statement: Uint8Array.from(statement), // the caller's is borrowed
    }));
    return this.#inside.snapshotTurns.run(async () => {
      const things = await this.#toBeMarked(mark, own);
      if (things.length > 0) await writeMark(this.#inside, mark, things);
    });
  }

  damage(): Promise<Damage> {
    return damageOf(this.#inside);
  }

  async #readPiece(chunkId: ChunkId, place: Place, target: Uint8Array): Promise<StoredPiece> {
    const head = await this.#inside.blobs.read('piece', place, target);
    if (head.vaultId !== this.vaultId || head.chunkId !== chunkId) {
      throw new HoldfastError('storage-damaged', { detail: 'the index names another chunk’s piece' });
    }
    return { index: head.index, last: head.last, checksum: head.bodyChecksum };
  }

  /** What a reader finds damaged counts as missing from then on, as if the scrub had found it. */
  async #noteDamage(error: unknown, chunkId: ChunkId, place: Place): Promise<void> {
    if (!(error instanceof HoldfastError) || error.code !== 'storage-damaged') return;
    // If it can't be noted now, the next reader or the scrub will; this reader hears of the damage itself.
    await this.upkeep.reportDamaged('chunk', [{ id: chunkId, place }]).catch(() => undefined);
  }

  async #placeNow(chunkId: ChunkId, index: number): Promise<Place | undefined> {
    return (await this.#inside.catalog.vaults.findChunk(this.vaultId, chunkId))?.[index];
  }

  async #putRefs(pageId: RefPageId, chunkIds: readonly ChunkId[], body: Buffer): Promise<ChunkId[]> {
    const { catalog, guard, clock } = this.#inside;
    const { vaults } = catalog;
    const missing = new Set(await vaults.missingChunks(this.vaultId, chunkIds));
    const lacking = chunkIds.filter((id) => missing.has(id) || guard.isLeaving(id));
    if (lacking.length > 0) {
      const present = chunkIds.filter((id) => !missing.has(id));
      await vaults.confirm(this.vaultId, 'chunk', present, clock.nowMs());
      return lacking;
    }
    const isStored = (await vaults.hasRefPage(this.vaultId, pageId)) && !guard.isLeaving(pageId);
    if (isStored) await vaults.confirm(this.vaultId, 'page', [pageId], clock.nowMs());
    else await this.#appendPage(pageId, body);
    return [];
  }

  async #appendPage(pageId: RefPageId, body: Buffer): Promise<void> {
    const { vaultId } = this;
    const { blobs, commits, clock, numbers } = this.#inside;
    const bodyChecksum = checksum(body);
    await commits.write(() => {
      const fields = { type: 'ref-page', vaultId, pageId, seq: numbers.take() } as const;
      const place = blobs.append({ ...fields, bodyChecksum }, body);
      return { ...fields, storedAtMs: clock.nowMs(), place };
    });
  }

  async #commitSnapshot(commit: SnapshotCommit): Promise<CommitAnswer> {
    const { vaults } = this.#inside.catalog;
    const { snapshotId, body } = commit;
    const digest = snapshotDigest(snapshotId, body);
    const stored = await vaults.findSnapshot(this.vaultId, snapshotId);
    if (stored !== undefined) {
      if (!equalBytes(stored.digest, digest)) throw new HoldfastError('snapshot-conflict');
      return { type: 'accepted', seq: stored.seq, receivedAtMs: stored.receivedAtMs };
    }
    if ((await vaults.findMark(this.vaultId, snapshotId)) !== undefined) {
      throw new HoldfastError('snapshot-missing', { detail: 'it was erased' });
    }
    const refPages = await this.#missingPages(commit.refPages);
    return refPages.length > 0 ? { type: 'missing-pages', refPages } : this.#appendSnapshot(commit, digest);
  }

  /** Pages that are to be put again: they aren't there, or not all that they name is. */
  async #missingPages(refPages: readonly RefPageId[]): Promise<RefPageId[]> {
    const { catalog, guard } = this.#inside;
    const missing = new Set([
      ...(await catalog.vaults.missingRefPages(this.vaultId, refPages)),
      ...(await pagesHit(this.#inside, refPages)),
    ]);
    return refPages.filter((id) => missing.has(id) || guard.isLeaving(id));
  }

  async #appendSnapshot(
    { snapshotId, body, packed }: SnapshotCommit,
    digest: Uint8Array,
  ): Promise<CommitAnswer> {
    const { vaultId } = this;
    const { blobs, commits, clock, numbers } = this.#inside;
    const receivedAtMs = clock.nowMs();
    const { sealed } = decodeSnapshotBody(body);
    let seq = 0;
    await commits.write(() => {
      seq = numbers.take();
      const fields = { type: 'snapshot', vaultId, snapshotId, seq, receivedAtMs } as const;
      const place = blobs.append({ ...fields, bodyChecksum: checksum(body) }, body);
      return { ...fields, sealed, digest, refPages: packed, place };
    });
    numbers.advance(seq);
    return { type: 'accepted', seq, receivedAtMs };
  }

  /** Those of `snapshots` that aren't marked so already. Throws `snapshot-missing`, `snapshot-pinned`. */
  async #toBeMarked(mark: SnapshotMark, snapshots: readonly MarkedSnapshot[]): Promise<Marked[]> {
    const things: Marked[] = [];
    for (const { snapshotId, statement } of snapshots) {
      const now = await this.#markOf(snapshotId);
      if (mark === 'trashed' && now.mark === 'pinned') throw new HoldfastError('snapshot-pinned');
      const isSame = now.mark === mark && equalBytes(now.statement, statement);
      if (!isSame) things.push({ id: snapshotId, statement });
    }
    return things;
  }

  async #markOf(snapshotId: SnapshotId): Promise<FoundMark> {
    const found = await this.#inside.catalog.vaults.findMark(this.vaultId, snapshotId);
    if (found === undefined || found.mark === 'erased') throw new HoldfastError('snapshot-missing');
    return found;
  }
}

interface SnapshotCommit {
  readonly snapshotId: SnapshotId;
  readonly body: Uint8Array;
  readonly refPages: readonly RefPageId[];
  /** Their ids, one after another. */
  readonly packed: Uint8Array;
}

function hasMoved(before: Place, now: Place): boolean {
  const isElsewhere = before.segment !== now.segment || before.offset !== now.offset;
  return isElsewhere && before.bodyBytes === now.bodyBytes;
}

/** The page's bytes. Throws `malformed` unless the ids are sorted, unique and hash to `pageId`. */
function pageBody(pageId: RefPageId, chunkIds: readonly ChunkId[]): Buffer {
  const sorted = chunkIds.every((id, index) => index === 0 || (chunkIds[index - 1] ?? '') < id);
  if (!sorted) throw new HoldfastError('malformed', { detail: 'a page’s ids are sorted and unique' });
  const body = Buffer.from(chunkIds.join(''), 'hex');
  if (createHash('sha256').update(body).digest('hex') !== pageId) {
    throw new HoldfastError('malformed', { detail: 'a page’s id is the hash of its ids' });
  }
  return body;
}

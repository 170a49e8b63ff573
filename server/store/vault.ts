/** One vault over a blob store and a catalog. Whoever holds it reaches this vault and no other. */
import { createHash } from 'node:crypto';
import { checksum } from '../checksum.ts';
import { equalBytes } from '../../shared/bytes.ts';
import { HoldfastError } from '../../shared/errors.ts';
import type { ChunkId, RefPageId, SnapshotId, VaultId } from '../../shared/ids.ts';
import type { Clock, RandomBytes } from '../ports.ts';
import { StoreChunkUpload } from './chunk-upload.ts';
import type { GroupCommit } from './group-commit.ts';
import type {
  BlobStore,
  Catalog,
  Changes,
  ChunkUpload,
  CommitAnswer,
  Place,
  StoredPiece,
  Vault,
  VaultTotals,
} from './ports.ts';
import { decodeSnapshotBody, encodeSnapshotBody, snapshotDigest } from './record-bodies.ts';
import { Serial } from '../serial.ts';

export interface VaultParts {
  readonly blobs: BlobStore;
  readonly catalog: Catalog;
  readonly commits: GroupCommit;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

export class StoreVault implements Vault {
  readonly vaultId: VaultId;
  readonly #parts: VaultParts;
  readonly #snapshotCommits = new Serial();
  /** The newest change number given out; some may end as gaps. */
  #lastSeq: number;
  #headSeq: number;

  /** `headSeq` is the catalog's. There must be one object a vault: it counts the changes. */
  constructor(vaultId: VaultId, headSeq: number, parts: VaultParts) {
    this.vaultId = vaultId;
    this.#lastSeq = headSeq;
    this.#headSeq = headSeq;
    this.#parts = parts;
  }

  get headSeq(): number {
    return this.#headSeq;
  }

  beginChunk(chunkId: ChunkId): ChunkUpload {
    const { blobs, catalog, commits, random } = this.#parts;
    return new StoreChunkUpload({
      vaultId: this.vaultId,
      chunkId,
      attempt: Buffer.from(random(6)).readUIntLE(0, 6),
      known: catalog.vaults.hasChunk(this.vaultId, chunkId),
      blobs,
      commits,
      nextSeq: () => ++this.#lastSeq,
      onIndexed: (seq) => {
        this.#advance(seq);
      },
    });
  }

  async findChunk(chunkId: ChunkId): Promise<readonly Place[]> {
    const pieces = await this.#parts.catalog.vaults.findChunk(this.vaultId, chunkId);
    if (pieces === undefined) throw new HoldfastError('chunk-missing');
    return pieces;
  }

  async readPiece(chunkId: ChunkId, place: Place, target: Uint8Array): Promise<StoredPiece> {
    const head = await this.#parts.blobs.read('piece', place, target);
    if (head.vaultId !== this.vaultId || head.chunkId !== chunkId) {
      throw new HoldfastError('storage-damaged', { detail: 'the index names another chunk’s piece' });
    }
    return { index: head.index, last: head.last, checksum: head.bodyChecksum };
  }

  async putRefs(pageId: RefPageId, chunkIds: readonly ChunkId[]): Promise<ChunkId[]> {
    const body = pageBody(pageId, chunkIds);
    const { vaults } = this.#parts.catalog;
    if (await vaults.hasRefPage(this.vaultId, pageId)) return [];
    const missing = await vaults.missingChunks(this.vaultId, chunkIds);
    if (missing.length > 0) return missing;
    const { vaultId } = this;
    const { blobs, commits } = this.#parts;
    await commits.write(() => {
      const place = blobs.append({ type: 'ref-page', vaultId, pageId, bodyChecksum: checksum(body) }, body);
      return { type: 'ref-page', vaultId, pageId, place };
    });
    return [];
  }

  commitSnapshot(
    snapshotId: SnapshotId,
    sealed: Uint8Array,
    refPages: readonly RefPageId[],
  ): Promise<CommitAnswer> {
    const body = encodeSnapshotBody({ sealed, refPages: [...refPages] });
    // One after another: of two commits with one id the second must see the first.
    return this.#snapshotCommits.run(() => this.#commitSnapshot(snapshotId, body, refPages));
  }

  changes(afterSeq: number): Promise<Changes> {
    return this.#parts.catalog.vaults.changes(this.vaultId, afterSeq);
  }

  totals(): Promise<VaultTotals> {
    return this.#parts.catalog.vaults.totals(this.vaultId);
  }

  async #commitSnapshot(
    snapshotId: SnapshotId,
    body: Uint8Array,
    refPages: readonly RefPageId[],
  ): Promise<CommitAnswer> {
    const { vaults } = this.#parts.catalog;
    const digest = snapshotDigest(snapshotId, body);
    const stored = await vaults.findSnapshot(this.vaultId, snapshotId);
    if (stored !== undefined) {
      if (!equalBytes(stored.digest, digest)) throw new HoldfastError('snapshot-conflict');
      return { type: 'accepted', seq: stored.seq, receivedAtMs: stored.receivedAtMs };
    }
    const missing = await vaults.missingRefPages(this.vaultId, refPages);
    if (missing.length > 0) return { type: 'missing-pages', refPages: missing };
    return this.#appendSnapshot(snapshotId, body, digest);
  }

  async #appendSnapshot(snapshotId: SnapshotId, body: Uint8Array, digest: Uint8Array): Promise<CommitAnswer> {
    const { vaultId } = this;
    const { blobs, commits, clock } = this.#parts;
    const receivedAtMs = clock.nowMs();
    const seq = ++this.#lastSeq;
    const { sealed } = decodeSnapshotBody(body);
    await commits.write(() => {
      const fields = { type: 'snapshot', vaultId, snapshotId, seq, receivedAtMs } as const;
      const place = blobs.append({ ...fields, bodyChecksum: checksum(body) }, body);
      return { ...fields, sealed, digest, place };
    });
    this.#advance(seq);
    return { type: 'accepted', seq, receivedAtMs };
  }

  #advance(seq: number): void {
    this.#headSeq = Math.max(this.#headSeq, seq);
  }
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

/** One chunk on its way in: writes its pieces as they come and commits the chunk with the last. */
import { HoldfastError } from '../../shared/errors.ts';
import type { ChunkId, VaultId } from '../../shared/ids.ts';
import { MAX_PIECES } from '../../shared/limits.ts';
import type { GroupCommit, Hold } from './group-commit.ts';
import type { Clock } from '../ports.ts';
import type { ChangeNumbers } from './change-numbers.ts';
import type { VaultQuota } from './vault-quota.ts';
import type { BlobStore, ChunkUpload, Place, UploadedPiece, VaultCatalog } from './ports.ts';

export interface ChunkUploadParts {
  readonly vaultId: VaultId;
  readonly chunkId: ChunkId;
  /** Random: tells this upload's pieces from those of another one of the same chunk. */
  readonly attempt: number;
  readonly known: boolean | Promise<boolean>;
  readonly vaults: VaultCatalog;
  readonly blobs: BlobStore;
  readonly commits: GroupCommit;
  readonly numbers: ChangeNumbers;
  readonly clock: Clock;
  readonly quota: VaultQuota;
  /** Until this is called garbage collection leaves the chunk alone. */
  readonly release: () => void;
}

export class StoreChunkUpload implements ChunkUpload {
  readonly #parts: ChunkUploadParts;
  readonly #pieces: Place[] = [];
  #hold: Hold | undefined;
  #nextIndex = 0;
  #seq = 0;
  /** Counted in the vault's quota as under way. */
  #takenBytes = 0;

  constructor(parts: ChunkUploadParts) {
    this.#parts = parts;
  }

  get known(): boolean {
    return this.#parts.known === true;
  }

  append(piece: UploadedPiece): Promise<{ readonly existed: boolean }> | undefined {
    this.#checkOrder(piece);
    if (!this.known) this.#write(piece);
    if (!piece.last) return undefined;
    return this.#finish();
  }

  abandon(): void {
    if (this.#hold !== undefined) this.#parts.commits.release(this.#hold);
    this.#hold = undefined;
    this.#settle(false);
    this.#parts.release();
  }

  #settle(isStored: boolean): void {
    this.#parts.quota.settle(this.#takenBytes, isStored);
    this.#takenBytes = 0;
  }

  #checkOrder({ index, last }: UploadedPiece): void {
    if (index !== this.#nextIndex) {
      throw new HoldfastError('piece-out-of-order', {
        detail: `piece ${index} where ${this.#nextIndex} was due`,
      });
    }
    if (index === MAX_PIECES - 1 && !last) throw new HoldfastError('too-large', { detail: 'chunk' });
    this.#nextIndex++;
  }

  #write({ index, last, checksum, sealed }: UploadedPiece): void {
    const { vaultId, chunkId, attempt, blobs, commits, numbers, quota } = this.#parts;
    quota.take(sealed.length);
    this.#takenBytes += sealed.length;
    this.#hold ??= commits.hold();
    const seq = last ? numbers.take() : 0;
    const head = {
      type: 'piece',
      vaultId,
      bodyChecksum: checksum,
      chunkId,
      attempt,
      seq,
      index,
      last,
    } as const;
    this.#pieces.push(blobs.append(head, sealed));
    if (last) this.#seq = seq;
  }

  async #finish(): Promise<{ readonly existed: boolean }> {
    const hold = this.#hold;
    this.#hold = undefined;
    try {
      if (hold !== undefined && !(await this.#isKnown(hold))) {
        await this.#commit(hold);
        this.#settle(true);
        return { existed: false };
      }
      await this.#confirm();
      return { existed: true };
    } finally {
      this.#settle(false);
      this.#parts.release();
    }
  }

  /** Whether the pieces were written in vain, by a catalog that answers late. */
  async #isKnown(hold: Hold): Promise<boolean> {
    const known = await this.#parts.known;
    if (known) this.#parts.commits.release(hold);
    return known;
  }

  async #commit(hold: Hold): Promise<void> {
    const { vaultId, chunkId, commits, numbers, clock } = this.#parts;
    const seq = this.#seq;
    const pieces = this.#pieces;
    await commits.commit({ type: 'chunk', vaultId, chunkId, seq, storedAtMs: clock.nowMs(), pieces }, hold);
    numbers.advance(seq);
  }

  async #confirm(): Promise<void> {
    const { vaultId, chunkId, vaults, clock } = this.#parts;
    await vaults.confirm(vaultId, 'chunk', [chunkId], clock.nowMs());
  }
}

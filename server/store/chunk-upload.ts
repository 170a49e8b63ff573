/** One chunk on its way in: writes its pieces as they come and commits the chunk with the last. */
import { HoldfastError } from '../../shared/errors.ts';
import type { ChunkId, VaultId } from '../../shared/ids.ts';
import { MAX_PIECES } from '../../shared/limits.ts';
import type { GroupCommit, Hold } from './group-commit.ts';
import type { BlobStore, ChunkUpload, Place, UploadedPiece } from './ports.ts';

export interface ChunkUploadParts {
  readonly vaultId: VaultId;
  readonly chunkId: ChunkId;
  /** Random: tells this upload's pieces from those of another one of the same chunk. */
  readonly attempt: number;
  readonly known: boolean | Promise<boolean>;
  readonly blobs: BlobStore;
  readonly commits: GroupCommit;
  readonly nextSeq: () => number;
  /** Called with the chunk's change number when the change feed shows it. */
  readonly onIndexed: (seq: number) => void;
}

export class StoreChunkUpload implements ChunkUpload {
  readonly #parts: ChunkUploadParts;
  readonly #pieces: Place[] = [];
  #hold: Hold | undefined;
  #nextIndex = 0;
  #seq = 0;

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
    const { vaultId, chunkId, attempt, blobs, commits, nextSeq } = this.#parts;
    this.#hold ??= commits.hold();
    const seq = last ? nextSeq() : 0;
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
    const { vaultId, chunkId, known, commits, onIndexed } = this.#parts;
    const hold = this.#hold;
    this.#hold = undefined;
    if (hold === undefined) return { existed: true };
    if (await known) {
      commits.release(hold);
      return { existed: true };
    }
    const entry = { type: 'chunk', vaultId, chunkId, seq: this.#seq, pieces: this.#pieces } as const;
    await commits.commit(entry, hold);
    onIndexed(this.#seq);
    return { existed: false };
  }
}

/**
 * The buffers of full first pieces, used again: a chunk's first piece is joined with its header, in a buffer that
 * JavaScript makes. A fresh one is filled with zeros, and each page of it faulted in, before it is written.
 */
import type { Bytes } from '../../../shared/crypto/primitives.ts';
import { FULL_FIRST_PIECE_BYTES } from '../../../shared/format/sealed-chunk.ts';
import { releaseViews } from '../../../shared/release.ts';

/** About as many chunks as an outbox holds. */
const KEPT = 8;

export class FirstPieces {
  readonly #spare: ArrayBuffer[] = [];

  /** A buffer of just that length, with whatever it held before. */
  allot(lengthBytes: number): Bytes {
    const spare = lengthBytes === FULL_FIRST_PIECE_BYTES ? this.#spare.pop() : undefined;
    return new Uint8Array(spare ?? new ArrayBuffer(lengthBytes));
  }

  /** Takes back what it can use of a chunk's pieces, and gives the memory of the others back. */
  takeBack(pieces: readonly Bytes[]): void {
    const [first, ...others] = pieces;
    if (first === undefined) return;
    const isUsable = first.buffer.byteLength === FULL_FIRST_PIECE_BYTES && this.#spare.length < KEPT;
    if (isUsable) this.#spare.push(first.buffer);
    releaseViews(isUsable ? others : pieces);
  }

  /** Gives the memory of what is left back, at a backup's end: garbage of this size is collected late. */
  release(): void {
    releaseViews(this.#spare.splice(0).map((buffer) => new Uint8Array(buffer)));
  }
}

/**
 * Content-defined chunk boundaries (FORMAT.md, Chunking): FastCDC's normalised chunking (Xia et al.,
 * USENIX ATC 2016) over a gear hash of 32 bits. Boundaries depend on content alone, so an insertion moves
 * them with the content and only the chunks around it are new.
 *
 * The hot loop lives in a function of its own over locals: as part of an async function it runs six
 * times slower.
 */
import { HoldfastError } from '../errors.ts';
import { CHUNK_AVERAGE_BYTES, CHUNK_MAX_BYTES, CHUNK_MIN_BYTES } from '../limits.ts';

/** A boundary is where these high bits are all zero: rarer before the average size, more often after. */
const MASK_BEFORE_AVERAGE = 0xfffffc00 | 0; // 22 bits
const MASK_AFTER_AVERAGE = 0xffffc000 | 0; // 18 bits

/** The 256 values of the gear hash, from 1,024 little-endian bytes. */
export function gearTableOf(bytes: Uint8Array): Int32Array {
  if (bytes.length !== 1_024) throw new HoldfastError('malformed', { detail: 'gear table length' });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int32Array.from({ length: 256 }, (_, i) => view.getInt32(4 * i, true));
}

/** Finds boundaries in a file that arrives in parts. One chunker for each file. */
export class Chunker {
  readonly #gear: Int32Array;
  readonly #state = { hash: 0 };
  #chunkBytes = 0;

  constructor(gearTable: Int32Array) {
    this.#gear = gearTable;
  }

  /**
   * Looks at `bytes[start .. end)`. Returns the offset just behind the chunk's last byte and begins the
   * next chunk, or -1 if the chunk goes on past `end`.
   */
  next(bytes: Uint8Array, start: number, end: number): number {
    let offset = start;
    for (const [limit, mask] of [
      [CHUNK_MIN_BYTES, 0],
      [CHUNK_AVERAGE_BYTES, MASK_BEFORE_AVERAGE],
      [CHUNK_MAX_BYTES, MASK_AFTER_AVERAGE],
    ] as const) {
      const stop = Math.min(end, offset + Math.max(0, limit - this.#chunkBytes));
      const cut = mask === 0 ? -1 : scan(bytes, offset, stop, mask, this.#gear, this.#state);
      if (cut !== -1) return this.#cut(cut);
      this.#chunkBytes += stop - offset;
      offset = stop;
    }
    return this.#chunkBytes === CHUNK_MAX_BYTES ? this.#cut(offset) : -1;
  }

  #cut(offset: number): number {
    this.#chunkBytes = 0;
    this.#state.hash = 0;
    return offset;
  }
}

function scan(
  bytes: Uint8Array,
  start: number,
  stop: number,
  mask: number,
  gear: Int32Array,
  state: { hash: number },
): number {
  let hash = state.hash;
  let i = start;
  // Two bytes a step: the second hash doesn't wait for the first, which is a third faster.
  for (const pairs = stop - 1; i < pairs; i += 2) {
    const first = gear[bytes[i] as number] as number;
    const second = gear[bytes[i + 1] as number] as number;
    const next = ((hash << 2) + ((first << 1) + second)) | 0;
    if ((((hash << 1) + first) & mask) === 0 || (next & mask) === 0) break;
    hash = next;
  }
  for (; i < stop; i++) {
    hash = ((hash << 1) + (gear[bytes[i] as number] as number)) | 0;
    if ((hash & mask) === 0) {
      state.hash = hash;
      return i + 1;
    }
  }
  state.hash = hash;
  return -1;
}

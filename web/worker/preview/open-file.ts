/** A file of a snapshot that is read by range: only the chunks that a range lies in are fetched. */
import { HoldfastError } from '../../../shared/errors.ts';
import type { Extent, FileEntry } from '../../../shared/format/folder-node.ts';
import { mapAhead } from '../history/map-ahead.ts';
import type { ChunkFetcher } from '../vault/chunk-fetcher.ts';

/** Chunks of one range that are fetched at once. */
const CHUNKS_AHEAD = 4;

/** A range is in memory whole: more must be asked for in parts. */
const MAX_RANGE_BYTES = 64 * 1024 * 1024;

export class OpenFile {
  readonly file: FileEntry;
  readonly #extents: readonly Extent[];
  /** Where in the file each extent begins. */
  readonly #starts: Float64Array;

  constructor(file: FileEntry, extents: readonly Extent[]) {
    this.file = file;
    this.#extents = extents;
    this.#starts = new Float64Array(extents.length);
    let start = 0;
    for (const [index, { lengthBytes }] of extents.entries()) {
      this.#starts[index] = start;
      start += lengthBytes;
    }
  }

  /**
   * Bytes from `startByte` to before `endByte`, or to the file's end if that is sooner, in a buffer of their own.
   * Throws `malformed` for what is no range, `too-large` above 64 MiB, and what fetching chunks throws.
   */
  async read(
    fetcher: ChunkFetcher,
    startByte: number,
    endByte: number,
    signal: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer>> {
    checkRange(startByte, endByte);
    const end = Math.min(endByte, this.file.sizeBytes);
    const bytes = new Uint8Array(Math.max(0, end - startByte));
    let filled = 0;
    const parts = mapAhead(this.#within(startByte, end), CHUNKS_AHEAD, async (extent) =>
      fetcher.extent('content', extent, signal),
    );
    for await (const [, views] of parts) {
      for (const view of views) {
        bytes.set(view, filled);
        filled += view.length;
      }
    }
    return bytes;
  }

  /** The parts of extents that a range lies in. */
  *#within(startByte: number, endByte: number): Generator<Extent> {
    for (let index = this.#extentAt(startByte); index < this.#extents.length; index++) {
      const extent = this.#extents[index];
      const extentStart = this.#starts[index] ?? 0;
      if (extent === undefined || extentStart >= endByte) return;
      const from = Math.max(0, startByte - extentStart);
      const lengthBytes = Math.min(extent.lengthBytes, endByte - extentStart) - from;
      if (lengthBytes > 0) yield { chunkId: extent.chunkId, offset: extent.offset + from, lengthBytes };
    }
  }

  /** The place of the last extent that begins at `byte` or before. */
  #extentAt(byte: number): number {
    let [low, high] = [0, this.#starts.length];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] ?? 0) <= byte) low = middle;
      else high = middle;
    }
    return low;
  }
}

function checkRange(startByte: number, endByte: number): void {
  const isRange = Number.isSafeInteger(startByte) && Number.isSafeInteger(endByte) && startByte >= 0;
  if (!isRange || endByte < startByte) throw new HoldfastError('malformed', { detail: 'not a range' });
  if (endByte - startByte > MAX_RANGE_BYTES) throw new HoldfastError('too-large', { detail: 'range' });
}

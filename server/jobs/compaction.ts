/**
 * Gives the disk back what is dead in old segments: copies what is alive to the newest segment, has the
 * index point to the copies, and removes the old file. A crash between any two steps loses nothing: the copies are
 * records like all others, and the file goes only when the index counts on nothing in it, durably.
 */
import { HoldfastError, toHoldfastError } from '../../shared/errors.ts';
import type { Clock } from '../ports.ts';
import type { Log } from '../log.ts';
import type { BlobStore, IndexEntry, Place, Scanned } from '../store/ports.ts';
import type { Upkeep } from '../store/upkeep-ports.ts';
import { movedTo } from './moved.ts';
import { Pace } from './pace.ts';

/** Copies wait for their sync together. */
const BATCH_BYTES = 8 * 1024 * 1024;

export interface CompactionOptions {
  readonly upkeep: Upkeep;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Read and written; Infinity: as fast as it goes. */
  readonly bytesPerSecond: number;
  /** A segment is worth it when so much of it is dead, from 0 to 1. */
  readonly minDeadShare: number;
}

export interface CompactionReport {
  readonly segments: number;
  readonly freedBytes: number;
}

type ScannedRecord = Extract<Scanned, { readonly type: 'record' }>;
type ChunkEntry = Extract<IndexEntry, { readonly type: 'chunk' }>;
interface Piece {
  readonly head: Parameters<BlobStore['append']>[0];
  readonly body: Uint8Array;
}

export class Compaction {
  readonly #options: CompactionOptions;
  /** Segments with something alive that can't be copied: the scrub says what. */
  readonly #stuck = new Set<number>();
  readonly #bodies = new ChunkBodies();

  constructor(options: CompactionOptions) {
    this.#options = options;
  }

  /** One pass over all segments that are worth it. Throws `storage-full`, `storage-failed`, `shutting-down`. */
  async run(): Promise<CompactionReport> {
    let [segments, freedBytes] = [0, 0];
    for (const segment of await this.#worthwhile()) {
      const { isRemoved, grownBytes } = await this.#compact(segment);
      freedBytes -= grownBytes;
      if (isRemoved) segments++;
    }
    return { segments, freedBytes };
  }

  /** Full segments before the checkpoint: all of their records are indexed or dead. */
  async #worthwhile(): Promise<number[]> {
    const { blobs, catalog } = this.#options.upkeep;
    const checkpoint = await catalog.checkpoint();
    const live = await catalog.upkeep.liveBytes();
    const end = Math.min(checkpoint.segment, blobs.end.segment);
    return blobs.segments().filter((segment) => {
      const sizeBytes = blobs.sizeOf(segment);
      const deadBytes = sizeBytes - (live.get(segment) ?? 0);
      const isWorthIt = deadBytes >= this.#options.minDeadShare * sizeBytes;
      return segment < end && isWorthIt && !this.#stuck.has(segment);
    });
  }

  /** Not removed: something in the segment must stay where it is. */
  async #compact(segment: number): Promise<{ readonly isRemoved: boolean; readonly grownBytes: number }> {
    const { upkeep, log } = this.#options;
    const { blobs, catalog } = upkeep;
    const sizeBytes = blobs.sizeOf(segment);
    const copiedBytes = await new SegmentCopy(this.#options, this.#bodies).run(segment);
    await catalog.upkeep.makeDurable();
    const liveBytes = (await catalog.upkeep.liveBytes()).get(segment) ?? 0;
    if (liveBytes !== 0) {
      this.#stuck.add(segment);
      log.warn({ segment, liveBytes }, 'a segment can’t be compacted: something in it can’t be read');
      return { isRemoved: false, grownBytes: copiedBytes };
    }
    blobs.removeSegment(segment);
    return { isRemoved: true, grownBytes: copiedBytes - sizeBytes };
  }
}

/** Memory for the pieces of one chunk at a time, grown to the longest so far: a chunk has megabytes. */
class ChunkBodies {
  #memory = new Uint8Array();

  /** Each place with memory for its body, good until the next call. */
  of(places: readonly Place[]): (readonly [Place, Uint8Array])[] {
    const bytes = places.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
    if (bytes > this.#memory.length) this.#memory = new Uint8Array(bytes);
    let end = 0;
    return places.map((place) => {
      const start = end;
      end += place.bodyBytes;
      return [place, this.#memory.subarray(start, end)] as const;
    });
  }
}

/** Copies what is alive in one segment. */
class SegmentCopy {
  readonly #upkeep: Upkeep;
  readonly #bodies: ChunkBodies;
  readonly #pace: Pace;
  /** Chunks copied whole at their first piece. */
  readonly #copied = new Set<string>();
  /** Copies that wait for their sync; each resolves with its failure. */
  #waiting: Promise<HoldfastError | undefined>[] = [];
  #waitingBytes = 0;
  #copiedBytes = 0;

  constructor(options: CompactionOptions, bodies: ChunkBodies) {
    this.#upkeep = options.upkeep;
    this.#bodies = bodies;
    this.#pace = new Pace(options);
  }

  /** Resolves, when all copies are durable and indexed, with their bytes. */
  async run(segment: number): Promise<number> {
    for await (const scanned of this.#upkeep.blobs.walk(segment)) {
      const before = this.#copiedBytes;
      if (scanned.type === 'record') await this.#take(scanned);
      await this.#pace.spend(scanned.lengthBytes + this.#copiedBytes - before);
      if (this.#waitingBytes >= BATCH_BYTES) await this.#settle();
    }
    await this.#settle();
    return this.#copiedBytes;
  }

  async #take({ head, body, place, lengthBytes }: ScannedRecord): Promise<void> {
    const entry = await this.#upkeep.catalog.upkeep.entryAt(head, place);
    if (entry === undefined) return;
    if (entry.type === 'chunk') await this.#copyChunk(entry, lengthBytes - body.length);
    else this.#copy(entry, [{ head, body }], lengthBytes);
  }

  /** All pieces, wherever they are: a chunk is found by its pieces following one another. */
  async #copyChunk(entry: ChunkEntry, headBytes: number): Promise<void> {
    const key = `${entry.vaultId}/${entry.chunkId}`;
    if (this.#copied.has(key)) return;
    this.#copied.add(key);
    const pieces = await this.#readPieces(entry.pieces);
    const bytes = pieces?.reduce((sum, { body }) => sum + headBytes + body.length, 0) ?? 0;
    if (pieces !== undefined) this.#copy(entry, pieces, bytes);
  }

  /** Undefined if one is damaged: then the chunk stays, and the segment with it. */
  async #readPieces(places: readonly Place[]): Promise<Piece[] | undefined> {
    const bodies = this.#bodies.of(places);
    const pieces: Piece[] = [];
    try {
      // One by one: none may still be read into this memory when the next chunk's are.
      for (const [place, body] of bodies) {
        pieces.push({ head: await this.#upkeep.blobs.read('piece', place, body), body });
      }
      return pieces;
    } catch (error) {
      if (error instanceof HoldfastError && error.code === 'storage-damaged') return undefined;
      throw error;
    }
  }

  /** Appends before it returns: bodies may be borrowed. */
  #copy(entry: IndexEntry, pieces: readonly Piece[], bytes: number): void {
    const written = this.#upkeep.write(() => {
      const attempt = this.#newAttempt();
      const [first, ...others] = pieces.map(({ head, body }) =>
        this.#upkeep.blobs.append(head.type === 'piece' ? { ...head, attempt } : head, body),
      );
      if (first === undefined) throw new HoldfastError('internal', { detail: 'a chunk without pieces' });
      return movedTo(entry, [first, ...others]);
    });
    this.#waiting.push(written.then(() => undefined, toHoldfastError));
    this.#waitingBytes += bytes;
    this.#copiedBytes += bytes;
  }

  /** As an upload's: pieces of a copy that was cut short must not pass for those of the next one. */
  #newAttempt(): number {
    const { segment, offset } = this.#upkeep.blobs.end;
    return segment * 2 ** 31 + offset;
  }

  async #settle(): Promise<void> {
    const failure = (await Promise.all(this.#waiting)).find((error) => error !== undefined);
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (failure !== undefined) throw failure;
  }
}

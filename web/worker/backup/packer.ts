/**
 * Fills chunks with small things laid one after another: small files, or nodes. Nobody who sees the sealed
 * chunk can tell how many there are or how long each is.
 */
import type { ChunkKind } from '../../../shared/format/chunk-id.ts';
import type { Bytes } from '../../../shared/crypto/primitives.ts';
import type { ChunkId } from '../../../shared/ids.ts';
import { CHUNK_AVERAGE_BYTES, CHUNK_MAX_BYTES, PIECE_BYTES } from '../../../shared/limits.ts';
import { Turns } from '../jobs/turns.ts';
import type { ChunkWriter } from './chunk-writer.ts';

/** A chunk that is being filled, or was. */
export interface OpenChunk {
  /** Resolves when the chunk is full and on its way. */
  readonly id: Promise<ChunkId>;
}

/** Where something was put. */
export interface Place {
  readonly chunk: OpenChunk;
  readonly offset: number;
  readonly lengthBytes: number;
}

export class Packer {
  readonly #writer: ChunkWriter;
  readonly #kind: ChunkKind;
  readonly #turns = new Turns();
  readonly #spare: Bytes[] = [];
  readonly #storing = new Set<Promise<unknown>>();
  #filling = new FillingChunk();

  constructor(writer: ChunkWriter, kind: ChunkKind) {
    this.#writer = writer;
    this.#kind = kind;
  }

  /** Puts a copy of `content` (1 to CHUNK_MAX_BYTES) into the chunk that is being filled, or the next. */
  async append(content: Uint8Array): Promise<Place> {
    return this.appendMade(async () => Promise.resolve(content));
  }

  /**
   * Puts what `make` makes for the chunk that it will lie in. It may be made twice, if it doesn't fit and
   * goes to the next chunk.
   */
  async appendMade(make: (chunk: OpenChunk) => Promise<Uint8Array>): Promise<Place> {
    return this.#turns.run(async () => {
      let content = await make(this.#filling);
      if (this.#filling.lengthBytes + content.length > CHUNK_MAX_BYTES) {
        await this.#close();
        content = await make(this.#filling);
      }
      const place = this.#filling.add(content, () => this.#spare.pop() ?? new Uint8Array(PIECE_BYTES));
      if (this.#filling.lengthBytes >= CHUNK_AVERAGE_BYTES) await this.#close();
      return place;
    });
  }

  /** Sends the chunk that is being filled as it is, and waits until all are on their way. */
  async flush(): Promise<void> {
    await this.#turns.run(async () => this.#close());
    await Promise.all(this.#storing);
  }

  async #close(): Promise<void> {
    const full = this.#filling;
    if (full.lengthBytes === 0) return;
    this.#filling = new FillingChunk();
    const { buffers } = full;
    const stored = this.#writer.store(this.#kind, full.pieces(), () => {
      this.#spare.push(...buffers);
    });
    this.#storing.add(stored);
    full.resolveWith(stored);
    // Waiting here bounds how many full chunks lie in memory.
    await stored.finally(() => this.#storing.delete(stored));
  }
}

class FillingChunk implements OpenChunk {
  readonly id: Promise<ChunkId>;
  readonly buffers: Bytes[] = [];
  lengthBytes = 0;
  #resolve: (id: Promise<ChunkId>) => void = () => undefined;

  constructor() {
    this.id = new Promise((resolve) => (this.#resolve = resolve));
    // Who waits for the id hears of a failure; if nobody does, the packer's caller still does.
    this.id.catch(() => undefined);
  }

  add(content: Uint8Array, newBuffer: () => Bytes): Place {
    const offset = this.lengthBytes;
    for (let start = 0; start < content.length;) {
      const inPiece = this.lengthBytes % PIECE_BYTES;
      if (inPiece === 0) this.buffers.push(newBuffer());
      const part = content.subarray(start, start + PIECE_BYTES - inPiece);
      this.buffers.at(-1)?.set(part, inPiece);
      this.lengthBytes += part.length;
      start += part.length;
    }
    return { chunk: this, offset, lengthBytes: content.length };
  }

  pieces(): Bytes[] {
    return this.buffers.map((buffer, index) =>
      buffer.subarray(0, Math.min(PIECE_BYTES, this.lengthBytes - index * PIECE_BYTES)),
    );
  }

  resolveWith(id: Promise<ChunkId>): void {
    this.#resolve(id);
  }
}

/**
 * Verified plaintext of chunks, from the server. The last few are kept: small files that follow one another
 * lie in the same chunk, and so do a folder's nodes.
 */
import { openChunk } from '../../../shared/format/sealed-chunk.ts';
import type { Zstd } from '../../../shared/format/compression.ts';
import type { ChunkKind } from '../../../shared/format/chunk-id.ts';
import type { Extent } from '../../../shared/format/folder-node.ts';
import type { Bytes } from '../../../shared/crypto/primitives.ts';
import type { Keyrings } from '../../../shared/crypto/vault-keys.ts';
import { HoldfastError, toHoldfastError } from '../../../shared/errors.ts';
import type { ChunkId } from '../../../shared/ids.ts';
import { PIECE_BYTES } from '../../../shared/limits.ts';
import { Turns } from '../jobs/turns.ts';
import { releaseViews } from '../../../shared/release.ts';
import type { ServerLink } from '../connection/server-link.ts';
import type { FolderCache } from '../ports.ts';

/** Chunks kept, what is fetched ahead among them: about 24 MiB, at most 48. */
const KEPT = 24;
const CHECKSUM_TRIES = 3;

export interface FetchOptions {
  readonly onReceived?: (sealedBytes: number) => void;
  /** Where sealed chunks are looked for first, and kept once they have proved right. */
  readonly cache?: FolderCache;
  /** Whether what isn't cached waits for a connection; true by default. Else it throws `offline` without one. */
  readonly isPatient?: boolean;
}

type FetchLink = Pick<ServerLink, 'isConnected' | 'withConnection'>;

interface KeptChunk {
  readonly pieces: Promise<readonly Bytes[]>;
  /** Of whoever asked first. */
  readonly signal: AbortSignal;
}

export class ChunkFetcher {
  readonly #link: FetchLink;
  readonly #keyrings: Keyrings;
  readonly #zstd: Zstd;
  readonly #options: FetchOptions;
  readonly #opening = new Turns();
  readonly #chunks = new Map<ChunkId, KeptChunk>();

  constructor(link: FetchLink, keyrings: Keyrings, zstd: Zstd, options: FetchOptions = {}) {
    this.#link = link;
    this.#keyrings = keyrings;
    this.#zstd = zstd;
    this.#options = options;
  }

  /** The chunk's pieces. Throws `chunk-missing`, `storage-damaged`, `offline`, and what `openChunk` throws. */
  async chunk(kind: ChunkKind, id: ChunkId, signal: AbortSignal): Promise<readonly Bytes[]> {
    const kept = this.#chunks.get(id);
    if (kept === undefined) return this.#keep(id, { pieces: this.fetch(kind, id, signal), signal });
    this.#chunks.delete(id);
    this.#chunks.set(id, kept);
    try {
      return await kept.pieces;
    } catch (error) {
      // Whoever asked first has given up; this one hasn't.
      if (kept.signal.aborted && !signal.aborted) return this.chunk(kind, id, signal);
      throw error;
    }
  }

  /** The bytes of an extent as views, in order. Throws `malformed` where it leaves the chunk. */
  async extent(kind: ChunkKind, extent: Extent, signal: AbortSignal): Promise<Bytes[]> {
    return cutOut(await this.chunk(kind, extent.chunkId, signal), extent);
  }

  async #keep(id: ChunkId, chunk: KeptChunk): Promise<readonly Bytes[]> {
    this.#chunks.set(id, chunk);
    chunk.pieces.catch(() => {
      if (this.#chunks.get(id) === chunk) this.#chunks.delete(id);
    });
    for (const oldest of [...this.#chunks.keys()].slice(0, -KEPT)) this.#chunks.delete(oldest);
    return chunk.pieces;
  }

  /** Like `chunk`, but the pieces are the caller's alone and nothing is kept. */
  async fetch(kind: ChunkKind, id: ChunkId, signal: AbortSignal): Promise<readonly Bytes[]> {
    const { cache } = this.#options;
    const cached = await cache?.get(id);
    if (cached !== undefined) {
      const opened = await this.#openCached(kind, id, cached);
      if (opened !== undefined) return opened;
    }
    const sealed = await this.#download(id, signal);
    const opened = await this.#openInTurn(kind, id, sealed);
    await cache?.put(id, sealed);
    releaseViews(sealed);
    return opened;
  }

  /** `undefined` if the cached copy is damaged: the server's is tried then. */
  async #openCached(
    kind: ChunkKind,
    id: ChunkId,
    sealed: readonly Bytes[],
  ): Promise<readonly Bytes[] | undefined> {
    try {
      return await openChunk(this.#keyrings, kind, id, sealed, this.#zstd);
    } catch (error) {
      if (toHoldfastError(error).code === 'internal') throw error;
      return undefined;
    }
  }

  /** One after another: WebCrypto copies what it is given, and many at once would take memory for nothing. */
  async #openInTurn(kind: ChunkKind, id: ChunkId, sealed: readonly Bytes[]): Promise<readonly Bytes[]> {
    return this.#opening.run(async () => openChunk(this.#keyrings, kind, id, sealed, this.#zstd));
  }

  async #download(id: ChunkId, signal: AbortSignal): Promise<Bytes[]> {
    const { isPatient = true } = this.#options;
    if (!isPatient && !this.#link.isConnected) throw new HoldfastError('offline');
    let checksumTries = 0;
    const sealed = await this.#link.withConnection(async (connection) => {
      try {
        return await connection.getChunk(id);
      } catch (error) {
        const damaged = toHoldfastError(error).code === 'checksum-mismatch';
        if (damaged && ++checksumTries === CHECKSUM_TRIES)
          throw new HoldfastError('storage-damaged', { cause: error });
        throw error;
      }
    }, signal);
    this.#options.onReceived?.(sealed.reduce((sum, piece) => sum + piece.length, 0));
    return sealed;
  }
}

/** The bytes of an extent of a chunk, as views. Throws `malformed` where it leaves the chunk. */
export function cutOut(pieces: readonly Bytes[], { offset, lengthBytes }: Extent): Bytes[] {
  const parts: Bytes[] = [];
  let left = lengthBytes;
  for (
    let index = Math.floor(offset / PIECE_BYTES), start = offset % PIECE_BYTES;
    left > 0;
    index++, start = 0
  ) {
    const part = pieces[index]?.subarray(start, start + left);
    if (part === undefined || part.length === 0)
      throw new HoldfastError('malformed', { detail: 'extent leaves its chunk' });
    parts.push(part);
    left -= part.length;
  }
  return parts;
}

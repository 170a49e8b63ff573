/**
 * Stands in for the writer of chunks and for the server behind it: keeps content under its id, so that tests
 * read back what was written without sealing, sending and fetching it.
 */
import assert from 'node:assert/strict';
import { chunkIdOf } from '../../shared/format/chunk-id.ts';
import type { ChunkKind } from '../../shared/format/chunk-id.ts';
import type { Bytes } from '../../shared/crypto/primitives.ts';
import { HoldfastError } from '../../shared/errors.ts';
import type { Extent } from '../../shared/format/folder-node.ts';
import type { ChunkId } from '../../shared/ids.ts';
import { CHUNK_MAX_BYTES, PIECE_BYTES } from '../../shared/limits.ts';
import type { ChunkWriter } from '../../web/worker/backup/chunk-writer.ts';
import { EarlierReader } from '../../web/worker/backup/earlier-reader.ts';
import type { ChunkFetcher } from '../../web/worker/vault/chunk-fetcher.ts';
import { ChunkIndex } from '../../web/worker/vault/chunk-index.ts';
import { FolderReader } from '../../web/worker/vault/folder-reader.ts';
import { testKeyring } from '../helpers/vault.ts';

const { idKey } = await testKeyring();

interface StoredChunk {
  readonly kind: ChunkKind;
  readonly content: Buffer;
}

export class StoredChunks {
  /** In the order in which they were first stored. */
  readonly byId = new Map<ChunkId, StoredChunk>();
  /** How often something was stored, known content included. */
  calls = 0;
  /** Every chunk waits for this before it is stored. */
  gate: Promise<void> = Promise.resolve();

  /** Takes pieces as the real writer does, and spoils them afterwards: nobody may use them any more. */
  readonly writer = {
    store: async (kind: ChunkKind, pieces: readonly Bytes[], release: () => void): Promise<ChunkId> => {
      this.calls += 1;
      await this.gate;
      const content = Buffer.concat(pieces);
      checkPieces(pieces, content.length);
      const id = await chunkIdOf(idKey, kind, pieces);
      if (!this.byId.has(id)) this.byId.set(id, { kind, content });
      for (const piece of pieces) piece.fill(0xee);
      release();
      return id;
    },
  } as unknown as ChunkWriter;

  readonly fetcher = {
    extent: async (kind: ChunkKind, extent: Extent) => Promise.resolve([this.bytes(kind, extent)]),
  } as unknown as ChunkFetcher;

  /** Reads folders of what is stored; the chunks that are there now are known to be. */
  earlierReader(): EarlierReader {
    const known = new ChunkIndex();
    for (const id of this.byId.keys()) known.add(id);
    return new EarlierReader(new FolderReader(this.fetcher), known, new AbortController().signal);
  }

  /** What lies at an extent. Throws `chunk-missing`, and `malformed` where it leaves its chunk. */
  bytes(kind: ChunkKind, { chunkId, offset, lengthBytes }: Extent): Bytes {
    const chunk = this.byId.get(chunkId);
    if (chunk?.kind !== kind) throw new HoldfastError('chunk-missing');
    if (offset + lengthBytes > chunk.content.length) throw new HoldfastError('malformed');
    return new Uint8Array(chunk.content.subarray(offset, offset + lengthBytes));
  }

  /** The content of all extents, one after another. */
  content(extents: readonly Extent[]): Buffer {
    return Buffer.concat(extents.map((extent) => this.bytes('content', extent)));
  }

  lengths(kind: ChunkKind): number[] {
    return [...this.byId.values()]
      .filter((chunk) => chunk.kind === kind)
      .map(({ content }) => content.length);
  }
}

/** A chunk is never empty or too large, and only its last piece may be short. */
function checkPieces(pieces: readonly Bytes[], lengthBytes: number): void {
  const lengths = pieces.map((piece) => piece.length);
  const areFull = lengths.slice(0, -1).every((length) => length === PIECE_BYTES);
  const last = lengths.at(-1) ?? 0;
  assert.ok(areFull && last > 0 && last <= PIECE_BYTES, `pieces of ${lengths.join()} bytes`);
  assert.ok(lengthBytes <= CHUNK_MAX_BYTES);
}

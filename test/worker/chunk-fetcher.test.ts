import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { secureRandom } from '../../shared/crypto/primitives.ts';
import type { Bytes } from '../../shared/crypto/primitives.ts';
import { keyringsOf } from '../../shared/crypto/vault-keys.ts';
import { HoldfastError } from '../../shared/errors.ts';
import { chunkIdOf } from '../../shared/format/chunk-id.ts';
import { compressed } from '../../shared/format/compression.ts';
import { sealChunk } from '../../shared/format/sealed-chunk.ts';
import type { ChunkId } from '../../shared/ids.ts';
import { PIECE_BYTES } from '../../shared/limits.ts';
import type { ServerLink } from '../../web/worker/connection/server-link.ts';
import type { WireConnection } from '../../web/worker/connection/wire-connection.ts';
import type { FolderCache } from '../../web/worker/ports.ts';
import { ChunkFetcher } from '../../web/worker/vault/chunk-fetcher.ts';
import { loadZstd } from '../../web/worker/zstd.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { piecesOf, testKeyring } from '../helpers/vault.ts';

const keyring = await testKeyring();
const keyrings = keyringsOf([keyring]);
const zstd = await loadZstd();
const never = new AbortController().signal;

interface SealedChunk {
  readonly id: ChunkId;
  readonly content: Bytes;
  readonly sealed: readonly Bytes[];
}

async function sealedChunk(seed: number, lengthBytes: number): Promise<SealedChunk> {
  const content = seededRandom(seed).bytes(lengthBytes);
  const pieces = piecesOf(content);
  const id = await chunkIdOf(keyring.idKey, 'content', pieces);
  return {
    id,
    content,
    sealed: await sealChunk(keyring, 'content', id, compressed(pieces, zstd), secureRandom),
  };
}

/** A link whose server answers `get-chunk` with `answer`; a retried error is asked again at once. */
function linkTo(answer: (id: ChunkId) => Bytes[]): { link: ServerLink; asked: ChunkId[] } {
  const asked: ChunkId[] = [];
  const connection = {
    getChunk: async (id: ChunkId) => {
      asked.push(id);
      return Promise.resolve(answer(id));
    },
  } as Partial<WireConnection> as WireConnection;
  const withConnection = async <R>(work: (connection: WireConnection) => Promise<R>): Promise<R> => {
    for (;;) {
      try {
        return await work(connection);
      } catch (error) {
        if (!(error instanceof HoldfastError) || error.action !== 'retry') throw error;
      }
    }
  };
  return { link: { withConnection } as Partial<ServerLink> as ServerLink, asked };
}

function copies(pieces: readonly Bytes[]): Bytes[] {
  return pieces.map((piece) => piece.slice());
}

const chunk = await sealedChunk(1, 3 * PIECE_BYTES + 100);

describe('the fetcher', () => {
  it('gives any part of a chunk, across pieces too, and nothing outside it', async () => {
    const { link } = linkTo(() => copies(chunk.sealed));
    const fetcher = new ChunkFetcher(link, keyrings, zstd);
    const { content } = chunk;
    for (const [offset, lengthBytes] of [
      [0, 1],
      [0, content.length],
      [PIECE_BYTES - 1, 2],
      [PIECE_BYTES, PIECE_BYTES],
      [10, 2 * PIECE_BYTES],
      [content.length - 1, 1],
      [5, 0],
    ] as const) {
      const parts = await fetcher.extent('content', { chunkId: chunk.id, offset, lengthBytes }, never);
      assert.ok(Buffer.concat(parts).equals(content.subarray(offset, offset + lengthBytes)));
    }
    for (const [offset, lengthBytes] of [
      [0, content.length + 1],
      [content.length, 1],
      [2 ** 40, 1],
    ] as const) {
      const outside = fetcher.extent('content', { chunkId: chunk.id, offset, lengthBytes }, never);
      await assertRejectsCode(outside, 'malformed');
    }
  });

  it('asks once for what is wanted again soon, and forgets what isn’t', async () => {
    const others = await Promise.all(Array.from({ length: 30 }, async (_, n) => sealedChunk(100 + n, 100)));
    const byId = new Map([chunk, ...others].map((each) => [each.id, each]));
    const { link, asked } = linkTo((id) => copies(byId.get(id)?.sealed ?? []));
    const fetcher = new ChunkFetcher(link, keyrings, zstd);
    const wanted = await Promise.all([0, 1, 2].map(async () => fetcher.chunk('content', chunk.id, never)));
    assert.equal(new Set(wanted).size, 1);
    for (const { id } of others) await fetcher.chunk('content', id, never);
    assert.equal(asked.length, 31);
    await fetcher.chunk('content', chunk.id, never);
    assert.equal(asked.length, 32);
  });

  it('asks again for a chunk that failed, when it is wanted again', async () => {
    let fails = true;
    const { link } = linkTo(() => {
      if (fails) throw new HoldfastError('chunk-missing');
      return copies(chunk.sealed);
    });
    const fetcher = new ChunkFetcher(link, keyrings, zstd);
    await assertRejectsCode(fetcher.chunk('content', chunk.id, never), 'chunk-missing');
    fails = false;
    assert.ok(Buffer.concat(await fetcher.chunk('content', chunk.id, never)).equals(chunk.content));
  });

  it('asks three times for what arrives damaged, then calls it damaged at the server', async () => {
    const { link, asked } = linkTo(() => {
      throw new HoldfastError('checksum-mismatch');
    });
    const fetcher = new ChunkFetcher(link, keyrings, zstd);
    await assertRejectsCode(fetcher.chunk('content', chunk.id, never), 'storage-damaged');
    assert.equal(asked.length, 3);
  });

  it('takes no other chunk, and none that was changed, from a server that answers with one', async () => {
    const other = await sealedChunk(2, 1_000);
    const changed = copies(chunk.sealed);
    changed[1]?.set([Number(changed[1][50]) ^ 1], 50);
    for (const answer of [other.sealed, changed, chunk.sealed.slice(0, -1), chunk.sealed.toReversed()]) {
      const { link } = linkTo(() => copies(answer));
      const fetcher = new ChunkFetcher(link, keyrings, zstd);
      await assertRejectsCode(
        fetcher.chunk('content', chunk.id, never),
        'seal-broken',
        'malformed',
        'format-unsupported',
      );
    }
  });
});

describe('the fetcher’s cache', () => {
  function memoryCache(): { cache: FolderCache; kept: Map<ChunkId, readonly Bytes[]> } {
    const kept = new Map<ChunkId, readonly Bytes[]>();
    const cache: FolderCache = {
      get: async (id) => Promise.resolve(kept.get(id)),
      put: async (id, pieces) => {
        kept.set(id, copies(pieces));
        return Promise.resolve();
      },
      clear: async () => {
        kept.clear();
        return Promise.resolve();
      },
    };
    return { cache, kept };
  }

  it('is asked before the server, and keeps what proved right', async () => {
    const { cache, kept } = memoryCache();
    const { link, asked } = linkTo(() => copies(chunk.sealed));
    await new ChunkFetcher(link, keyrings, zstd, { cache }).chunk('content', chunk.id, never);
    assert.deepEqual([...kept.keys()], [chunk.id]);
    const again = await new ChunkFetcher(link, keyrings, zstd, { cache }).chunk('content', chunk.id, never);
    assert.ok(Buffer.concat(again).equals(chunk.content));
    assert.equal(asked.length, 1);
  });

  it('that is damaged costs one download', async () => {
    const { cache, kept } = memoryCache();
    kept.set(chunk.id, [new Uint8Array(100)]);
    const { link, asked } = linkTo(() => copies(chunk.sealed));
    const opened = await new ChunkFetcher(link, keyrings, zstd, { cache }).chunk('content', chunk.id, never);
    assert.ok(Buffer.concat(opened).equals(chunk.content));
    assert.equal(asked.length, 1);
    assert.equal(kept.get(chunk.id)?.length, chunk.sealed.length);
  });

  it('keeps nothing that is wrong', async () => {
    const { cache, kept } = memoryCache();
    const { link } = linkTo(() => [new Uint8Array(100)]);
    const fetcher = new ChunkFetcher(link, keyrings, zstd, { cache });
    await assertRejectsCode(fetcher.chunk('content', chunk.id, never), 'format-unsupported');
    assert.equal(kept.size, 0);
  });
});

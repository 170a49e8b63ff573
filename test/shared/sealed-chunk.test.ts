import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { concatBytes, fromHex } from '../../shared/bytes.ts';
import { deriveSealKey, importDerivationKey, seal, secureRandom } from '../../shared/crypto/primitives.ts';
import type { Bytes } from '../../shared/crypto/primitives.ts';
import { deriveVaultKeyring, keyringsOf } from '../../shared/crypto/vault-keys.ts';
import { HoldfastError } from '../../shared/errors.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import type { ChunkId, VaultId } from '../../shared/ids.ts';
import { CHUNK_MAX_BYTES, PIECE_BYTES } from '../../shared/limits.ts';
import { chunkIdOf } from '../../shared/format/chunk-id.ts';
import type { ChunkKind } from '../../shared/format/chunk-id.ts';
import { compressed, uncompressed } from '../../shared/format/compression.ts';
import { loadZstd } from '../../web/worker/zstd.ts';
import { openChunk, sealChunk, sealedChunkBytes } from '../../shared/format/sealed-chunk.ts';

const vaultId = 'ab'.repeat(16) as VaultId;
const keyring = await deriveVaultKeyring(vaultId, 1, await importDerivationKey(new Uint8Array(32).fill(7)));
const keyrings = keyringsOf([keyring]);

const zstd = await loadZstd();

function piecesOf(content: Bytes): Bytes[] {
  const pieces: Bytes[] = [];
  for (let start = 0; start < content.length; start += PIECE_BYTES) {
    pieces.push(content.slice(start, start + PIECE_BYTES));
  }
  return pieces;
}

async function sealed(
  content: Bytes,
  kind: ChunkKind = 'content',
): Promise<{ id: ChunkId; pieces: Bytes[] }> {
  const pieces = piecesOf(content);
  const id = await chunkIdOf(keyring.idKey, kind, pieces);
  return { id, pieces: await sealChunk(keyring, kind, id, uncompressed(pieces), secureRandom) };
}

async function rejectsWith(code: ErrorCode, work: Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error) => error instanceof HoldfastError && error.code === code);
}

function randomBytes(length: number): Bytes {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) secureRandom(bytes.subarray(at, Math.min(length, at + 65_536)));
  return bytes;
}

const threePieces = randomBytes(2 * PIECE_BYTES + 1_000);

describe('a sealed chunk', () => {
  it('opens to the same bytes for every size around piece bounds', async () => {
    const sizes = [
      1,
      2,
      100,
      PIECE_BYTES - 10,
      PIECE_BYTES - 9,
      PIECE_BYTES - 8,
      PIECE_BYTES - 1,
      PIECE_BYTES,
    ];
    for (const size of [...sizes, PIECE_BYTES + 1, 4 * PIECE_BYTES, CHUNK_MAX_BYTES - 1, CHUNK_MAX_BYTES]) {
      const content = randomBytes(size);
      const { id, pieces } = await sealed(content);
      const opened = Buffer.concat(await openChunk(keyrings, 'content', id, pieces, zstd));
      assert.ok(opened.equals(content), `${String(size)} bytes`);
      assert.equal(
        pieces.reduce((sum, piece) => sum + piece.length, 0),
        sealedChunkBytes(size),
      );
    }
  });

  it('opens to the same bytes for any content', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 5_000 }), async (content) => {
        const { id, pieces } = await sealed(new Uint8Array(content));
        const opened = await openChunk(keyrings, 'content', id, pieces, zstd);
        assert.deepEqual(Buffer.concat(opened), Buffer.from(content));
      }),
      { numRuns: 100 },
    );
  });

  it('hides exact sizes: lengths in one padding bucket seal to one length', () => {
    assert.equal(sealedChunkBytes(1_000_000), sealedChunkBytes(1_000_100));
  });

  it('never repeats: sealing the same content twice shares no bytes', async () => {
    const [first, second] = await Promise.all([sealed(threePieces), sealed(threePieces)]);
    assert.equal(first.id, second.id);
    assert.notDeepEqual(first.pieces[1], second.pieces[1]);
  });

  it('refuses a flipped bit in any piece', async () => {
    const { id, pieces } = await sealed(threePieces);
    for (const index of pieces.keys()) {
      const damaged = pieces.map((piece) => piece.slice());
      const piece = damaged[index] as Bytes;
      piece[piece.length - 20] = (piece[piece.length - 20] as number) ^ 1;
      await rejectsWith('seal-broken', openChunk(keyrings, 'content', id, damaged, zstd));
    }
  });

  it('refuses truncated, reordered and repeated pieces', async () => {
    const { id, pieces } = await sealed(threePieces);
    const [a, b, c] = pieces as [Bytes, Bytes, Bytes];
    for (const tampered of [
      [a, b],
      [a, c, b],
      [a, b, b, c],
      [a, b, c, c],
    ]) {
      await rejectsWith('seal-broken', openChunk(keyrings, 'content', id, tampered, zstd));
    }
    await rejectsWith('malformed', openChunk(keyrings, 'content', id, [], zstd));
  });

  it('refuses another chunk under its id, and another kind', async () => {
    const [mine, other] = await Promise.all([sealed(threePieces), sealed(randomBytes(500))]);
    await rejectsWith('seal-broken', openChunk(keyrings, 'content', mine.id, other.pieces, zstd));
    await rejectsWith('seal-broken', openChunk(keyrings, 'folders', mine.id, mine.pieces, zstd));
  });

  it('refuses content sealed under an id that is not its own', async () => {
    const { pieces } = await sealed(threePieces);
    const wrongId = 'cd'.repeat(32) as ChunkId;
    const resealed = await sealChunk(
      keyring,
      'content',
      wrongId,
      uncompressed(piecesOf(threePieces)),
      secureRandom,
    );
    assert.equal(pieces.length, resealed.length);
    await rejectsWith('id-mismatch', openChunk(keyrings, 'content', wrongId, resealed, zstd));
  });

  it('refuses another vault’s key, another epoch and an unknown version', async () => {
    const { id, pieces } = await sealed(threePieces);
    const otherKey = await importDerivationKey(new Uint8Array(32).fill(8));
    const other = keyringsOf([await deriveVaultKeyring(vaultId, 1, otherKey)]);
    await rejectsWith('seal-broken', openChunk(other, 'content', id, pieces, zstd));
    const patched = pieces.map((piece) => piece.slice());
    (patched[0] as Bytes)[1] = 2;
    await rejectsWith('seal-broken', openChunk(keyrings, 'content', id, patched, zstd));
    (patched[0] as Bytes)[0] = 2;
    await rejectsWith('format-unsupported', openChunk(keyrings, 'content', id, patched, zstd));
  });

  it('shrinks what can be shrunk, and opens to the same bytes and id', async () => {
    const text = new TextEncoder().encode('the same words again and again, '.repeat(40_000));
    for (const content of [text, text.slice(0, 300), concatBytes(randomBytes(300_000), text)]) {
      const pieces = piecesOf(content);
      const id = await chunkIdOf(keyring.idKey, 'content', pieces);
      const stored = compressed(pieces, zstd);
      const sealedPieces = await sealChunk(keyring, 'content', id, stored, secureRandom);
      const opened = await openChunk(keyrings, 'content', id, sealedPieces, zstd);
      assert.ok(Buffer.concat(opened).equals(content));
    }
    assert.equal(compressed(piecesOf(text), zstd).compression, 'zstd');
    assert.equal(compressed(piecesOf(threePieces), zstd).compression, 'none');
  });

  it('refuses a frame that gives other content than its trailer and id say', async () => {
    const content = new Uint8Array(100).fill(5);
    const id = await chunkIdOf(keyring.idKey, 'content', [content]);
    const frame = new Uint8Array(zstd.compress(content));
    const openStored = async (stored: Bytes, contentBytes: number): Promise<readonly Bytes[]> => {
      const claim = { compression: 'zstd', contentBytes, pieces: [stored] } as const;
      return openChunk(
        keyrings,
        'content',
        id,
        await sealChunk(keyring, 'content', id, claim, secureRandom),
        zstd,
      );
    };
    assert.deepEqual(await openStored(frame, 100), [content]);
    await rejectsWith('malformed', openStored(frame, 99));
    await rejectsWith('malformed', openStored(frame.slice(0, -3), 100));
    await rejectsWith('malformed', openStored(new Uint8Array(20).fill(9), 100));
    const other = new Uint8Array(zstd.compress(new Uint8Array(100).fill(6)));
    await rejectsWith('id-mismatch', openStored(other, 100));
  });

  it('refuses a trailer or padding that is not what FORMAT.md says, even sealed rightly', async () => {
    const content = new Uint8Array(100).fill(5);
    const id = await chunkIdOf(keyring.idKey, 'content', [content]);
    const open = async (...body: readonly Uint8Array[]): Promise<readonly Bytes[]> =>
      openChunk(keyrings, 'content', id, [await forged(id, concatBytes(...body))], zstd);
    const trailer = (stored: number, length: number, compression = 0): Uint8Array =>
      new Uint8Array([compression, stored, 0, 0, 0, length, 0, 0, 0]);
    const zeros = new Uint8Array(3); // 109 bytes padded are 112
    assert.deepEqual(await open(content, zeros, trailer(100, 100)), [content]);
    await rejectsWith('malformed', open(content, new Uint8Array([0, 1, 0]), trailer(100, 100)));
    await rejectsWith('malformed', open(content, new Uint8Array(7), trailer(100, 100)));
    await rejectsWith('malformed', open(content, trailer(100, 100)));
    await rejectsWith('malformed', open(content, zeros, trailer(100, 99)));
    await rejectsWith('malformed', open(content, zeros, trailer(99, 99)));
    await rejectsWith('id-mismatch', open(content, zeros, trailer(101, 101)));
    await rejectsWith('malformed', open(trailer(0, 0)));
    await rejectsWith('malformed', open(content.subarray(0, 5)));
    await rejectsWith('malformed', open(content, zeros, trailer(100, 100, 1)));
    await rejectsWith('format-unsupported', open(content, zeros, trailer(100, 100, 2)));
  });
});

/** A chunk of one piece whose body is `body`, sealed as one that has every key would. */
async function forged(id: ChunkId, body: Bytes): Promise<Bytes> {
  const salt = new Uint8Array(32);
  const key = await deriveSealKey(keyring.contentKey, 'holdfast/v1/chunk', salt);
  const nonce = new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  const bound = concatBytes(fromHex('0101'), fromHex(vaultId), fromHex('01000000'), fromHex(id));
  return concatBytes(fromHex('0101000000'), salt, await seal(key, nonce, bound, body));
}

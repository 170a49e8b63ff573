import assert from 'node:assert/strict';
import { createHash, createHmac, hkdfSync } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { utf8 } from '../../shared/bytes.ts';
import { CHUNK_MAX_BYTES, PIECE_BYTES } from '../../shared/limits.ts';
import { chunkIdOf } from '../../shared/format/chunk-id.ts';
import { bytesUpTo } from '../helpers/arbitraries.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { piecesOf, testKeyring } from '../helpers/vault.ts';

const { idKey } = await testKeyring();
const ID_KEY = Buffer.from(
  hkdfSync('sha256', Buffer.alloc(32, 7), new Uint8Array(0), utf8('holdfast/v1/chunk-id'), 32),
);

/** FORMAT.md's formula, by another implementation. */
function byTheBook(kind: number, content: Uint8Array): string {
  const mac = createHmac('sha256', ID_KEY);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(content.length);
  mac.update(Buffer.from([kind])).update(length);
  for (let start = 0; start < content.length; start += PIECE_BYTES) {
    mac.update(
      createHash('sha256')
        .update(content.subarray(start, start + PIECE_BYTES))
        .digest(),
    );
  }
  return mac.digest('hex');
}

describe('a chunk’s id', () => {
  it('is the MAC that FORMAT.md gives it', async () => {
    for (const size of [1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES - 1, CHUNK_MAX_BYTES]) {
      const content = seededRandom(size).bytes(size);
      assert.equal(await chunkIdOf(idKey, 'content', piecesOf(content)), byTheBook(1, content));
      assert.equal(await chunkIdOf(idKey, 'folders', piecesOf(content)), byTheBook(2, content));
    }
  });

  it('is the same for the same content, and for no other', async () => {
    await fc.assert(
      fc.asyncProperty(bytesUpTo(200), bytesUpTo(200), async (a, b) => {
        const [first, again, other] = await Promise.all([
          chunkIdOf(idKey, 'content', piecesOf(a)),
          chunkIdOf(idKey, 'content', piecesOf(a.slice())),
          chunkIdOf(idKey, 'content', piecesOf(b)),
        ]);
        assert.equal(first, again);
        assert.equal(first === other, Buffer.compare(a, b) === 0);
      }),
    );
  });

  it('tells nobody who lacks the key whether two vaults hold the same', async () => {
    const other = await testKeyring(8);
    const pieces = piecesOf(seededRandom(1).bytes(1_000));
    assert.notEqual(
      await chunkIdOf(idKey, 'content', pieces),
      await chunkIdOf(other.idKey, 'content', pieces),
    );
  });

  it('changes with the order of pieces and with a piece that is missing', async () => {
    const pieces = piecesOf(seededRandom(2).bytes(3 * PIECE_BYTES));
    const ids = await Promise.all(
      [pieces, pieces.toReversed(), pieces.slice(0, 2), [...pieces, ...pieces]].map(async (some) =>
        chunkIdOf(idKey, 'content', some),
      ),
    );
    assert.equal(new Set(ids).size, ids.length);
  });
});

/**
 * A server that lies, or someone between: other bytes come back than were stored. A restore leaves out exactly
 * the files that are affected, names each with a code, writes no wrong byte, and restores everything else,
 * into a zip and into a folder.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { checksum } from '../../server/checksum.ts';
import { ERRORS } from '../../shared/errors.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import { restoreFolder, restoreZip } from '../helpers/engine-device.ts';
import type { ChunkAnswer, Lies } from '../helpers/lying-proxy.ts';
import { suiteCleanUp } from '../helpers/suite-clean-up.ts';
import { makeVaultToAttack } from '../helpers/vault-to-attack.ts';
import type { VaultToAttack } from '../helpers/vault-to-attack.ts';

type Pieces = Parameters<NonNullable<Lies['answer']>>[1];

/** The same piece with other bytes, and the checksum of those. */
function withBytes(piece: Pieces[number], sealed: Uint8Array): Pieces[number] {
  return { ...piece, sealed, checksum: checksum(sealed) };
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}

/** What a liar does to the pieces of a chunk of `victim.bin`, each with right checksums. */
const ATTACKS: readonly {
  readonly name: string;
  readonly codes: readonly ErrorCode[];
  readonly lie: (pieces: Pieces) => ChunkAnswer;
}[] = [
  {
    name: 'a bit flipped in a chunk’s first piece',
    codes: ['seal-broken'],
    lie: (pieces) =>
      pieces.map((piece, index) => (index === 0 ? withBytes(piece, flipped(piece.sealed, 100)) : piece)),
  },
  {
    name: 'a bit flipped in a chunk’s last piece',
    codes: ['seal-broken'],
    lie: (pieces) => pieces.map((piece) => (piece.last ? withBytes(piece, flipped(piece.sealed, 5)) : piece)),
  },
  {
    name: 'a bit flipped in the salt that the key is made with',
    codes: ['seal-broken'],
    lie: (pieces) =>
      pieces.map((piece, index) => (index === 0 ? withBytes(piece, flipped(piece.sealed, 9)) : piece)),
  },
  {
    name: 'a bit flipped in a tag',
    codes: ['seal-broken'],
    lie: (pieces) =>
      pieces.map((piece) =>
        piece.last ? withBytes(piece, flipped(piece.sealed, piece.sealed.length - 1)) : piece,
      ),
  },
  {
    name: 'a piece cut short',
    codes: ['seal-broken'],
    lie: (pieces) =>
      pieces.map((piece) => (piece.last ? withBytes(piece, piece.sealed.subarray(0, -1)) : piece)),
  },
  {
    name: 'a chunk without its last piece',
    codes: ['seal-broken'],
    lie: (pieces) =>
      pieces.slice(0, -1).map((piece, index) => ({ ...piece, last: index === pieces.length - 2 })),
  },
  {
    name: 'a chunk of no bytes',
    codes: ['malformed'],
    lie: (pieces) =>
      pieces.slice(0, 1).map((piece) => ({ ...withBytes(piece, new Uint8Array()), last: true })),
  },
  {
    name: 'two pieces in each other’s place',
    // A chunk's first piece begins with the format's version.
    codes: ['seal-broken', 'format-unsupported'],
    lie: ([one, other, ...rest]) =>
      one === undefined || other === undefined
        ? []
        : [withBytes(one, other.sealed), withBytes(other, one.sealed), ...rest],
  },
  {
    name: 'a piece twice',
    codes: ['seal-broken'],
    lie: (pieces) => {
      const [firstPiece, ...rest] = pieces;
      if (firstPiece === undefined) return [];
      return [firstPiece, ...pieces.map((piece) => ({ ...piece, index: piece.index + 1 }))].slice(
        0,
        rest.length + 2,
      );
    },
  },
  {
    name: 'the claim that a chunk is missing',
    codes: ['chunk-missing'],
    lie: () => [{ type: 'error', code: 'chunk-missing', detail: '', retryAfterMs: undefined }],
  },
  {
    name: 'the claim that a chunk is damaged on disk',
    codes: ['storage-damaged'],
    lie: () => [{ type: 'error', code: 'storage-damaged', detail: '', retryAfterMs: undefined }],
  },
  {
    name: 'a wrong checksum, again and again',
    codes: ['storage-damaged'],
    lie: (pieces) => pieces.map((piece) => ({ ...piece, checksum: (piece.checksum ^ 1) >>> 0 })),
  },
];

describe('a server that lies about chunks', () => {
  const suite = suiteCleanUp();
  let vault: VaultToAttack;

  before(async () => {
    vault = await makeVaultToAttack(suite);
  });

  async function assertCosts(
    affected: readonly string[],
    codes: readonly ErrorCode[],
    lies: Lies,
  ): Promise<void> {
    vault.proxy.tell(lies);
    await vault.assertLeavesOut(vault.proxy.url, affected, codes);
  }

  it('is believed while it tells the truth', async () => {
    await assertCosts([], [], {});
  });

  for (const { name, codes, lie } of ATTACKS) {
    it(`costs one file, and no other, by ${name}`, async () => {
      const chunks = vault.chunksOf('victim.bin').filter((id) => vault.proxy.ofSeveralPieces.has(id));
      assert.ok(chunks.length > 1);
      for (const victim of [chunks.at(0), chunks.at(-1)]) {
        const answer: Lies['answer'] = (chunkId, pieces) => (chunkId === victim ? lie(pieces) : pieces);
        await assertCosts(['victim.bin'], codes, { answer });
      }
    });
  }

  it('costs the files that share a chunk, and no other, by a bit flipped in it', async () => {
    const shared = new Set(vault.chunksOf('small/0.txt'));
    const answer: Lies['answer'] = (chunkId, pieces) =>
      shared.has(chunkId) ? pieces.map((piece) => withBytes(piece, flipped(piece.sealed, 60))) : pieces;
    await assertCosts(vault.filesWith(shared), ['seal-broken'], { answer });
  });

  it('can’t pass one chunk off as another', async () => {
    const [a] = vault.chunksOf('twin a.bin');
    const [b] = vault.chunksOf('twin b.bin');
    assert.ok(a !== undefined && b !== undefined);
    const instead: Lies['instead'] = (chunkId) => (chunkId === a ? b : chunkId === b ? a : chunkId);
    await assertCosts(['twin a.bin', 'twin b.bin'], ['seal-broken'], { instead });
  });

  it('can’t pass a file’s older version off as the newer one', async () => {
    const [newer] = vault.chunksOf('twin a.bin');
    const instead: Lies['instead'] = (chunkId) => (chunkId === newer ? vault.olderTwin : chunkId);
    await assertCosts(['twin a.bin'], ['seal-broken'], { instead });
  });

  it('can’t pass content off as a folder', async () => {
    const [content] = vault.chunksOf('twin a.bin');
    assert.ok(content !== undefined);
    const { proxy, newerId } = vault;
    proxy.tell({});
    const device = await vault.newDevice(proxy.url);
    proxy.tell({ instead: (chunkId) => (vault.folderChunks.includes(chunkId) ? content : chunkId) });
    const { job, folder } = await restoreFolder(device, newerId);
    assert.deepEqual(
      job.problems.map(({ code }) => code),
      ['seal-broken'],
    );
    assert.equal(folder.contents().size, 0);
  });

  it('can’t leave a download without an end by a folder in which nothing can be looked up', async () => {
    const { proxy, newerId } = vault;
    proxy.tell({});
    const device = await vault.newDevice(proxy.url);
    proxy.tell({
      answer: (chunkId, pieces) =>
        vault.folderChunks.includes(chunkId)
          ? pieces.map((piece) => withBytes(piece, flipped(piece.sealed, 60)))
          : pieces,
    });
    await assert.rejects(restoreZip(device, newerId, [['small', '0.txt']]), {
      message: ERRORS['seal-broken'].words,
    });
  });
});

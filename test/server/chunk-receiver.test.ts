import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checksum } from '../../server/checksum.ts';
import { HoldfastError } from '../../shared/errors.ts';
import type { ChunkId } from '../../shared/ids.ts';
import { ChunkReceiver } from '../../server/connection/chunk-receiver.ts';
import type { ReceivedPiece } from '../../server/connection/chunk-receiver.ts';
import { UploadCredit } from '../../server/connection/upload-credit.ts';
import type { ChunkUpload, UploadedPiece, Vault } from '../../server/store/ports.ts';
import { assertThrowsCode } from '../helpers/coded-errors.ts';

const [A, B] = ['aa', 'bb'].map((byte) => byte.repeat(32) as ChunkId) as [ChunkId, ChunkId];

function piece(chunkId: ChunkId, requestId: number, index: number, last = false): ReceivedPiece {
  const sealed = new Uint8Array([index]);
  const message = { type: 'put-piece', chunkId, index, last, checksum: checksum(sealed), sealed } as const;
  return { message, requestId, payloadBytes: 40 };
}

/** A vault whose disk is full at the second piece of chunk A; it tells what it was given and what it gave up. */
function failingVault(): { vault: Vault; log: string[] } {
  const log: string[] = [];
  const beginChunk = (chunkId: ChunkId): ChunkUpload => ({
    known: false,
    append: ({ index, last }: UploadedPiece) => {
      if (chunkId === A && index === 1) throw new HoldfastError('storage-full');
      log.push(`${chunkId.slice(0, 2)}${index}`);
      return last ? Promise.resolve({ existed: false }) : undefined;
    },
    abandon: () => log.push(`${chunkId.slice(0, 2)} given up`),
  });
  return { vault: { beginChunk } as Partial<Vault> as Vault, log };
}

describe('a chunk that fails while its pieces come', () => {
  it('lets the pieces pass that were on their way, then takes the next chunk', async () => {
    const { vault, log } = failingVault();
    const receiver = new ChunkReceiver(new UploadCredit(() => undefined));
    assert.equal(receiver.receive(vault, piece(A, 1, 0)), undefined);
    assertThrowsCode(() => receiver.receive(vault, piece(A, 1, 1)), 'storage-full');
    assert.equal(receiver.receive(vault, piece(A, 1, 2)), undefined);
    assert.equal(receiver.receive(vault, piece(A, 1, 3, true)), undefined);
    assert.deepEqual(await receiver.receive(vault, piece(B, 2, 0, true)), { existed: false });
    assert.deepEqual(log, ['aa0', 'aa given up', 'bb0']);
  });

  it('may be left there by a sender that has heard of it: the next chunk is no violation', async () => {
    const { vault } = failingVault();
    const receiver = new ChunkReceiver(new UploadCredit(() => undefined));
    assert.equal(receiver.receive(vault, piece(A, 1, 0)), undefined);
    assertThrowsCode(() => receiver.receive(vault, piece(A, 1, 1)), 'storage-full');
    assert.deepEqual(await receiver.receive(vault, piece(B, 2, 0, true)), { existed: false });
    assert.equal(receiver.receive(vault, piece(A, 3, 0)), undefined);
    assertThrowsCode(() => receiver.receive(vault, piece(A, 3, 1)), 'storage-full');
    assert.deepEqual(await receiver.receive(vault, piece(B, 4, 0, true)), { existed: false });
  });

  it('gives every byte of its credit back, whether its sender goes on or not', () => {
    const { vault } = failingVault();
    let granted = 0;
    const receiver = new ChunkReceiver(new UploadCredit((bytes) => (granted += bytes)));
    const rounds = 30_000;
    for (let requestId = 1; requestId <= rounds; requestId++) {
      assert.equal(receiver.receive(vault, piece(A, requestId, 0)), undefined);
      assertThrowsCode(() => receiver.receive(vault, piece(A, requestId, 1)), 'storage-full');
    }
    assert.ok(rounds * 80 - granted < 1024 * 1024 + 80);
  });
});

describe('a chunk that is still coming', () => {
  it('is not given way to another', () => {
    const { vault } = failingVault();
    const receiver = new ChunkReceiver(new UploadCredit(() => undefined));
    assert.equal(receiver.receive(vault, piece(B, 1, 0)), undefined);
    assertThrowsCode(() => receiver.receive(vault, piece(A, 2, 0)), 'piece-out-of-order');
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../../shared/bytes.ts';
import { HASH_ID_BYTES, RANDOM_ID_BYTES, idBytes, idFromBytes, randomId } from '../../shared/ids.ts';
import type { ChunkId, VaultId } from '../../shared/ids.ts';
import { bytesOf } from '../helpers/arbitraries.ts';
import { assertThrowsCode } from '../helpers/coded-errors.ts';

describe('an id', () => {
  it('is its bytes in lower-case hexadecimal, and back', () => {
    fc.assert(
      fc.property(bytesOf(HASH_ID_BYTES), (bytes) => {
        const id = idFromBytes<ChunkId>(bytes);
        assert.equal(id, toHex(bytes));
        assert.deepEqual(idBytes(id), bytes);
      }),
    );
  });

  it('has 16 or 32 bytes', () => {
    for (let length = 0; length < 70; length++) {
      const make = (): VaultId => idFromBytes<VaultId>(new Uint8Array(length));
      if (length === RANDOM_ID_BYTES || length === HASH_ID_BYTES) assert.equal(make().length, 2 * length);
      else assertThrowsCode(make, 'malformed');
    }
  });

  it('that is random takes all its bytes from the source it is given', () => {
    const id = randomId<VaultId>((bytes) => bytes.fill(0xc3));
    assert.equal(id, 'c3'.repeat(RANDOM_ID_BYTES));
  });

  it('in other letters is refused', () => {
    assertThrowsCode(() => idBytes('AB'.repeat(16) as VaultId), 'malformed');
  });
});

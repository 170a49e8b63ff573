import assert from 'node:assert/strict';
import { createHmac, hkdfSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { fromHex, toHex, utf8 } from '../../shared/bytes.ts';
import { deriveBytes, deriveSealKey, mac, open, seal, sha256 } from '../../shared/crypto/primitives.ts';
import { deriveVaultKeyring, keyringsOf } from '../../shared/crypto/vault-keys.ts';
import { assertRejectsCode, assertThrowsCode } from '../helpers/coded-errors.ts';
import { VAULT_ID, testKeyring } from '../helpers/vault.ts';

const VAULT_KEY = Buffer.alloc(32, 7);

/** HKDF-SHA-256 without a salt, by another implementation. */
function hkdf(key: Uint8Array, label: string, length: number, salt: Uint8Array = new Uint8Array(0)): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, utf8(label), length));
}

const keyring = await testKeyring();

describe('a vault’s keys', () => {
  it('come from the vault key by one label a purpose', async () => {
    const message = utf8('a message');
    const macOf = (label: string): string =>
      createHmac('sha256', hkdf(VAULT_KEY, label, 32))
        .update(message)
        .digest('hex');
    assert.equal(toHex(await mac(keyring.idKey, message)), macOf('holdfast/v1/chunk-id'));
    assert.equal(toHex(await mac(keyring.chainKey, message)), macOf('holdfast/v1/snapshot-chain'));
    assert.deepEqual(Buffer.from(keyring.gearTable), hkdf(VAULT_KEY, 'holdfast/v1/gear-table', 1_024));
    for (const [key, label] of [
      [keyring.contentKey, 'holdfast/v1/content'],
      [keyring.metadataKey, 'holdfast/v1/metadata'],
    ] as const) {
      const expected = hkdf(hkdf(VAULT_KEY, label, 32), 'some/purpose', 40);
      assert.deepEqual(Buffer.from(await deriveBytes(key, 'some/purpose', 40)), expected);
    }
  });

  it('differ from each other, and from those of another vault key', async () => {
    const message = utf8('a message');
    const other = await testKeyring(8);
    const all = [keyring.idKey, keyring.chainKey, other.idKey, other.chainKey];
    const macs = await Promise.all(all.map(async (key) => toHex(await mac(key, message))));
    assert.equal(new Set(macs).size, all.length);
    assert.notDeepEqual(keyring.gearTable, other.gearTable);
  });

  it('can’t be taken out of the browser’s key store', async () => {
    const { idKey, chainKey, contentKey, metadataKey } = keyring;
    const sealKey = await deriveSealKey(contentKey, 'some/purpose');
    for (const key of [idKey, chainKey, contentKey, metadataKey, sealKey]) {
      assert.equal(key.extractable, false);
      await assert.rejects(crypto.subtle.exportKey('raw', key));
    }
  });

  it('of the newest epoch are the current ones; those of an epoch that isn’t there open nothing', async () => {
    const epochs = await Promise.all([2, 3, 1].map(async (epoch) => testKeyring(7, epoch)));
    const keyrings = keyringsOf(epochs);
    assert.equal(keyrings.current.epoch, 3);
    assert.equal(keyrings.ofEpoch(1).epoch, 1);
    assertThrowsCode(() => keyrings.ofEpoch(4), 'seal-broken');
    assertThrowsCode(() => keyringsOf([]), 'malformed');
  });

  it('know their vault and epoch', async () => {
    const made = await deriveVaultKeyring(VAULT_ID, 9, keyring.contentKey);
    assert.deepEqual([made.vaultId, made.epoch], [VAULT_ID, 9]);
  });
});

describe('the primitives', () => {
  it('are the standards’ (FIPS 180-4, RFC 4231 case 2, RFC 5869 case 3)', async () => {
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    assert.equal(toHex(await sha256(utf8('abc'))), abc);
    const secret = await crypto.subtle.importKey('raw', fromHex('0b'.repeat(22)), 'HKDF', false, [
      'deriveBits',
    ]);
    assert.equal(
      toHex(await deriveBytes(secret, '', 42)),
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    );
    const hmacKey = await crypto.subtle.importKey(
      'raw',
      utf8('Jefe'),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign'],
    );
    assert.equal(
      toHex(await mac(hmacKey, utf8('what do ya want for nothing?'))),
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });

  it('open what they sealed, and nothing that differs in key, nonce, associated data or one bit', async () => {
    const [key, otherKey] = await Promise.all([
      deriveSealKey(keyring.contentKey, 'some/purpose', new Uint8Array([1])),
      deriveSealKey(keyring.contentKey, 'some/purpose', new Uint8Array([2])),
    ]);
    const [nonce, otherNonce] = [new Uint8Array(12), new Uint8Array(12).fill(1)];
    const [bound, otherBound] = [utf8('bound'), utf8('bounD')];
    const sealed = await seal(key, nonce, bound, utf8('plain'));
    assert.equal(toHex(await open(key, nonce, bound, sealed)), toHex(utf8('plain')));
    await assertRejectsCode(open(otherKey, nonce, bound, sealed), 'seal-broken');
    await assertRejectsCode(open(key, otherNonce, bound, sealed), 'seal-broken');
    await assertRejectsCode(open(key, nonce, otherBound, sealed), 'seal-broken');
    for (let length = 0; length < sealed.length; length++) {
      await assertRejectsCode(open(key, nonce, bound, sealed.slice(0, length)), 'seal-broken');
    }
    for (let bit = 0; bit < 8 * sealed.length; bit++) {
      const damaged = sealed.slice();
      damaged.set([Number(sealed[bit >> 3]) ^ (1 << (bit & 7))], bit >> 3);
      await assertRejectsCode(open(key, nonce, bound, damaged), 'seal-broken');
    }
  });
});

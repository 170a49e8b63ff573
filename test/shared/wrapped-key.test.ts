import assert from 'node:assert/strict';
import { createCipheriv, hkdfSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { utf8 } from '../../shared/bytes.ts';
import { deriveSealKey, importDerivationKey, secureRandom } from '../../shared/crypto/primitives.ts';
import type { Bytes } from '../../shared/crypto/primitives.ts';
import { unwrapKey, wrapKey } from '../../shared/crypto/wrapped-key.ts';
import type { WrapContext } from '../../shared/crypto/wrapped-key.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';

const SECRET = new Uint8Array(32).fill(3);
const wrappingKey = await deriveSealKey(await importDerivationKey(SECRET), 'wrap');
const key = new Uint8Array(32).map((_, place) => place);
const context: WrapContext = {
  kind: 'vault-key',
  owner: '0a'.repeat(16),
  keyId: '0b'.repeat(16),
  epoch: 7,
};
const wrapped = await wrapKey(wrappingKey, context, key, secureRandom);

describe('a wrapped key', () => {
  it('comes back to who has the wrapping key and says what it is', async () => {
    assert.deepEqual(await unwrapKey(wrappingKey, context, wrapped), key);
    assert.equal(wrapped.length, 61);
  });

  it('has the bytes that FORMAT.md gives it', async () => {
    const nonce = new Uint8Array(12).fill(9);
    const made = await wrapKey(wrappingKey, context, key, (bytes) => {
      bytes.set(nonce);
      return bytes;
    });
    const rawKey = Buffer.from(hkdfSync('sha256', SECRET, new Uint8Array(0), utf8('wrap'), 32));
    const sized = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
    const cipher = createCipheriv('aes-256-gcm', rawKey, nonce).setAAD(
      Buffer.concat([
        Buffer.from([1]),
        sized(context.kind),
        sized(context.owner),
        sized(context.keyId),
        Buffer.from([7, 0, 0, 0]),
      ]),
    );
    const sealed = [cipher.update(key), cipher.final(), cipher.getAuthTag()];
    assert.deepEqual(Buffer.from(made), Buffer.concat([Buffer.from([1]), nonce, ...sealed]));
  });

  it('never looks the same twice', async () => {
    assert.notDeepEqual(await wrapKey(wrappingKey, context, key, secureRandom), wrapped);
  });

  it('is refused as another kind, another’s, another key or of another epoch', async () => {
    const others: Partial<WrapContext>[] = [
      { kind: 'account-key/password' },
      { kind: 'account-key/recovery' },
      { owner: '0c'.repeat(16) },
      { owner: '' },
      { keyId: '0c'.repeat(16) },
      { keyId: context.owner, owner: context.keyId },
      { epoch: 6 },
      { epoch: 0 },
      { epoch: 7 + 2 ** 24 },
    ];
    for (const other of others) {
      await assertRejectsCode(unwrapKey(wrappingKey, { ...context, ...other }, wrapped), 'seal-broken');
    }
  });

  it('is refused by another wrapping key', async () => {
    const otherKey = await deriveSealKey(await importDerivationKey(SECRET), 'wrap other');
    await assertRejectsCode(unwrapKey(otherKey, context, wrapped), 'seal-broken');
  });

  it('is refused with any bit changed', async () => {
    for (let bit = 8; bit < 8 * wrapped.length; bit++) {
      const damaged = wrapped.slice();
      damaged.set([Number(wrapped[bit >> 3]) ^ (1 << (bit & 7))], bit >> 3);
      await assertRejectsCode(unwrapKey(wrappingKey, context, damaged), 'seal-broken');
    }
  });

  it('is refused in another version', async () => {
    for (const version of [0, 2, 255]) {
      const other: Bytes = new Uint8Array([version, ...wrapped.subarray(1)]);
      await assertRejectsCode(unwrapKey(wrappingKey, context, other), 'format-unsupported');
    }
  });

  it('is refused in any other length', async () => {
    for (let length = 0; length < wrapped.length; length++) {
      await assertRejectsCode(unwrapKey(wrappingKey, context, wrapped.subarray(0, length)), 'malformed');
    }
    await assertRejectsCode(unwrapKey(wrappingKey, context, new Uint8Array([...wrapped, 0])), 'malformed');
  });
});

import assert from 'node:assert/strict';
import { createHmac, hkdfSync } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { concatBytes, fromHex } from '../../shared/bytes.ts';
import { keyringsOf } from '../../shared/crypto/vault-keys.ts';
import { makeMarkStatement, openMarkStatement } from '../../shared/format/mark-statement.ts';
import type { MarkStatement } from '../../shared/format/mark-statement.ts';
import type { SnapshotId, VaultId } from '../../shared/ids.ts';
import { MARK_STATEMENT_BYTES } from '../../shared/limits.ts';
import { bytesOf, plain } from '../helpers/arbitraries.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';
import { VAULT_ID, testKeyring } from '../helpers/vault.ts';

const keyring = await testKeyring();
const keyrings = keyringsOf([keyring]);
const ID = '0d'.repeat(16) as SnapshotId;

const anyStatement = plain<MarkStatement>({
  revision: fc.nat(0xffff_ffff),
  mark: fc.constantFrom('kept' as const, 'pinned' as const, 'trashed' as const),
  link: bytesOf(32),
  predecessor: bytesOf(32),
});
const statement: MarkStatement = {
  revision: 1,
  mark: 'trashed',
  link: new Uint8Array(32).fill(1),
  predecessor: new Uint8Array(32),
};

describe('a mark statement', () => {
  it('gives back what was said, in the bytes that the wire has room for', async () => {
    await fc.assert(
      fc.asyncProperty(anyStatement, async (said) => {
        const bytes = await makeMarkStatement(keyring, ID, said);
        assert.equal(bytes.length, MARK_STATEMENT_BYTES);
        assert.deepEqual(await openMarkStatement(keyrings, ID, bytes), said);
      }),
    );
  });

  it('is an HMAC under a key of its own over vault, snapshot and all that is said', async () => {
    const bytes = await makeMarkStatement(keyring, ID, statement);
    const label = 'holdfast/v1/snapshot-mark';
    const key = hkdfSync('sha256', new Uint8Array(32).fill(7), new Uint8Array(0), label, 32);
    const said = concatBytes(fromHex('01010000000100000002'), statement.link, statement.predecessor);
    const tag = createHmac('sha256', new Uint8Array(key))
      .update(concatBytes(fromHex(VAULT_ID), fromHex(ID), said))
      .digest();
    assert.deepEqual(bytes, concatBytes(said, tag));
  });

  it('can’t be made, changed or passed off as another’s without the vault’s key', async () => {
    const bytes = await makeMarkStatement(keyring, ID, statement);
    for (let place = 5; place < bytes.length; place++) {
      const changed = bytes.slice();
      changed.set([Number(bytes[place]) ^ 1], place);
      await assert.rejects(openMarkStatement(keyrings, ID, changed), `byte ${String(place)}`);
    }
    await assertRejectsCode(openMarkStatement(keyrings, '0e'.repeat(16) as SnapshotId, bytes), 'seal-broken');
    for (const other of [
      await testKeyring(8),
      await testKeyring(7, 2),
      await testKeyring(7, 1, '5b'.repeat(16) as VaultId),
    ])
      await assertRejectsCode(openMarkStatement(keyringsOf([other]), ID, bytes), 'seal-broken');
  });

  it('is refused unless it has exactly its length', async () => {
    const bytes = await makeMarkStatement(keyring, ID, statement);
    for (const wrong of [bytes.slice(0, -1), concatBytes(bytes, bytes.slice(0, 1)), new Uint8Array(0)])
      await assertRejectsCode(openMarkStatement(keyrings, ID, wrong), 'malformed');
  });
});

import assert from 'node:assert/strict';
import { createHmac, hkdfSync } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { concatBytes, fromHex, utf8 } from '../../shared/bytes.ts';
import { deriveSealKey, seal, secureRandom } from '../../shared/crypto/primitives.ts';
import type { Bytes } from '../../shared/crypto/primitives.ts';
import { keyringsOf } from '../../shared/crypto/vault-keys.ts';
import {
  NO_PREDECESSOR,
  linkKey,
  openSnapshot,
  sealSnapshot,
  snapshotLink,
} from '../../shared/format/sealed-snapshot.ts';
import type { SnapshotDescription } from '../../shared/format/sealed-snapshot.ts';
import type { ChunkId, DeviceId, SnapshotId, SourceId, VaultId } from '../../shared/ids.ts';
import { anyHashId, anyRandomId, bytesOf, bytesUpTo, plain, textUpTo } from '../helpers/arbitraries.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';
import { VAULT_ID, testKeyring } from '../helpers/vault.ts';

const keyring = await testKeyring();
const keyrings = keyringsOf([keyring]);
const ID = '0d'.repeat(16) as SnapshotId;
const HEADER_BYTES = 1 + 4 + 32;

const description: SnapshotDescription = {
  sourceId: '01'.repeat(16) as SourceId,
  sourceName: 'Photos',
  deviceId: '02'.repeat(16) as DeviceId,
  deviceName: 'Laptop',
  takenAtMs: 1_700_000_000_000,
  predecessor: NO_PREDECESSOR,
  mode: 'incremental',
  partial: false,
  filesTotal: 3,
  foldersTotal: 1,
  bytesTotal: 1_234,
  problemsTotal: 0,
  root: [{ chunkId: '03'.repeat(32) as ChunkId, offset: 7, lengthBytes: 99 }],
  extension: new Uint8Array(0),
};

const anyDescription = plain<SnapshotDescription>({
  sourceId: anyRandomId<SourceId>(),
  sourceName: textUpTo(1_024),
  deviceId: anyRandomId<DeviceId>(),
  deviceName: textUpTo(256),
  takenAtMs: fc.maxSafeNat().map((n) => n % 8_640_000_000_000_001),
  predecessor: bytesOf(32),
  mode: fc.constantFrom('incremental' as const, 'full' as const, 'differential' as const),
  partial: fc.boolean(),
  filesTotal: fc.maxSafeNat(),
  foldersTotal: fc.maxSafeNat(),
  bytesTotal: fc.maxSafeNat(),
  problemsTotal: fc.maxSafeNat(),
  root: fc.array(
    plain({ chunkId: anyHashId<ChunkId>(), offset: fc.nat(0xffff_ffff), lengthBytes: fc.nat(0xffff_ffff) }),
    { maxLength: 10 },
  ),
  extension: bytesUpTo(500),
});

const sealed = await sealSnapshot(keyring, ID, description, secureRandom);

/** A snapshot that says `body` in place of a description, sealed as one that has every key would. */
async function forged(body: Uint8Array): Promise<Bytes> {
  const salt = new Uint8Array(32);
  const key = await deriveSealKey(keyring.metadataKey, 'holdfast/v1/snapshot', salt);
  const bound = concatBytes(fromHex('01'), fromHex(VAULT_ID), fromHex('01000000'), fromHex(ID));
  const ciphertext = await seal(key, new Uint8Array(12), bound, new Uint8Array(body));
  return concatBytes(fromHex('0101000000'), salt, ciphertext);
}

describe('a sealed snapshot', () => {
  it('gives back any description', async () => {
    await fc.assert(
      fc.asyncProperty(anyDescription, async (written) => {
        const bytes = await sealSnapshot(keyring, ID, written, secureRandom);
        assert.deepEqual(await openSnapshot(keyrings, ID, bytes), written);
      }),
    );
  });

  it('hides how much it says: lengths are multiples of 256', async () => {
    const lengths = await Promise.all(
      ['', 'Photos', 'P'.repeat(60)].map(async (sourceName) => {
        return (await sealSnapshot(keyring, ID, { ...description, sourceName }, secureRandom)).length;
      }),
    );
    assert.equal(new Set(lengths).size, 1);
    assert.equal((Number(lengths[0]) - HEADER_BYTES - 16) % 256, 0);
  });

  it('never looks the same twice', async () => {
    const again = await sealSnapshot(keyring, ID, description, secureRandom);
    assert.notDeepEqual(again.subarray(HEADER_BYTES), sealed.subarray(HEADER_BYTES));
  });

  it('is refused as another snapshot, in another vault, of another epoch', async () => {
    const another = '0e'.repeat(16) as SnapshotId;
    await assertRejectsCode(openSnapshot(keyrings, another, sealed), 'seal-broken');
    const otherVault = await testKeyring(7, 1, 'bb'.repeat(16) as VaultId);
    await assertRejectsCode(openSnapshot(keyringsOf([otherVault]), ID, sealed), 'seal-broken');
    const otherKey = await testKeyring(8);
    await assertRejectsCode(openSnapshot(keyringsOf([otherKey]), ID, sealed), 'seal-broken');
    const bothEpochs = keyringsOf([keyring, await testKeyring(7, 2)]);
    const relabelled = sealed.slice();
    relabelled.set([2], 1);
    await assertRejectsCode(openSnapshot(bothEpochs, ID, relabelled), 'seal-broken');
    assert.deepEqual(await openSnapshot(bothEpochs, ID, sealed), description);
  });

  it('is refused with any byte changed, missing or added', async () => {
    for (let place = 0; place < sealed.length; place++) {
      const damaged = sealed.slice();
      damaged.set([Number(sealed[place]) ^ 0x10], place);
      const code = place === 0 ? 'format-unsupported' : 'seal-broken';
      await assertRejectsCode(openSnapshot(keyrings, ID, damaged), code);
      const cut = openSnapshot(keyrings, ID, sealed.subarray(0, place));
      await assertRejectsCode(cut, place < HEADER_BYTES ? 'malformed' : 'seal-broken');
    }
    await assertRejectsCode(
      openSnapshot(keyrings, ID, concatBytes(sealed, new Uint8Array(1))),
      'seal-broken',
    );
  });

  it('is refused where its padding or length is not what FORMAT.md says, even sealed rightly', async () => {
    const plaintexts = [
      new Uint8Array(0),
      new Uint8Array(256),
      new Uint8Array(256).fill(0xff),
      concatBytes(fromHex('fd000000'), new Uint8Array(252)),
    ];
    for (const body of plaintexts) {
      await assertRejectsCode(openSnapshot(keyrings, ID, await forged(body)), 'malformed');
    }
  });

  it('is refused with padding that is longer than needed or holds something', async () => {
    const body = await bodyOf(description);
    const end = body.lastIndexOf(99) + 3 + 4 + 1; // behind the last field, `extension`
    assert.deepEqual(await openSnapshot(keyrings, ID, await forged(body)), description);
    const hidden = body.slice();
    hidden.set([1], body.length - 1);
    assert.ok(end < body.length);
    await assertRejectsCode(openSnapshot(keyrings, ID, await forged(hidden)), 'malformed');
    await assertRejectsCode(
      openSnapshot(keyrings, ID, await forged(concatBytes(body, new Uint8Array(256)))),
      'malformed',
    );
    await assertRejectsCode(openSnapshot(keyrings, ID, await forged(body.subarray(0, end))), 'malformed');
  });
});

describe('the link to a snapshot', () => {
  it('is the MAC that FORMAT.md gives it', async () => {
    const chainKey = hkdfSync(
      'sha256',
      Buffer.alloc(32, 7),
      new Uint8Array(0),
      utf8('holdfast/v1/snapshot-chain'),
      32,
    );
    const expected = createHmac('sha256', Buffer.from(chainKey))
      .update(fromHex(ID))
      .update(sealed)
      .digest('hex');
    assert.equal(linkKey(await snapshotLink(keyrings, ID, sealed)), expected);
  });

  it('differs for another snapshot, another sealing and another vault key', async () => {
    const resealed = await sealSnapshot(keyring, ID, description, secureRandom);
    const links = await Promise.all([
      snapshotLink(keyrings, ID, sealed),
      snapshotLink(keyrings, '0e'.repeat(16) as SnapshotId, sealed),
      snapshotLink(keyrings, ID, resealed),
      snapshotLink(keyringsOf([await testKeyring(8)]), ID, sealed),
    ]);
    assert.equal(new Set(links.map(linkKey)).size, links.length);
    assert.ok(!links.map(linkKey).includes(linkKey(NO_PREDECESSOR)));
  });

  it('of bytes that are no snapshot is a coded error', async () => {
    await assertRejectsCode(snapshotLink(keyrings, ID, new Uint8Array(3)), 'malformed');
  });
});

/** The plaintext of a snapshot: opened with the key that its salt gives. */
async function bodyOf(snapshot: SnapshotDescription): Promise<Uint8Array> {
  const bytes = await sealSnapshot(keyring, ID, snapshot, (salt) => salt.fill(0));
  const key = await crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(32), info: utf8('holdfast/v1/snapshot') },
    keyring.metadataKey,
    { name: 'AES-GCM', length: 256 },
    false,
    ['decrypt'],
  );
  const bound = concatBytes(fromHex('01'), fromHex(VAULT_ID), fromHex('01000000'), fromHex(ID));
  const algorithm = { name: 'AES-GCM', iv: new Uint8Array(12), additionalData: bound };
  return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, bytes.subarray(HEADER_BYTES)));
}

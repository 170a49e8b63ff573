import { assert } from 'chai';
import { deleteDB } from 'idb';
import { importDerivationKey, secureRandom } from '../../../shared/crypto/primitives.ts';
import { idBytes, randomId } from '../../../shared/ids.ts';
import type { AccountId, ChunkId, DeviceId, SnapshotId, VaultId } from '../../../shared/ids.ts';
import type { StoredSession } from '../../../web/worker/ports.ts';
import { openDatabase } from '../../../web/worker/storage/database.ts';
import type { HoldfastDatabase } from '../../../web/worker/storage/database.ts';
import { mirrorStore } from '../../../web/worker/storage/mirror-db.ts';
import { sessionStore } from '../../../web/worker/storage/session-db.ts';

const vaultId = randomId<VaultId>(secureRandom);
const otherVaultId = randomId<VaultId>(secureRandom);

function chunkIds(count: number): ChunkId[] {
  return Array.from({ length: count }, (_, i) => i.toString(16).padStart(64, '0') as ChunkId);
}

describe('the engine’s database', () => {
  let database: HoldfastDatabase;

  beforeEach(async () => {
    await deleteDB('holdfast');
    database = await openDatabase();
  });

  afterEach(() => {
    database.close();
  });

  it('keeps one device id for ever', async () => {
    const make = (): DeviceId => randomId<DeviceId>(secureRandom);
    const first = await sessionStore(database).deviceId(make);
    assert.equal(await sessionStore(database).deviceId(make), first);
  });

  it('keeps an unlocked session with keys that nobody can read, until it is cleared', async () => {
    const sessions = sessionStore(database);
    const session: StoredSession = {
      accountName: 'Ada',
      accountId: randomId<AccountId>(secureRandom),
      role: 'user',
      token: secureRandom(new Uint8Array(32)),
      vaultId,
      vaultKeys: [{ epoch: 1, key: await importDerivationKey(secureRandom(new Uint8Array(32))) }],
    };
    await sessions.save(session);
    const loaded = await sessions.load();
    assert.deepEqual(loaded?.token, session.token);
    const key = loaded?.vaultKeys[0]?.key;
    assert.isFalse(key?.extractable);
    await sessions.clear();
    assert.isUndefined(await sessions.load());
  });

  it('gives a mirror back as it was appended, packed in few pages', async () => {
    const mirror = mirrorStore(database);
    const ids = chunkIds(20_000);
    const record = {
      seq: 7,
      snapshotId: randomId<SnapshotId>(secureRandom),
      receivedAtMs: 5,
      sealed: new Uint8Array([1, 2, 3]),
    };
    for (let start = 0; start < ids.length; start += 1_000) {
      const snapshots = start === 0 ? [record] : [];
      await mirror.append(vaultId, {
        seq: start + 1_000,
        chunkIds: ids.slice(start, start + 1_000),
        snapshots,
      });
    }
    const state = await mirror.load(vaultId);
    assert.equal(state.seq, 20_000);
    assert.deepEqual(state.snapshots, [record]);
    assert.isAtMost(state.chunkPages.length, 4);
    const packed = new Uint8Array(await new Blob(state.chunkPages.map((page) => page.slice())).arrayBuffer());
    assert.equal(packed.length, ids.length * 32);
    for (const at of [0, 999, 1_000, 19_999]) {
      assert.deepEqual(packed.slice(at * 32, at * 32 + 32), idBytes(ids[at] as ChunkId));
    }
  });

  it('keeps vaults apart, and forgets all of them when cleared', async () => {
    const mirror = mirrorStore(database);
    await mirror.append(vaultId, { seq: 3, chunkIds: chunkIds(3), snapshots: [] });
    assert.deepEqual(await mirror.load(otherVaultId), { seq: 0, chunkPages: [], snapshots: [] });
    await mirror.clear();
    assert.deepEqual(await mirror.load(vaultId), { seq: 0, chunkPages: [], snapshots: [] });
  });

  it('steps aside when a newer version of the app wants to upgrade it', async () => {
    await deleteDB('holdfast', {
      blocked: () => {
        throw new Error('the old connection stood in the way');
      },
    });
  });
});

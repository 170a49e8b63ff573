import { assert } from 'chai';
import { deleteDB } from 'idb';
import { concatBytes } from '../../../shared/bytes.ts';
import { importDerivationKey, secureRandom } from '../../../shared/crypto/primitives.ts';
import { randomId } from '../../../shared/ids.ts';
import type { AccountId, DeviceId, SnapshotId, VaultId } from '../../../shared/ids.ts';
import type { SnapshotRecord } from '../../../shared/wire/messages.ts';
import type { ChunkPage, MirrorChange, MirrorStore, StoredSession } from '../../../web/worker/ports.ts';
import { openDatabase } from '../../../web/worker/storage/database.ts';
import type { HoldfastDatabase } from '../../../web/worker/storage/database.ts';
import { mirrorStore } from '../../../web/worker/storage/mirror-db.ts';
import { networkStore } from '../../../web/worker/storage/network-db.ts';
import { sessionStore } from '../../../web/worker/storage/session-db.ts';

const vaultId = randomId<VaultId>(secureRandom);
const otherVaultId = randomId<VaultId>(secureRandom);

/** Packed ids number `from` and following. */
function ids(from: number, count: number): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(32 * count);
  const view = new DataView(packed.buffer);
  for (let i = 0; i < count; i++) view.setUint32(32 * i, from + i);
  return packed;
}

const NOTHING = new Uint8Array(0);

function change(
  seq: number,
  {
    added = NOTHING,
    removed = NOTHING,
    snapshots = [],
    marks = [],
  }: Partial<ChunkPage> & Partial<Pick<MirrorChange, 'snapshots' | 'marks'>>,
): MirrorChange {
  const position = { seq, isWhole: false, acceptedLinks: [], hiddenSnapshotIds: [] };
  return { ...position, chunks: { removed, added }, snapshots, marks, erasedSnapshotIds: [] };
}

function record(seq: number): SnapshotRecord {
  const snapshotId = randomId<SnapshotId>(secureRandom);
  return { seq, snapshotId, receivedAtMs: 5, sealed: new Uint8Array([1, 2, 3]) };
}

async function pagesOf(mirror: MirrorStore, of: VaultId): Promise<ChunkPage[]> {
  const pages: ChunkPage[] = [];
  for await (const page of mirror.chunkPages(of)) pages.push(page);
  return pages;
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
    const snapshot = record(7);
    for (let start = 0; start < 20_000; start += 1_000) {
      const snapshots = start === 0 ? [snapshot] : [];
      await mirror.append(vaultId, change(start + 1_000, { added: ids(start, 1_000), snapshots }));
    }
    const state = await mirror.load(vaultId);
    assert.deepEqual([state.seq, state.snapshots], [20_000, [snapshot]]);
    const pages = await pagesOf(mirror, vaultId);
    assert.isAtMost(pages.length, 4);
    assert.deepEqual(concatBytes(...pages.map(({ added }) => added)), ids(0, 20_000));
  });

  it('keeps the order of what was added and removed', async () => {
    const mirror = mirrorStore(database);
    await mirror.append(vaultId, change(1, { added: ids(0, 10) }));
    await mirror.append(vaultId, change(2, { removed: ids(3, 2), added: ids(20, 1) }));
    await mirror.append(vaultId, change(3, { added: ids(3, 1) }));
    assert.deepEqual(await pagesOf(mirror, vaultId), [
      { removed: ids(0, 0), added: ids(0, 10) },
      { removed: ids(3, 2), added: concatBytes(ids(20, 1), ids(3, 1)) },
    ]);
  });

  it('replaces all pages of a vault when they are packed anew, and goes on behind them', async () => {
    const mirror = mirrorStore(database);
    await mirror.append(otherVaultId, change(1, { added: ids(50, 1) }));
    await mirror.append(vaultId, change(1, { added: ids(0, 10) }));
    await mirror.append(vaultId, change(2, { removed: ids(0, 9) }));
    // Views of a larger buffer: only what they show is kept.
    await mirror.compact(vaultId, [ids(0, 20).subarray(9 * 32, 10 * 32)]);
    await mirror.append(vaultId, change(3, { added: ids(30, 1) }));
    assert.deepEqual(await pagesOf(mirror, vaultId), [
      { removed: ids(0, 0), added: concatBytes(ids(9, 1), ids(30, 1)) },
    ]);
    assert.equal((await pagesOf(mirror, otherVaultId)).length, 1);
  });

  it('forgets an erased snapshot, and keeps what was said of it', async () => {
    const mirror = mirrorStore(database);
    const [gone, left] = [record(1), record(2)];
    const marks = [gone, left].map(({ snapshotId }) => ({
      seq: 3,
      snapshotId,
      mark: 'trashed' as const,
      markedAtMs: 1,
      eraseAtMs: 2,
      statement: secureRandom(new Uint8Array(106)),
    }));
    const notes = { acceptedLinks: ['ab'], hiddenSnapshotIds: [left.snapshotId], isWhole: true };
    await mirror.append(vaultId, change(3, { snapshots: [gone, left], marks }));
    await mirror.append(vaultId, { ...change(4, {}), ...notes, erasedSnapshotIds: [gone.snapshotId] });
    const state = await mirror.load(vaultId);
    assert.deepEqual(state.snapshots, [left]);
    assert.deepInclude(state, notes);
    const erased = state.marks.filter(({ isErased = false }) => isErased);
    assert.deepEqual(erased, [{ ...marks[0], isErased: true }] as typeof erased);
    assert.equal(state.marks.length, 2);
  });

  it('keeps the settings of the network', async () => {
    const network = networkStore(database);
    assert.equal(await network.load(), undefined);
    const limits = { uploadBytesPerSecond: 100_000 };
    const period = { weekdays: [1, 5], fromMinute: 540, toMinute: 1_020, limits };
    const settings = { limits: {}, periods: [period], pauseOnMetered: true };
    await network.save(settings);
    assert.deepEqual(await network.load(), settings);
  });

  it('keeps vaults apart, and forgets all of them when cleared', async () => {
    const mirror = mirrorStore(database);
    await mirror.append(vaultId, change(3, { added: ids(0, 3) }));
    const empty = await mirror.load(otherVaultId);
    assert.deepInclude(empty, { seq: 0, isWhole: false, snapshots: [], marks: [] });
    assert.deepEqual(await pagesOf(mirror, otherVaultId), []);
    await mirror.clear();
    assert.deepEqual(await mirror.load(vaultId), empty);
    assert.deepEqual(await pagesOf(mirror, vaultId), []);
  });

  it('steps aside when a newer version of the app wants to upgrade it', async () => {
    await deleteDB('holdfast', {
      blocked: () => {
        throw new Error('the old connection stood in the way');
      },
    });
  });
});

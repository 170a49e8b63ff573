/**
 * A server that makes its change feed up: without end, in circles, beyond itself, with snapshots that are none, or
 * that change afterwards. A device notices, keeps what it saw, and fills no memory with what is made up.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { secureRandom } from '../../shared/crypto/primitives.ts';
import { keyringsOf } from '../../shared/crypto/vault-keys.ts';
import { makeMarkStatement } from '../../shared/format/mark-statement.ts';
import { NO_PREDECESSOR } from '../../shared/format/sealed-snapshot.ts';
import { randomId } from '../../shared/ids.ts';
import type { SnapshotId, VaultId } from '../../shared/ids.ts';
import type { SnapshotRecord } from '../../shared/wire/messages.ts';
import { systemClock } from '../../web/worker/clock.ts';
import { ChunkIndex } from '../../web/worker/vault/chunk-index.ts';
import { Mirror } from '../../web/worker/vault/mirror.ts';
import { assertRejectsCode, assertThrowsCode } from '../helpers/coded-errors.ts';
import { testKeyring } from '../helpers/vault.ts';
import {
  NOW_MS,
  NO_CHANGES,
  answers,
  chunkId,
  codesOf,
  feed,
  idsIn,
  linkOf,
  openMirror,
  packed,
  record,
  trashed,
} from '../worker/change-feed.ts';
import type { Changes } from '../worker/change-feed.ts';
import { memoryMirror } from '../worker/engine-ports.ts';

function garbage(seq: number): SnapshotRecord {
  const sealed = secureRandom(new Uint8Array(300));
  sealed[0] = 1;
  return { seq, snapshotId: randomId<SnapshotId>(secureRandom), receivedAtMs: seq, sealed };
}

describe('a feed that never ends', () => {
  it('is given up, and what came of it is kept', async () => {
    const { mirror } = await openMirror(memoryMirror());
    let asked = 0;
    const endless = async (afterSeq: number): Promise<Changes> => {
      asked += 1;
      const chunkIds = packed([afterSeq]);
      return Promise.resolve({ ...NO_CHANGES, nextSeq: afterSeq + 1, headSeq: afterSeq + 2, chunkIds });
    };
    await assertRejectsCode(mirror.sync(endless), 'malformed');
    assert.ok(asked < 20_000, String(asked));
    assert.ok(mirror.chunks.has(chunkId(1)));
  });

  it('that goes in circles, stands still, says nothing or goes beyond itself is refused at once', async () => {
    const lies: readonly Partial<Changes>[] = [
      { nextSeq: 0, headSeq: 10, chunkIds: packed([1]) },
      { nextSeq: 5, headSeq: 10 },
      { nextSeq: 11, headSeq: 10, chunkIds: packed([1]) },
      { nextSeq: Number.MAX_SAFE_INTEGER, headSeq: 0 },
    ];
    for (const lie of lies) {
      const { mirror } = await openMirror(memoryMirror());
      let asked = 0;
      const ask = async (): Promise<Changes> => {
        asked += 1;
        return Promise.resolve({ ...NO_CHANGES, ...lie });
      };
      await assertRejectsCode(mirror.sync(ask), 'malformed');
      assert.ok(asked <= 2);
      // Nor is it believed: the truth is followed from where it was.
      await mirror.sync(feed(3, []).ask);
      assert.equal(mirror.chunks.size, 3);
    }
  });

  it('can’t name more chunks than a vault may have', () => {
    const index = new ChunkIndex(3);
    index.addPage(packed([1, 2, 3, 2]));
    assertThrowsCode(() => {
      index.add(chunkId(4));
    }, 'too-large');
    index.delete(chunkId(1));
    index.add(chunkId(4));
    assert.equal(index.size, 3);
  });
});

describe('snapshots that a server makes up', () => {
  it('are reported so often that nobody misses it, and no more are kept', async () => {
    const store = memoryMirror();
    const { mirror, broken } = await openMirror(store);
    const made = Array.from({ length: 300 }, (_, index) => garbage(index + 1));
    const sound = await record(301);
    await mirror.sync(answers({ snapshots: made.slice(0, 150) }, { snapshots: [...made.slice(150), sound] }));
    assert.deepEqual([new Set(codesOf(broken)), broken.length], [new Set(['history-broken']), 100]);
    const { snapshots } = await store.load('5a'.repeat(16) as VaultId);
    assert.equal(snapshots.length, 101);
    const again = await openMirror(store);
    assert.equal(again.broken.length, 100);
    for (const each of [mirror, again.mirror]) assert.deepEqual(idsIn(each), [sound.snapshotId]);
  });

  it('of another vault are refused, and so are their marks', async () => {
    const [other, broken] = [await openMirror(memoryMirror()), [] as string[]];
    const snapshot = await record(1);
    const foreign = keyringsOf([await testKeyring(8, 1, 'bb'.repeat(16) as VaultId)]);
    const events = {
      onSnapshotsChanged: () => undefined,
      onHistoryBroken: (e: { code: string }) => broken.push(e.code),
    };
    const ports = { mirror: memoryMirror(), clock: systemClock };
    const mirror = new Mirror('bb'.repeat(16) as VaultId, foreign, ports, events);
    await other.mirror.sync(answers({ snapshots: [snapshot] }));
    const marks = [await trashed(snapshot, NOW_MS - 1)];
    const erasedSnapshotIds = [snapshot.snapshotId];
    await mirror.sync(answers({ snapshots: [snapshot], marks }, { erasedSnapshotIds }));
    assert.deepEqual([idsIn(mirror), broken], [[], ['history-broken', 'history-broken']]);
  });

  it('in place of one that this device has change nothing, after a restart, too', async () => {
    const [first, other] = [await record(1), await record(2)];
    const { snapshotId } = first;
    const lies: readonly SnapshotRecord[] = [
      { ...garbage(1), snapshotId },
      { ...first, sealed: other.sealed },
      { ...first, seq: 7 },
      { ...first, receivedAtMs: first.receivedAtMs + 1 },
    ];
    for (const lie of lies) {
      const store = memoryMirror();
      const { mirror, broken } = await openMirror(store);
      await mirror.sync(answers({ snapshots: [first] }, { snapshots: [lie] }));
      assert.deepEqual(codesOf(broken), ['history-broken']);
      for (const each of [mirror, (await openMirror(store)).mirror])
        assert.deepEqual(each.snapshot(snapshotId).record, first);
    }
  });

  it('out of their order are noticed', async () => {
    const first = await record(1);
    const second = await record(2, await linkOf(first));
    const { mirror, broken } = await openMirror(memoryMirror());
    await mirror.sync(
      answers({
        snapshots: [
          { ...second, seq: 1 },
          { ...first, seq: 2 },
        ],
      }),
    );
    assert.deepEqual(codesOf(broken), ['history-broken']);
  });
});

describe('a snapshot that the server acknowledged', () => {
  it('is missed if the feed doesn’t have it, until a person accepts that', async () => {
    const store = memoryMirror();
    const { mirror, broken } = await openMirror(store);
    const [there, lost] = [await record(1), await record(2)];
    const promised = [there.snapshotId, lost.snapshotId];
    const { ask } = feed(2, [there]);
    await mirror.sync(ask, promised);
    assert.deepEqual(codesOf(broken), ['history-broken']);
    await mirror.accept(ask, promised);
    const again = await openMirror(store);
    await again.mirror.sync(ask, promised);
    assert.deepEqual([codesOf(broken), again.broken], [['history-broken'], []]);
  });

  it('is not missed once the account has sent it to the trash and it is erased', async () => {
    const first = await record(1);
    const { mirror, broken } = await openMirror(memoryMirror());
    const changes = { marks: [await trashed(first, NOW_MS - 1)], erasedSnapshotIds: [first.snapshotId] };
    await mirror.sync(answers(changes), [first.snapshotId]);
    assert.deepEqual(broken, []);
  });
});

describe('two devices that are shown different histories', () => {
  it('are warned as soon as either is shown what follows from the other’s', async () => {
    const first = await record(1);
    const [left, right] = [await record(2, await linkOf(first)), await record(2, await linkOf(first))];
    const next = await record(3, await linkOf(right));
    const { mirror, broken } = await openMirror(memoryMirror());
    await mirror.sync(feed(2, [first, left]).ask);
    assert.deepEqual(broken, []);
    await mirror.sync(feed(3, [first, left, next]).ask);
    assert.deepEqual(codesOf(broken), ['history-broken']);
    assert.deepEqual(idsIn(mirror).length, 3);
  });

  it('keep what each has seen: a fork can’t be made good by taking it back', async () => {
    const [first, second] = [await record(1), await record(40)];
    const { mirror } = await openMirror(memoryMirror());
    await mirror.sync(feed(50, [first, second]).ask);
    await assertRejectsCode(mirror.sync(feed(45, [first]).ask), 'history-broken');
    assert.deepEqual(idsIn(mirror), [second.snapshotId, first.snapshotId]);
  });
});

describe('marks that a server makes up', () => {
  it('by another revision, link or key are reported, and trash nothing', async () => {
    const snapshot = await record(1);
    const { snapshotId } = snapshot;
    const said = {
      revision: 1,
      mark: 'trashed',
      link: await linkOf(snapshot),
      predecessor: NO_PREDECESSOR,
    } as const;
    const sound = await makeMarkStatement(await testKeyring(), snapshotId, said);
    const foreign = await makeMarkStatement(await testKeyring(9), snapshotId, said);
    const otherLink = await makeMarkStatement(await testKeyring(), snapshotId, {
      ...said,
      link: NO_PREDECESSOR,
    });
    for (const statement of [sound.with(5, 9), foreign, otherLink, new Uint8Array(106)]) {
      const { mirror, broken } = await openMirror(memoryMirror());
      const marks = [
        { seq: 2, snapshotId, mark: 'trashed', markedAtMs: 1, eraseAtMs: 2, statement } as const,
      ];
      await mirror.sync(answers({ snapshots: [snapshot] }, { marks }));
      assert.deepEqual(codesOf(broken), ['history-broken']);
      assert.equal(mirror.snapshot(snapshotId).mark, 'kept');
    }
  });

  it('count for what a device said, whatever the server says beside it', async () => {
    const snapshot = await record(1);
    const mark = await trashed(snapshot, NOW_MS + 1);
    const { mirror } = await openMirror(memoryMirror());
    await mirror.sync(answers({ snapshots: [snapshot] }, { marks: [{ ...mark, mark: 'pinned' }] }));
    assert.equal(mirror.snapshot(snapshot.snapshotId).mark, 'trashed');
  });
});

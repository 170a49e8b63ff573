import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertRejectsCode } from '../helpers/coded-errors.ts';
import {
  DAY_MS,
  NOW_MS,
  NO_CHANGES,
  answers,
  codesOf,
  feed,
  idsIn,
  linkOf,
  openMirror,
  record,
  trashed,
} from './change-feed.ts';
import type { Changes } from './change-feed.ts';
import { memoryMirror } from './engine-ports.ts';

describe('a server that rewrites history', () => {
  it('is found out when it goes back behind what this device saw', async () => {
    const store = memoryMirror();
    await (await openMirror(store)).mirror.sync(feed(50, []).ask);
    const { mirror } = await openMirror(store);
    await assertRejectsCode(mirror.sync(feed(49, []).ask), 'history-broken');
    assert.equal(mirror.chunks.size, 50);
  });

  it('is found out when it hides a snapshot between two', async () => {
    const first = await record(1);
    const hidden = await record(2, await linkOf(first));
    const third = await record(3, await linkOf(hidden));
    const { mirror, broken } = await openMirror(memoryMirror());
    await mirror.sync(feed(3, [first, third]).ask);
    assert.deepEqual(
      broken.map(({ code }) => code),
      ['history-broken'],
    );
    assert.equal(mirror.snapshots().length, 2);
  });

  it('is found out when it changes a snapshot, and can’t hide the others by it', async () => {
    const [sound, damaged] = await Promise.all([record(1), record(2)]);
    const sealed = new Uint8Array(damaged.sealed);
    sealed.set([Number(sealed.at(-1)) ^ 1], sealed.length - 1);
    const { mirror, broken } = await openMirror(memoryMirror());
    await mirror.sync(feed(2, [sound, { ...damaged, sealed }]).ask);
    assert.deepEqual(
      broken.map(({ code }) => code),
      ['history-broken'],
    );
    assert.deepEqual(
      mirror.snapshots().map(({ record: { seq } }) => seq),
      [1],
    );
  });

  it('is not suspected where two devices go on from one snapshot', async () => {
    const first = await record(1);
    const link = await linkOf(first);
    const { mirror, broken } = await openMirror(memoryMirror());
    await mirror.sync(feed(3, [first, await record(2, link), await record(3, link)]).ask);
    assert.deepEqual(broken, []);
    assert.equal(mirror.snapshots().length, 3);
  });

  it('can’t keep a device busy with a feed that doesn’t go on', async () => {
    const { mirror } = await openMirror(memoryMirror());
    for (const nextSeq of [0, 5]) {
      const ask = async (): Promise<Changes> => Promise.resolve({ ...NO_CHANGES, nextSeq, headSeq: 10 });
      await assertRejectsCode(mirror.sync(ask), 'malformed');
    }
  });
});

describe('a snapshot that was erased', () => {
  it('goes without an alarm when its time in the trash is over, and the chain holds', async () => {
    const store = memoryMirror();
    const { mirror, broken } = await openMirror(store);
    const first = await record(1);
    const second = await record(2, await linkOf(first));
    const mark = await trashed(first, NOW_MS - 1);
    await mirror.sync(
      answers({ snapshots: [first, second] }, { marks: [mark] }, { erasedSnapshotIds: [first.snapshotId] }),
    );
    const again = await openMirror(store);
    assert.deepEqual([...broken, ...again.broken], []);
    for (const each of [mirror, again.mirror]) assert.deepEqual(idsIn(each), [second.snapshotId]);
  });

  it('is no riddle to a device that never saw it', async () => {
    const first = await record(1);
    const second = await record(2, await linkOf(first));
    const third = await record(3, await linkOf(second));
    const marks = [await trashed(first, NOW_MS - 1), await trashed(second, NOW_MS - 1)];
    const erasedSnapshotIds = [first.snapshotId, second.snapshotId];
    const store = memoryMirror();
    const { mirror, broken } = await openMirror(store);
    await mirror.sync(answers({ snapshots: [third] }, { marks, erasedSnapshotIds }));
    const again = await openMirror(store);
    assert.deepEqual([...broken, ...again.broken], []);
    assert.deepEqual(idsIn(again.mirror), [third.snapshotId]);
  });

  it('raises an alarm, and stays here, where no device of the account had trashed it', async () => {
    const store = memoryMirror();
    const { mirror, broken } = await openMirror(store);
    const [first, other] = [await record(1), await record(2)];
    const { statement, ...forged } = await trashed(other, NOW_MS - 1);
    const marks = [{ ...forged, statement, snapshotId: first.snapshotId }];
    await mirror.sync(
      answers({ snapshots: [first, other] }, { marks }, { erasedSnapshotIds: [first.snapshotId] }),
    );
    assert.deepEqual(codesOf(broken), ['history-broken', 'snapshot-hidden']);
    assert.equal(mirror.snapshot(first.snapshotId).mark, 'kept');
    const again = await openMirror(store);
    assert.deepEqual(codesOf(again.broken), ['snapshot-hidden']);
    assert.deepEqual(idsIn(again.mirror), idsIn(mirror));
  });

  it('raises an alarm where it was brought back from the trash', async () => {
    const { mirror, broken } = await openMirror(memoryMirror());
    const first = await record(1);
    const { snapshotId } = first;
    const mark = await trashed(first, NOW_MS - 1);
    await mirror.sync(answers({ snapshots: [first] }, { marks: [mark] }));
    const statement = await mirror.markStatement(snapshotId, 'kept');
    const kept = { ...mark, mark: 'kept', eraseAtMs: 0, statement } as const;
    // The server tells of the bringing back, and then of the older statement once more.
    const later = answers({ marks: [kept] }, { marks: [mark] }, { erasedSnapshotIds: [snapshotId] });
    await mirror.sync(async (afterSeq) => {
      const changes = await later(afterSeq);
      return { ...changes, nextSeq: changes.nextSeq + 2, headSeq: changes.headSeq + 2 };
    });
    assert.deepEqual(codesOf(broken), ['snapshot-hidden']);
  });

  it('raises an alarm where it still had time in the trash, whatever the server says later', async () => {
    const { mirror, broken } = await openMirror(memoryMirror());
    const first = await record(1);
    const mark = await trashed(first, NOW_MS + 2 * DAY_MS);
    const marks = [{ ...mark, eraseAtMs: NOW_MS - 1 }];
    await mirror.sync(
      answers({ snapshots: [first], marks: [mark] }, { marks, erasedSnapshotIds: [first.snapshotId] }),
    );
    assert.deepEqual(codesOf(broken), ['snapshot-erased-early']);
  });

  it('can’t stand in for one that the server hides from a new device', async () => {
    const [gone, hidden] = [await record(1), await record(2)];
    const last = await record(3, await linkOf(hidden));
    const { mirror, broken } = await openMirror(memoryMirror());
    const marks = [await trashed(gone, NOW_MS - 1)];
    const erasedSnapshotIds = [gone.snapshotId, hidden.snapshotId];
    await mirror.sync(answers({ snapshots: [last] }, { marks, erasedSnapshotIds }));
    assert.deepEqual(codesOf(broken), ['history-broken']);
  });
});

describe('a history that a person accepts', () => {
  it('may begin anew behind what this device saw', async () => {
    const store = memoryMirror();
    const { mirror, changes } = await openMirror(store);
    const [first, lost] = [await record(1), await record(40)];
    await mirror.sync(feed(50, [first, lost]).ask);
    const restored = feed(30, [first]);
    await assertRejectsCode(mirror.sync(restored.ask), 'history-broken');
    await mirror.accept(restored.ask);
    const again = await openMirror(store);
    for (const each of [mirror, again.mirror]) {
      assert.deepEqual(idsIn(each), [first.snapshotId]);
      assert.equal(each.chunks.size, 29);
      await each.sync(restored.ask);
    }
    assert.deepEqual([changes(), again.broken], [2, []]);
  });

  it('may be an empty one', async () => {
    const { mirror, changes } = await openMirror(memoryMirror());
    await mirror.sync(feed(5, [await record(1)]).ask);
    await mirror.accept(feed(0, []).ask);
    assert.deepEqual([idsIn(mirror), mirror.chunks.size, changes()], [[], 0, 2]);
  });

  it('is not complained about again, and what contradicts it later is', async () => {
    const store = memoryMirror();
    const hidden = await record(2);
    const third = await record(3, await linkOf(hidden));
    const damaged = { ...(await record(4)), sealed: new Uint8Array(300) };
    const { mirror, broken } = await openMirror(store);
    await mirror.sync(feed(5, [third, damaged]).ask);
    assert.deepEqual(codesOf(broken), ['history-broken', 'history-broken']);
    await mirror.accept(feed(5, [third, damaged]).ask);
    const again = await openMirror(store);
    assert.deepEqual([broken.length, again.broken], [2, []]);
    const next = await record(6, await linkOf(await record(5)));
    await again.mirror.sync(feed(6, [third, next]).ask);
    assert.deepEqual(codesOf(again.broken), ['history-broken']);
  });
});

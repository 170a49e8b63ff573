import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HoldfastError } from '../../shared/errors.ts';
import type { SnapshotId } from '../../shared/ids.ts';
import type { MirrorStore } from '../../web/worker/ports.ts';
import { assertRejectsCode, assertThrowsCode } from '../helpers/coded-errors.ts';
import { VAULT_ID } from '../helpers/vault.ts';
import { NOW_MS, answers, chunkId, feed, linkOf, openMirror, packed, record } from './change-feed.ts';
import type { Changes } from './change-feed.ts';
import { memoryMirror } from './engine-ports.ts';

describe('the mirror', () => {
  it('follows the feed to its end, however many answers that takes, and goes on from there', async () => {
    const { mirror, changes } = await openMirror(memoryMirror());
    const first = await record(10);
    const { ask, asked } = feed(95, [first], 10);
    await mirror.sync(ask);
    assert.deepEqual(asked, [0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
    assert.equal(mirror.chunks.size, 94);
    assert.ok(mirror.chunks.has(chunkId(95)));
    assert.deepEqual(
      mirror.snapshots().map(({ description }) => description.sourceName),
      ['snapshot 10'],
    );
    assert.equal(changes(), 1);
    const second = await record(97, await linkOf(first));
    const later = feed(97, [first, second]);
    await mirror.sync(later.ask);
    assert.deepEqual(later.asked, [95]);
    assert.deepEqual(
      mirror.snapshots().map(({ record: { seq } }) => seq),
      [97, 10],
    );
  });

  it('needs nothing from the server again after a restart', async () => {
    const store = memoryMirror();
    const snapshot = await record(3);
    await (await openMirror(store)).mirror.sync(feed(5, [snapshot]).ask);
    const { mirror, broken } = await openMirror(store);
    assert.equal(mirror.chunks.size, 4);
    assert.equal(mirror.snapshot(snapshot.snapshotId).description.sourceName, 'snapshot 3');
    const again = feed(5, [snapshot]);
    await mirror.sync(again.ask);
    assert.deepEqual([again.asked, broken], [[5], []]);
  });

  it('asks again for what it couldn’t keep', async () => {
    let fails = true;
    const store = memoryMirror();
    const failing: MirrorStore = {
      ...store,
      append: async (...change) => {
        if (fails) throw new HoldfastError('device-full');
        await store.append(...change);
      },
    };
    const { mirror } = await openMirror(failing);
    await assertRejectsCode(mirror.sync(feed(5, []).ask), 'device-full');
    fails = false;
    const again = feed(5, []);
    await mirror.sync(again.ask);
    assert.deepEqual([again.asked, mirror.chunks.size], [[0], 5]);
  });

  it('follows one feed at a time', async () => {
    const { mirror } = await openMirror(memoryMirror());
    const [first, second] = [feed(5, []), feed(5, [])];
    await Promise.all([mirror.sync(first.ask), mirror.sync(second.ask)]);
    assert.deepEqual([first.asked, second.asked], [[0], [5]]);
  });

  it('forgets chunks that are gone, and knows those again that came back, after a restart, too', async () => {
    const store = memoryMirror();
    const { mirror } = await openMirror(store);
    const ask = answers(
      { chunkIds: packed([1, 2, 3, 4]) },
      { removedChunkIds: packed([2, 3, 99]), chunkIds: packed([5]) },
      { removedChunkIds: packed([5]) },
      { chunkIds: packed([3]) },
    );
    await mirror.sync(ask);
    for (const { chunks } of [mirror, (await openMirror(store)).mirror]) {
      assert.equal(chunks.size, 3);
      for (const n of [1, 3, 4]) assert.ok(chunks.has(chunkId(n)), String(n));
    }
  });

  it('packs its pages anew once much was removed', async () => {
    const store = memoryMirror();
    const { mirror } = await openMirror(store);
    const all = Array.from({ length: 12_000 }, (_, n) => n);
    await mirror.sync(answers({ chunkIds: packed(all) }, { removedChunkIds: packed(all.slice(0, 11_000)) }));
    for (let start = 1; start <= 2; start++) {
      assert.equal((await openMirror(store)).mirror.chunks.size, 1_000);
    }
    let keptBytes = 0;
    for await (const { removed, added } of store.chunkPages(VAULT_ID))
      keptBytes += removed.length + added.length;
    assert.equal(keptBytes, 32 * 1_000);
  });

  it('writes many answers down together, and goes on where it stopped among them', async () => {
    const store = memoryMirror();
    const kept: number[] = [];
    const counting: MirrorStore = {
      ...store,
      append: async (vaultId, change) => {
        kept.push(change.seq);
        await store.append(vaultId, change);
      },
    };
    const { mirror } = await openMirror(counting);
    const { ask } = feed(100_000, [], 4_096);
    const breaking = async (afterSeq: number): Promise<Changes> => {
      if (afterSeq > 90_000) throw new HoldfastError('offline');
      return ask(afterSeq);
    };
    await assertRejectsCode(mirror.sync(breaking), 'offline');
    const [stoppedAt = 0] = kept;
    assert.deepEqual(kept, [16 * 4_096]);
    const again = feed(100_000, [], 4_096);
    await mirror.sync(again.ask);
    assert.deepEqual([again.asked[0], kept], [stoppedAt, [stoppedAt, 100_000]]);
    assert.equal((await openMirror(store)).mirror.chunks.size, 100_000);
  });

  it('shows a snapshot’s mark, the last that was made, after a restart, too', async () => {
    const store = memoryMirror();
    const { mirror, changes } = await openMirror(store);
    const snapshot = await record(1);
    const { snapshotId } = snapshot;
    await mirror.sync(answers({ snapshots: [snapshot] }));
    assert.equal(mirror.snapshot(snapshotId).mark, 'kept');
    for (const [index, mark] of (['pinned', 'trashed', 'kept', 'trashed'] as const).entries()) {
      const eraseAtMs = mark === 'trashed' ? NOW_MS + index : 0;
      const statement = await mirror.markStatement(snapshotId, mark);
      const [seq, marks] = [2 + index, [{ seq: 2, snapshotId, mark, markedAtMs: 1, eraseAtMs, statement }]];
      await mirror.sync(answers({ nextSeq: seq, headSeq: seq, marks }));
      for (const each of [mirror, (await openMirror(store)).mirror]) {
        const known = each.snapshot(snapshotId);
        assert.deepEqual([known.mark, known.eraseAtMs], [mark, eraseAtMs === 0 ? undefined : eraseAtMs]);
      }
    }
    assert.equal(changes(), 5);
  });

  it('knows no snapshot that it hasn’t seen', async () => {
    const { mirror } = await openMirror(memoryMirror());
    assertThrowsCode(() => mirror.snapshot('00'.repeat(16) as SnapshotId), 'snapshot-missing');
  });
});

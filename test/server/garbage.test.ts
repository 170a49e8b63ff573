/** What collecting garbage erases, and what it never does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { HoldfastError } from '../../shared/errors.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';
import { wrapBlobs } from './blob-wrappers.ts';
import { watched } from './watched.ts';
import { dumpIndex, dumpOfRebuild } from './index-dump.ts';
import { DAY_MS, HOUR_MS, KeptStore } from './kept-store.ts';
import { randomChunk, refPage, unpackIds } from './wire-client.ts';
import type { TestChunk } from './wire-client.ts';

async function isThere(kept: KeptStore, chunk: TestChunk): Promise<boolean> {
  return kept.catalog.vaults.hasChunk((await kept.vault()).vaultId, chunk.chunkId);
}

async function assertReadable(kept: KeptStore, ...chunks: readonly TestChunk[]): Promise<void> {
  for (const chunk of chunks) assert.deepEqual(await kept.read(chunk), Buffer.concat(chunk.pieces));
}

/** The live index is what the records say, and nothing else. */
async function assertRebuildsEqual(t: TestContext, kept: KeptStore): Promise<void> {
  const again = await kept.reopen(t);
  await again.close();
  const { dump } = await dumpOfRebuild(`${kept.folder}/segments`);
  assert.deepEqual(dump, dumpIndex(`${kept.folder}/index.sqlite`));
}

test('a trashed snapshot stays whole for 30 days, then goes with all that it alone needs', async (t) => {
  const kept = await KeptStore.open(t);
  const [shared, own] = [randomChunk(3_000), randomChunk(2_000, 2_000)];
  const stays = await kept.back(shared);
  const goes = await kept.back(shared, own);
  await kept.mark('trashed', goes);
  kept.clock.step(30 * DAY_MS - 1);
  assert.deepEqual(await kept.collect(), { snapshots: 0, pages: 0, chunks: 0, blockedVaults: [] });
  await assertReadable(kept, shared, own);
  kept.clock.step(1);
  assert.deepEqual(await kept.collect(), { snapshots: 1, pages: 1, chunks: 1, blockedVaults: [] });
  assert.equal(await isThere(kept, own), false);
  await assertRejectsCode(kept.read(own), 'chunk-missing');
  await assertReadable(kept, shared);
  const vault = await kept.vault();
  const feed = await vault.changes(0);
  assert.deepEqual(feed.erasedSnapshotIds, [goes.snapshotId]);
  assert.deepEqual(
    feed.snapshots.map(({ snapshotId }) => snapshotId),
    [stays.snapshotId],
  );
  assert.deepEqual(unpackIds(feed.removedChunkIds), [own.chunkId]);
  assert.deepEqual(unpackIds(feed.chunkIds), [shared.chunkId]);
  await assertRebuildsEqual(t, kept);
});

test('what is brought back or pinned before its time is never erased', async (t) => {
  const kept = await KeptStore.open(t);
  const [back, pinned] = [await kept.back(randomChunk(10)), await kept.back(randomChunk(20))];
  await kept.mark('trashed', back, pinned);
  kept.clock.step(29 * DAY_MS);
  await kept.mark('kept', back);
  await kept.mark('pinned', pinned);
  kept.clock.step(100 * DAY_MS);
  assert.deepEqual(await kept.collect(), { snapshots: 0, pages: 0, chunks: 0, blockedVaults: [] });
  await assertReadable(kept, ...back.chunks, ...pinned.chunks);
});

test('chunks that never got a snapshot go after 48 hours, and not before', async (t) => {
  const kept = await KeptStore.open(t);
  const chunk = randomChunk(100);
  await kept.put(chunk);
  kept.clock.step(48 * HOUR_MS);
  assert.equal((await kept.collect()).chunks, 0);
  assert.equal((await (await kept.vault()).totals()).garbageBytes, 100);
  kept.clock.step(1);
  assert.equal((await kept.collect()).chunks, 1);
  assert.equal((await (await kept.vault()).totals()).garbageBytes, 0);
  assert.equal(await isThere(kept, chunk), false);
});

test('a chunk that is sent again, or named by a page, has its 48 hours anew', async (t) => {
  const kept = await KeptStore.open(t);
  const [sent, named, forgotten] = [randomChunk(1), randomChunk(2), randomChunk(3)];
  for (const chunk of [sent, named, forgotten]) await kept.put(chunk);
  kept.clock.step(47 * HOUR_MS);
  assert.equal(await kept.put(sent), true);
  const unknown = randomChunk(4);
  const page = refPage([named.chunkId, unknown.chunkId]);
  const vault = await kept.vault();
  assert.deepEqual(await vault.putRefs(page.pageId, page.chunkIds), [unknown.chunkId]);
  kept.clock.step(47 * HOUR_MS);
  assert.equal((await kept.collect()).chunks, 1);
  assert.deepEqual(await Promise.all([sent, named, forgotten].map((chunk) => isThere(kept, chunk))), [
    true,
    true,
    false,
  ]);
  kept.clock.step(2 * HOUR_MS);
  assert.equal((await kept.collect()).chunks, 2);
});

test('a page without a snapshot keeps its chunks until it goes itself', async (t) => {
  const kept = await KeptStore.open(t);
  const chunk = randomChunk(50);
  await kept.put(chunk);
  const page = refPage([chunk.chunkId]);
  const vault = await kept.vault();
  kept.clock.step(47 * HOUR_MS);
  await vault.putRefs(page.pageId, page.chunkIds);
  kept.clock.step(47 * HOUR_MS);
  assert.deepEqual(await kept.collect(), { snapshots: 0, pages: 0, chunks: 0, blockedVaults: [] });
  await vault.putRefs(page.pageId, page.chunkIds);
  kept.clock.step(47 * HOUR_MS);
  assert.equal((await kept.collect()).pages, 0);
  kept.clock.step(2 * HOUR_MS);
  assert.deepEqual(await kept.collect(), { snapshots: 0, pages: 1, chunks: 1, blockedVaults: [] });
  assert.deepEqual(await vault.putRefs(page.pageId, page.chunkIds), [chunk.chunkId]);
  await assertRebuildsEqual(t, kept);
});

test('an erased chunk that is sent again is there again, also in an index made anew', async (t) => {
  const kept = await KeptStore.open(t);
  const snapshot = await kept.back(randomChunk(1_000));
  await kept.erase(snapshot);
  const again = await kept.back(...snapshot.chunks);
  await assertReadable(kept, ...again.chunks);
  const feed = await (await kept.vault()).changes(0);
  assert.deepEqual(unpackIds(feed.chunkIds), [again.chunks[0]?.chunkId]);
  assert.equal(feed.removedChunkIds.length, 0);
  await assertRebuildsEqual(t, kept);
});

test('an erased snapshot never returns: its id is refused', async (t) => {
  const kept = await KeptStore.open(t);
  const { snapshotId, pageId } = await kept.back(randomChunk(1));
  await kept.erase({ snapshotId, pageId, chunks: [] });
  const vault = await kept.vault();
  await assertRejectsCode(vault.commitSnapshot(snapshotId, Buffer.from('again'), []), 'snapshot-missing');
  await assertRejectsCode(kept.mark('kept', { snapshotId }), 'snapshot-missing');
});

/** What a client does while a collection runs, between any two of its steps. */
async function during(kept: KeptStore, work: (step: number) => Promise<void>): Promise<void> {
  const collected = watched(kept.collect());
  for (let step = 0; collected.running; step++) await work(step);
  await collected.result;
}

test('a backup that runs meanwhile loses no chunk, though it counts on ones that nothing needs any more', async (t) => {
  const kept = await KeptStore.open(t);
  const chunks = Array.from({ length: 3_000 }, (_, index) => randomChunk(1 + (index % 7)));
  const snapshot = await kept.back(...chunks.slice(0, 1_000));
  await kept.back(...chunks.slice(1_000, 2_000));
  for (const chunk of chunks.slice(2_000)) await kept.put(chunk);
  await kept.mark('trashed', snapshot);
  kept.clock.step(60 * DAY_MS);
  const snapshots: TestChunk[][] = [];
  const vault = await kept.vault();
  await during(kept, async (step) => {
    // As a client does that knows all of these chunks from its mirror: it names them, and sends what is missing.
    const used = chunks.filter((_, index) => index % 41 === step % 41);
    const page = refPage(used.map(({ chunkId }) => chunkId));
    for (const id of await vault.putRefs(page.pageId, page.chunkIds)) {
      await kept.put(chunks.find(({ chunkId }) => chunkId === id) ?? assert.fail());
    }
    await kept.commit(...used);
    snapshots.push(used);
  });
  assert.ok(snapshots.length > 1, `${snapshots.length} snapshots while collecting`);
  for (const used of snapshots) await assertReadable(kept, ...used);
  kept.clock.step(60 * DAY_MS);
  await kept.collect();
  for (const used of snapshots) await assertReadable(kept, ...used);
  await assertRebuildsEqual(t, kept);
});

test('whatever the clock does, what a request counts on stays: a page is never there without its chunks', async (t) => {
  const kept = await KeptStore.open(t);
  const chunk = randomChunk(10);
  await kept.put(chunk);
  const page = refPage([chunk.chunkId]);
  const vault = await kept.vault();
  kept.clock.step(365 * DAY_MS);
  const collected = kept.collect();
  const missing = await vault.putRefs(page.pageId, page.chunkIds);
  kept.clock.step(365 * DAY_MS);
  await collected;
  const isStored = missing.length === 0;
  assert.equal(await isThere(kept, chunk), isStored);
});

test('a vault whose page can’t be read loses no chunk', async (t) => {
  const kept = await KeptStore.open(t, {
    wrapBlobs: (blobs) =>
      wrapBlobs(blobs, {
        read: (type, place, target) =>
          type === 'ref-page'
            ? Promise.reject(new HoldfastError('storage-damaged'))
            : blobs.read(type, place, target),
      }),
  });
  const [needed, garbage] = [randomChunk(10), randomChunk(20)];
  await kept.back(needed);
  await kept.put(garbage);
  kept.clock.step(365 * DAY_MS);
  const vault = await kept.vault();
  assert.deepEqual(await kept.collect(), {
    snapshots: 0,
    pages: 0,
    chunks: 0,
    blockedVaults: [vault.vaultId],
  });
  await assertReadable(kept, needed, garbage);
});

test('of many chunks exactly those go that nothing needs', async (t) => {
  const kept = await KeptStore.open(t);
  const chunks = Array.from({ length: 2_500 }, () => randomChunk(1));
  for (const chunk of chunks) await kept.put(chunk);
  const needed = chunks.filter((_, index) => index % 3 === 0);
  await kept.commit(...needed);
  kept.clock.step(3 * DAY_MS);
  assert.equal((await kept.collect()).chunks, chunks.length - needed.length);
  await assertReadable(kept, ...needed);
  assert.equal((await (await kept.vault()).totals()).chunks, needed.length);
  assert.deepEqual(await kept.collect(), { snapshots: 0, pages: 0, chunks: 0, blockedVaults: [] });
  await assertRebuildsEqual(t, kept);
});

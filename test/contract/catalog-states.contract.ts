/** What every catalog promises of things that are marked, erased, damaged and moved, and to the jobs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { VaultId } from '../../shared/ids.ts';
import type { Catalog, IndexEntry } from '../../server/store/ports.ts';
import { headBytes } from '../../server/store/segment-record.ts';
import {
  HERE,
  NOTHING,
  chunkEntry,
  id,
  markEntry,
  pageEntry,
  place,
  shuffled,
  snapshotEntry,
  wholeFeed,
} from './catalog-entries.ts';
import type { EntryOf, OpenedCatalog } from './catalog-entries.ts';

export function catalogStatesContract(
  name: string,
  open: (test: TestContext) => Promise<OpenedCatalog>,
): void {
  const vault = () => id<VaultId>(16);

  test(`${name}: of all that is said of a thing the highest number counts, in whatever order it comes`, async (t) => {
    const vaultId = vault();
    const [chunk, page, snapshot] = [
      chunkEntry(vaultId, 1),
      pageEntry(vaultId, 2),
      snapshotEntry(vaultId, 3),
    ];
    const entries: IndexEntry[] = [
      chunk,
      page,
      snapshot,
      markEntry('trashed', 4, snapshot),
      markEntry('chunk-damaged', 5, chunk),
      { ...chunk, seq: 6, pieces: [place(600)] },
      markEntry('page-erased', 7, page),
      markEntry('pinned', 8, snapshot),
      { ...page, seq: 9, place: place(900) },
      markEntry('chunk-erased', 10, chunk),
      { ...chunk, seq: 11, pieces: [place(1_100)] },
    ];
    // Where a damaged thing was is known only if that comes first, as it always does.
    const last = markEntry('page-damaged', 12, page);
    const views: unknown[] = [];
    for (let run = 0; run < 12; run++) {
      const { catalog } = await open(t);
      const order = run === 0 ? entries : shuffled(entries);
      for (const entry of [...order, last]) await catalog.index([entry], HERE);
      const { vaults, upkeep } = catalog;
      views.push({
        chunk: await vaults.findChunk(vaultId, chunk.chunkId),
        hasPage: await vaults.hasRefPage(vaultId, page.pageId),
        page: await vaults.findRefPage(vaultId, page.pageId),
        mark: await vaults.findMark(vaultId, snapshot.snapshotId),
        totals: await vaults.totals(vaultId),
        feed: await vaults.changes(vaultId, 0),
        live: [...(await upkeep.liveBytes())],
        damaged: await upkeep.damaged(vaultId, 'page', 10),
      });
      catalog.close();
    }
    const [first] = views;
    for (const view of views) assert.deepEqual(view, first);
    assert.deepEqual((first as { chunk: unknown }).chunk, [place(1_100)]);
    assert.deepEqual((first as { damaged: unknown }).damaged, [page.pageId]);
  });

  test(`${name}: an erased snapshot is gone, also if its record or a mark comes later`, async (t) => {
    const { catalog } = await open(t);
    const snapshot = snapshotEntry(vault(), 5);
    const { vaultId, snapshotId } = snapshot;
    await catalog.index([markEntry('snapshot-erased', 9, snapshot)], HERE);
    await catalog.index([snapshot, markEntry('trashed', 6, snapshot)], HERE);
    assert.equal(await catalog.vaults.findSnapshot(vaultId, snapshotId), undefined);
    assert.equal((await catalog.vaults.findMark(vaultId, snapshotId))?.mark, 'erased');
    const { erasedSnapshotIds, marks, snapshots, headSeq } = await catalog.vaults.changes(vaultId, 0);
    assert.deepEqual([erasedSnapshotIds, snapshots, headSeq], [[snapshotId], [], 9]);
    assert.deepEqual(
      marks.map(({ mark }) => mark),
      ['trashed'],
    );
    assert.deepEqual(await catalog.vaults.totals(vaultId), NOTHING);
    assert.deepEqual(await catalog.upkeep.livingSnapshots(vaultId), []);
    catalog.close();
  });

  test(`${name}: the change feed tells removed chunks, marks and erasures once, in answers that fit a frame`, async (t) => {
    const { catalog } = await open(t);
    const vaultId = vault();
    let seq = 0;
    const chunks = Array.from({ length: 5_000 }, () => chunkEntry(vaultId, ++seq));
    const snapshots = Array.from({ length: 600 }, () => snapshotEntry(vaultId, ++seq));
    const marks: IndexEntry[] = [];
    for (let start = 0; start < 600; start += 300) {
      marks.push(markEntry('trashed', seq + 1, ...snapshots.slice(start, start + 300)));
      seq += 300;
    }
    marks.push(markEntry('snapshot-erased', seq + 1, ...snapshots.slice(0, 400)));
    seq += 400;
    marks.push(markEntry('chunk-erased', seq + 1, ...chunks.slice(0, 4_500)));
    await catalog.index([...chunks, ...snapshots, ...marks], HERE);
    const feed = await wholeFeed(catalog, vaultId);
    const idsOf = (entries: typeof chunks) => entries.map(({ chunkId }) => chunkId);
    assert.deepEqual(feed.chunkIds, idsOf(chunks.slice(4_500)));
    assert.deepEqual(feed.removedChunkIds, idsOf(chunks.slice(0, 4_500)));
    const snapshotIds = snapshots.map(({ snapshotId }) => snapshotId);
    assert.deepEqual(feed.snapshotIds, snapshotIds.slice(400));
    assert.deepEqual(feed.markedIds, snapshotIds);
    assert.deepEqual(feed.erasedIds, snapshotIds.slice(0, 400));
    catalog.close();
  });

  test(`${name}: damaged chunks are missing but still found, and counted until they are stored anew`, async (t) => {
    const { catalog } = await open(t);
    const chunk = chunkEntry(vault(), 1);
    const { vaultId, chunkId } = chunk;
    await catalog.index([chunk, markEntry('chunk-damaged', 2, chunk)], HERE);
    assert.equal(await catalog.vaults.hasChunk(vaultId, chunkId), false);
    assert.deepEqual(await catalog.vaults.missingChunks(vaultId, [chunkId]), [chunkId]);
    assert.deepEqual(await catalog.vaults.findChunk(vaultId, chunkId), chunk.pieces);
    assert.deepEqual(await catalog.upkeep.damaged(vaultId, 'chunk', 10), [chunkId]);
    assert.deepEqual(await catalog.vaults.totals(vaultId), { ...NOTHING, damagedChunks: 1 });
    await catalog.index([{ ...chunk, seq: 3 }], HERE);
    assert.equal(await catalog.vaults.hasChunk(vaultId, chunkId), true);
    assert.deepEqual(await catalog.vaults.totals(vaultId), { ...NOTHING, chunks: 1, storedBytes: 100 });
    catalog.close();
  });

  test(`${name}: slices tell all that is stored, in the order of ids, and nothing of what is erased`, async (t) => {
    const { catalog } = await open(t);
    const vaultId = vault();
    const chunks = Array.from({ length: 3_200 }, (_, index) => chunkEntry(vaultId, index + 1));
    const erased = markEntry('chunk-erased', 5_000, ...chunks.slice(0, 700));
    await catalog.index([...chunks, chunkEntry(vault(), 1), erased], HERE);
    const found: string[] = [];
    let after: Buffer | undefined;
    do {
      const { things, end } = await catalog.upkeep.stored(vaultId, 'chunk', after);
      found.push(...things.map(({ id: bytes }) => bytes.toString('hex')));
      assert.ok(things.every(({ storedBytes, places }) => storedBytes === 100 && places.length === 1));
      after = end;
    } while (after !== undefined);
    const stored = chunks.slice(700).map(({ chunkId }) => chunkId as string);
    assert.deepEqual(found, stored.sort());
    catalog.close();
  });

  test(`${name}: being wanted is noted, and tells what may go from what may not`, async (t) => {
    const { catalog } = await open(t);
    const vaultId = vault();
    const [old, confirmed, erased] = [chunkEntry(vaultId, 1), chunkEntry(vaultId, 2), chunkEntry(vaultId, 3)];
    await catalog.index([old, confirmed, erased, markEntry('chunk-erased', 4, erased)], HERE);
    const dayMs = 86_400_000;
    await catalog.vaults.confirm(vaultId, 'chunk', [confirmed.chunkId, id(32)], dayMs);
    const ids = [old, confirmed, erased].map(({ chunkId }) => chunkId);
    assert.deepEqual(await catalog.upkeep.unconfirmed(vaultId, 'chunk', ids, dayMs), [old.chunkId]);
    assert.deepEqual(await catalog.upkeep.unconfirmed(vault(), 'chunk', ids, dayMs), []);
    catalog.close();
  });

  test(`${name}: live bytes are those of the records that count, also after a failure to index`, async (t) => {
    const { catalog, reopen } = await open(t);
    const chunk = chunkEntry(vault(), 1, [place(1, 10), { segment: 4, offset: 5, bodyBytes: 20 }]);
    await catalog.index([chunk], HERE);
    const pieceHead = headBytes('piece');
    const live = async (of: Catalog) => Object.fromEntries(await of.upkeep.liveBytes());
    assert.deepEqual(await live(catalog), { 3: pieceHead + 10, 4: pieceHead + 20 });
    const broken = { ...chunk, chunkId: undefined } as unknown as EntryOf<'chunk'>;
    await assert.rejects(catalog.index([chunkEntry(chunk.vaultId, 2), broken], HERE));
    const moved = {
      ...chunk,
      pieces: [
        { segment: 9, offset: 1, bodyBytes: 10 },
        { segment: 9, offset: 2, bodyBytes: 20 },
      ],
    };
    await catalog.index([moved], HERE);
    await catalog.upkeep.makeDurable();
    const again = await reopen();
    assert.deepEqual(await live(again), { 9: 2 * pieceHead + 30 });
    assert.deepEqual(await again.vaults.findChunk(chunk.vaultId, chunk.chunkId), moved.pieces);
    again.close();
  });

  test(`${name}: how far a scrub is survives a restart`, async (t) => {
    const { catalog, reopen } = await open(t);
    assert.deepEqual(await catalog.upkeep.scrubState(), { nextSegment: undefined, finishedAtMs: 0 });
    await catalog.upkeep.setScrubState({ nextSegment: 7, finishedAtMs: 5 });
    const again = await reopen();
    assert.deepEqual(await again.upkeep.scrubState(), { nextSegment: 7, finishedAtMs: 5 });
    again.close();
  });
}

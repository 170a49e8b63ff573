/** What a scrub finds, what becomes of it, and how it heals. */
import assert from 'node:assert/strict';
import { rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { segmentName } from '../../server/store/disk/segment-names.ts';
import type { Place } from '../../server/store/ports.ts';
import type { ScrubReport } from '../../server/jobs/scrub.ts';
import { Scrub } from '../../server/jobs/scrub.ts';
import { createLog } from '../../server/log.ts';
import { dumpIndex, dumpOfRebuild } from './index-dump.ts';
import { DAY_MS, KeptStore } from './kept-store.ts';
import { harmRecord } from './segment-harm.ts';
import { randomChunk, randomSnapshotId, refPage, unpackIds } from './wire-client.ts';
import type { TestChunk } from './wire-client.ts';

async function placesOf(kept: KeptStore, { chunkId }: TestChunk): Promise<readonly Place[]> {
  return (await kept.vault()).findChunk(chunkId);
}

async function harmChunk(kept: KeptStore, chunk: TestChunk, piece = 0): Promise<void> {
  harmRecord(kept.folder, (await placesOf(kept, chunk))[piece] ?? assert.fail());
}

function segmentFile({ folder }: KeptStore, { segment }: Place): string {
  return join(folder, 'segments', segmentName(segment));
}

test('a scrub of sound segments finds nothing and says when it ended', async (t) => {
  const kept = await KeptStore.open(t);
  for (let i = 0; i < 5; i++) await kept.back(randomChunk(30_000, 10), randomChunk(40_000));
  assert.equal((await kept.catalog.upkeep.scrubState()).finishedAtMs, 0);
  const { segments, damagedRecords } = await kept.scrub();
  assert.deepEqual([segments, damagedRecords], [kept.blobs.segments().length, 0]);
  assert.deepEqual(await kept.catalog.upkeep.scrubState(), {
    nextSegment: undefined,
    finishedAtMs: kept.clock.nowMs(),
  });
  assert.deepEqual(await (await kept.vault()).damage(), { chunkIds: [], snapshotIds: [] });
});

test('a chunk that a reader finds damaged counts as missing at once, and is said so once', async (t) => {
  const kept = await KeptStore.open(t);
  const [harmed, sound] = [randomChunk(1_000, 2_000), randomChunk(50)];
  const { snapshotId } = await kept.back(harmed, sound);
  const vault = await kept.vault();
  const before = vault.headSeq;
  await kept.read(sound);
  assert.equal(vault.headSeq, before);
  await harmChunk(kept, harmed, 1);
  for (let time = 0; time < 3; time++) await assert.rejects(kept.read(harmed), { code: 'storage-damaged' });
  assert.deepEqual(await vault.damage(), { chunkIds: [harmed.chunkId], snapshotIds: [snapshotId] });
  assert.deepEqual(unpackIds((await vault.changes(before)).removedChunkIds), [harmed.chunkId]);
  assert.equal(vault.headSeq, before + 1);
});

test('a damaged chunk is found, named with the snapshots that need it, and healed when it is sent again', async (t) => {
  const kept = await KeptStore.open(t);
  const [harmed, sound, other] = [randomChunk(1_000, 2_000), randomChunk(50), randomChunk(60)];
  const hit = await kept.back(harmed, sound);
  const alsoHit = await kept.back(harmed, other);
  await kept.back(sound, other);
  const vault = await kept.vault();
  const seqBefore = (await vault.changes(0)).headSeq;
  await harmChunk(kept, harmed, 1);
  assert.equal((await kept.scrub()).damagedRecords, 1);
  assert.deepEqual(await vault.damage(), {
    chunkIds: [harmed.chunkId],
    snapshotIds: [hit.snapshotId, alsoHit.snapshotId],
  });
  assert.equal((await vault.totals()).damagedChunks, 1);
  const feed = await vault.changes(seqBefore);
  assert.deepEqual(unpackIds(feed.removedChunkIds), [harmed.chunkId]);
  // What can be read of it is still given out; the rest says why not.
  await assert.rejects(kept.read(harmed), { code: 'storage-damaged' });

  const page = refPage([harmed.chunkId, sound.chunkId]);
  assert.deepEqual(await vault.putRefs(page.pageId, page.chunkIds), [harmed.chunkId]);
  assert.deepEqual(await vault.commitSnapshot(randomSnapshotId(), Buffer.from('new'), [hit.pageId]), {
    type: 'missing-pages',
    refPages: [hit.pageId],
  });
  assert.equal(await kept.put(harmed), false);
  assert.deepEqual(await kept.read(harmed), Buffer.concat(harmed.pieces));
  assert.deepEqual(await vault.damage(), { chunkIds: [], snapshotIds: [] });
  assert.deepEqual(await vault.putRefs(page.pageId, page.chunkIds), []);
  await kept.commit(harmed, sound);
  assert.equal((await kept.scrub()).damagedRecords, 0);
});

test('a chunk that was damaged when the index was made anew is found missing, and healed', async (t) => {
  const kept = await KeptStore.open(t);
  const [harmed, sound] = [randomChunk(1_000), randomChunk(50)];
  const { snapshotId, pageId } = await kept.back(harmed, sound);
  await harmChunk(kept, harmed);
  await kept.close();
  for (const suffix of ['', '-wal', '-shm'])
    rmSync(join(kept.folder, `index.sqlite${suffix}`), { force: true });
  const rebuilt = await kept.reopen(t);
  const vault = await rebuilt.vault();
  const before = vault.headSeq;
  for (const damagedRecords of [1, 0]) assert.equal((await rebuilt.scrub()).damagedRecords, damagedRecords);
  assert.deepEqual(await vault.damage(), { chunkIds: [harmed.chunkId], snapshotIds: [snapshotId] });
  assert.deepEqual(unpackIds((await vault.changes(before)).removedChunkIds), [harmed.chunkId]);
  assert.deepEqual(await vault.commitSnapshot(randomSnapshotId(), Buffer.from('new'), [pageId]), {
    type: 'missing-pages',
    refPages: [pageId],
  });
  assert.equal(await rebuilt.put(harmed), false);
  await rebuilt.commit(harmed, sound);
  assert.deepEqual(await rebuilt.read(harmed), Buffer.concat(harmed.pieces));
  assert.deepEqual(await vault.damage(), { chunkIds: [], snapshotIds: [] });
});

test('damage is kept over a restart and in an index made anew', async (t) => {
  const kept = await KeptStore.open(t);
  const [harmed, sound] = [randomChunk(1_000), randomChunk(50)];
  const { snapshotId } = await kept.back(harmed, sound);
  await harmChunk(kept, harmed);
  await kept.scrub();
  const again = await kept.reopen(t);
  const damage = { chunkIds: [harmed.chunkId], snapshotIds: [snapshotId] };
  assert.deepEqual(await (await again.vault()).damage(), damage);
  await again.close();
  for (const suffix of ['', '-wal', '-shm'])
    rmSync(join(kept.folder, `index.sqlite${suffix}`), { force: true });
  const rebuilt = await again.reopen(t);
  const vault = await rebuilt.vault();
  assert.deepEqual(await vault.damage(), damage);
  await assert.rejects(vault.findChunk(harmed.chunkId), { code: 'storage-damaged' });
  assert.equal(await rebuilt.put(harmed), false);
  assert.deepEqual(await rebuilt.read(harmed), Buffer.concat(harmed.pieces));
  await rebuilt.close();
  const { dump } = await dumpOfRebuild(join(kept.folder, 'segments'));
  assert.deepEqual(dump, dumpIndex(join(kept.folder, 'index.sqlite')));
});

test('a damaged page is missing until it is put again; meanwhile no chunk of the vault is erased', async (t) => {
  const kept = await KeptStore.open(t);
  const [needed, garbage] = [randomChunk(100), randomChunk(200)];
  const { snapshotId, pageId } = await kept.back(needed);
  await kept.put(garbage);
  const vault = await kept.vault();
  const place = await kept.catalog.vaults.findRefPage(vault.vaultId, pageId);
  harmRecord(kept.folder, place ?? assert.fail(), 100);
  assert.equal((await kept.scrub()).damagedRecords, 1);
  assert.deepEqual(await vault.damage(), { chunkIds: [], snapshotIds: [snapshotId] });
  kept.clock.step(5 * DAY_MS);
  assert.deepEqual((await kept.collect()).blockedVaults, [vault.vaultId]);
  assert.deepEqual(await kept.read(garbage), Buffer.concat(garbage.pieces));
  await kept.commit(needed);
  assert.deepEqual(await vault.damage(), { chunkIds: [], snapshotIds: [] });
  assert.equal((await kept.collect()).chunks, 1);
  assert.deepEqual(await kept.read(needed), Buffer.concat(needed.pieces));
});

test('damaged records of snapshots and marks are written anew from the index', async (t) => {
  const kept = await KeptStore.open(t);
  const snapshot = await kept.back(randomChunk(100));
  await kept.mark('pinned', snapshot);
  const harmed: string[] = [];
  for (const scanned of kept.blobs.scan({ segment: 0, offset: 0 })) {
    if (scanned.type !== 'record' || !['snapshot', 'mark'].includes(scanned.head.type)) continue;
    harmRecord(kept.folder, scanned.place, 100);
    harmed.push(scanned.head.type);
  }
  assert.deepEqual(harmed.sort(), ['mark', 'snapshot']);
  assert.equal((await kept.scrub()).damagedRecords, 2);
  assert.equal((await kept.scrub()).damagedRecords, 0);
  await kept.reopen(t).then((again) => again.close());
  const { dump } = await dumpOfRebuild(join(kept.folder, 'segments'));
  assert.deepEqual(dump, dumpIndex(join(kept.folder, 'index.sqlite')));
  assert.equal(dump.snapshots.length, 1);
  assert.equal(dump.snapshotMarks.length, 1);
});

for (const [what, harm] of [
  [
    'a segment that is gone',
    (file: string) => {
      rmSync(file);
    },
  ],
  [
    'a segment that is cut short at a record’s end',
    (file: string, end: number) => {
      truncateSync(file, end);
    },
  ],
  [
    'a segment whose head is damaged',
    (file: string) => {
      harmHead(file);
    },
  ],
] as const) {
  test(`${what} is damage of all that was in it, and of nothing else`, async (t) => {
    const kept = await KeptStore.open(t, { segmentSizeBytes: 5_000 });
    const chunks = Array.from({ length: 20 }, (_, index) => randomChunk(1_000 + index));
    await kept.back(...chunks);
    const places = await Promise.all(chunks.map((chunk) => placesOf(kept, chunk)));
    const first = places[4]?.[0] ?? assert.fail();
    harm(segmentFile(kept, first), first.offset);
    const again = await kept.reopen(t);
    await again.scrub();
    const lost = chunks.filter((_, n) => {
      const place = places[n]?.[0] ?? assert.fail();
      const isCut = what.includes('cut short') ? place.offset >= first.offset : true;
      return place.segment === first.segment && isCut;
    });
    assert.ok(lost.length > 0 && lost.length < 8);
    const vault = await again.vault();
    assert.deepEqual((await vault.damage()).chunkIds.sort(), lost.map(({ chunkId }) => chunkId).sort());
    for (const chunk of lost) await again.put(chunk);
    for (const chunk of chunks) assert.deepEqual(await again.read(chunk), Buffer.concat(chunk.pieces));
  });
}

function harmHead(file: string): void {
  const folder = join(file, '..', '..');
  harmRecord(folder, { segment: Number(/(\d+)\.segment$/.exec(file)?.[1]), offset: 0 }, 20);
  assert.ok(statSync(file).size > 0);
}

test('what is dead may be damaged: nobody hears of it', async (t) => {
  const kept = await KeptStore.open(t);
  const snapshot = await kept.back(randomChunk(1_000));
  const [chunk] = snapshot.chunks;
  const [place] = await placesOf(kept, chunk ?? assert.fail());
  await kept.erase(snapshot);
  harmRecord(kept.folder, place ?? assert.fail());
  assert.equal((await kept.scrub()).damagedRecords, 0);
});

test('a scrub that the server’s end cut short goes on where it was', async (t) => {
  const kept = await KeptStore.open(t, { segmentSizeBytes: 3_000 });
  for (let i = 0; i < 12; i++) await kept.put(randomChunk(2_000));
  const stopping = new AbortController();
  let noted = 0;
  const upkeep = new Proxy(kept.store.upkeep.catalog.upkeep, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (name === 'setScrubState' && ++noted === 6) stopping.abort();
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
    },
  });
  const catalog = Object.assign(Object.create(kept.catalog) as typeof kept.catalog, { upkeep });
  const scrub = new Scrub({
    upkeep: { ...kept.store.upkeep, catalog },
    clock: kept.clock,
    log: createLog('silent'),
    signal: stopping.signal,
    bytesPerSecond: 1e9,
    onVaultChanged: () => undefined,
  });
  await scrub.begin();
  await assert.rejects(scrub.run(), { code: 'shutting-down' });
  const { nextSegment } = await kept.catalog.upkeep.scrubState();
  assert.ok(nextSegment !== undefined && nextSegment > 1 && nextSegment < 12);
  const again = await kept.reopen(t);
  const report: ScrubReport = await again.scrub();
  assert.equal(report.segments, again.blobs.segments().filter((segment) => segment >= nextSegment).length);
});

test('a scrub reads no faster than it may', async (t) => {
  const kept = await KeptStore.open(t);
  for (let i = 0; i < 10; i++) await kept.put(randomChunk(50_000));
  const scrub = new Scrub({
    upkeep: kept.store.upkeep,
    clock: kept.clock,
    log: createLog('silent'),
    signal: new AbortController().signal,
    bytesPerSecond: 1_000_000,
    onVaultChanged: () => undefined,
  });
  await scrub.begin();
  const startMs = performance.now();
  await scrub.run();
  assert.ok(performance.now() - startMs > 400);
});

/** What compaction gives back to the disk, and that it loses nothing, wherever it is cut short. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Catalog } from '../../server/store/ports.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { wrapBlobs } from './blob-wrappers.ts';
import { dumpIndex, dumpOfRebuild } from './index-dump.ts';
import { KeptStore } from './kept-store.ts';
import type { KeptSnapshot } from './kept-store.ts';
import { harmRecord } from './segment-harm.ts';
import { watched } from './watched.ts';
import { putPieces, randomChunk } from './wire-client.ts';
import type { TestChunk } from './wire-client.ts';

function diskBytes({ folder }: KeptStore): number {
  const segments = join(folder, 'segments');
  return readdirSync(segments).reduce((sum, name) => sum + statSync(join(segments, name)).size, 0);
}

async function assertReadable(kept: KeptStore, chunks: readonly TestChunk[]): Promise<void> {
  for (const chunk of chunks) assert.deepEqual(await kept.read(chunk), Buffer.concat(chunk.pieces));
}

/** Index and records agree, after a restart and in an index made anew. */
async function assertSound(t: TestContext, kept: KeptStore, chunks: readonly TestChunk[]): Promise<void> {
  await assertReadable(kept, chunks);
  const again = await kept.reopen(t);
  await assertReadable(again, chunks);
  await again.close();
  const { dump, report } = await dumpOfRebuild(join(kept.folder, 'segments'));
  assert.deepEqual(dump, dumpIndex(join(kept.folder, 'index.sqlite')));
  assert.deepEqual(report.damages, []);
}

/** Sends all first pieces, then all second ones, and so on. */
async function putMixed(kept: KeptStore, chunks: readonly TestChunk[]): Promise<void> {
  const vault = await kept.vault();
  const uploads = chunks.map((chunk) => ({
    upload: vault.beginChunk(chunk.chunkId),
    pieces: putPieces(chunk),
  }));
  const stored: unknown[] = [];
  for (let index = 0; index < 3; index++) {
    for (const { upload, pieces } of uploads) stored.push(upload.append(pieces[index] ?? assert.fail()));
  }
  await Promise.all(stored);
}

/** Snapshots whose chunks of several pieces lie mixed over many segments; every second one is erased. */
async function halfErased(kept: KeptStore, count = 6, pieceBytes = 9_000): Promise<readonly KeptSnapshot[]> {
  const snapshots: KeptSnapshot[] = [];
  for (let i = 0; i < count; i++) {
    const chunks = Array.from({ length: 6 }, (_, n) => randomChunk(pieceBytes, pieceBytes + n, 40 * n));
    await putMixed(kept, chunks);
    snapshots.push(await kept.commit(...chunks));
  }
  await kept.erase(...snapshots.filter((_, index) => index % 2 === 1));
  await kept.put(randomChunk(10 * pieceBytes)); // what is above lies in full segments
  return snapshots.filter((_, index) => index % 2 === 0);
}

function chunksOf(snapshots: readonly KeptSnapshot[]): TestChunk[] {
  return snapshots.flatMap(({ chunks }) => [...chunks]);
}

test('what is dead is given back to the disk; what is alive is read as before, also after a restart and a rebuild', async (t) => {
  const kept = await KeptStore.open(t);
  const alive = chunksOf(await halfErased(kept));
  const before = diskBytes(kept);
  // Chunks that lie in two segments leave something dead in the second: a pass or two more take that.
  let [freedBytes, passes] = [0, 0];
  for (let segments = 1; segments > 0; passes++) {
    const report = await kept.compact(0.05);
    segments = report.segments;
    freedBytes += report.freedBytes;
  }
  assert.ok(passes > 1 && passes < 6, `${passes} passes`);
  const freed = before - diskBytes(kept);
  assert.ok(freed > 0.4 * before, `${freed} of ${before}`);
  assert.ok(Math.abs(freed - freedBytes) < 20_000, `${freed} was said to be ${freedBytes}`);
  await assertSound(t, kept, alive);
});

test('a vault that is emptied leaves next to nothing', async (t) => {
  const kept = await KeptStore.open(t);
  const snapshots = await halfErased(kept);
  await kept.erase(...snapshots);
  await kept.put(randomChunk(95_000));
  await kept.compact();
  assert.ok(diskBytes(kept) < 200_000, `${diskBytes(kept)}`);
  await assertSound(t, kept, []);
});

test('segments with little dead in them are left alone, as are those at and behind the checkpoint', async (t) => {
  const kept = await KeptStore.open(t);
  const coming = (await kept.vault()).beginChunk(randomChunk(1).chunkId);
  const [first] = putPieces(randomChunk(10, 10));
  void coming.append(first ?? assert.fail()); // holds the checkpoint from here on
  await halfErased(kept);
  assert.deepEqual(await kept.compact(), { segments: 0, freedBytes: 0 });
  coming.abandon();
  await kept.put(randomChunk(10));
  const wholeDead = await kept.compact(1);
  assert.ok((await kept.compact()).segments > wholeDead.segments);
});

test('a reader who looked a chunk up before it moved goes on, without noticing', async (t) => {
  const kept = await KeptStore.open(t);
  const alive = chunksOf(await halfErased(kept));
  const vault = await kept.vault();
  const places = await Promise.all(alive.map(({ chunkId }) => vault.findChunk(chunkId)));
  await kept.compact();
  let moved = 0;
  for (const [n, chunk] of alive.entries()) {
    for (const [index, place] of (places[n] ?? []).entries()) {
      const target = new Uint8Array(place.bodyBytes);
      const piece = await vault.readPiece(chunk.chunkId, index, place, target);
      assert.equal(piece.index, index);
      assert.deepEqual(Buffer.from(target), chunk.pieces[index]);
      if (!existsSync(join(kept.folder, 'segments', `${String(place.segment).padStart(8, '0')}.segment`)))
        moved++;
    }
  }
  assert.ok(moved > 10, `${moved} pieces had moved`);
});

test('backups and reads go on while it runs', async (t) => {
  const kept = await KeptStore.open(t);
  const alive = chunksOf(await halfErased(kept, 10));
  const compacted = watched(kept.compact());
  const added: TestChunk[] = [];
  while (compacted.running) {
    const chunk = randomChunk(5_000, 5_000);
    await kept.back(chunk);
    added.push(chunk);
    await assertReadable(kept, alive.slice(added.length % alive.length, (added.length % alive.length) + 3));
  }
  assert.ok((await compacted.result).segments > 0 && added.length > 1, `${added.length} backups meanwhile`);
  await assertSound(t, kept, [...alive, ...added]);
});

test('a chunk that is erased or sent anew while it is copied is not brought back', async (t) => {
  let atFirstCopy: (() => Promise<void>) | undefined;
  const kept = await KeptStore.open(t, {
    wrapBlobs: (blobs) =>
      wrapBlobs(blobs, {
        read: async (type, place, target) => {
          const head = await blobs.read(type, place, target);
          const then = atFirstCopy;
          atFirstCopy = undefined;
          await then?.();
          return head;
        },
      }),
  });
  const [first, ...others] = await halfErased(kept);
  assert.ok(first);
  await kept.mark('trashed', first);
  kept.clock.step(31 * 24 * 3_600_000);
  atFirstCopy = async () => {
    await kept.collect();
  };
  await kept.compact();
  assert.equal(atFirstCopy, undefined);
  const vault = await kept.vault();
  for (const { chunkId } of first.chunks) {
    await assert.rejects(vault.findChunk(chunkId), { code: 'chunk-missing' });
  }
  await assertSound(t, kept, chunksOf(others));
});

test('a segment with a live record that can’t be read stays, with all of it', async (t) => {
  const kept = await KeptStore.open(t);
  const alive = chunksOf(await halfErased(kept));
  const [harmed, ...sound] = alive;
  assert.ok(harmed);
  const [place] = await (await kept.vault()).findChunk(harmed.chunkId);
  assert.ok(place);
  harmRecord(kept.folder, place);
  await kept.compact();
  assert.ok(kept.blobs.segments().includes(place.segment));
  await assert.rejects(kept.read(harmed), { code: 'storage-damaged' });
  await assertReadable(kept, sound);
});

test('a full disk ends it; what was there is there, and the next pass goes on', async (t) => {
  let full = false;
  const kept = await KeptStore.open(t, {
    wrapBlobs: (blobs) =>
      wrapBlobs(blobs, {
        append: (head, body) => {
          if (full) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
          return blobs.append(head, body);
        },
      }),
  });
  const alive = chunksOf(await halfErased(kept));
  full = true;
  await assert.rejects(kept.compact());
  await assertReadable(kept, alive);
  full = false;
  assert.ok((await kept.compact()).segments > 0);
  await assertSound(t, kept, alive);
});

/** Calls `at` before and after everything that changes the disk. */
function stepping(at: () => void) {
  const around =
    <A extends readonly unknown[], R>(work: (...args: A) => R) =>
    (...args: A): R => {
      at();
      const result = work(...args);
      at();
      return result;
    };
  const wrapCatalog = (catalog: Catalog): Catalog => ({
    vaults: catalog.vaults,
    accounts: catalog.accounts,
    sessions: catalog.sessions,
    invites: catalog.invites,
    upkeep: new Proxy(catalog.upkeep, {
      get: (upkeep, name) => {
        if (name === 'makeDurable') return around(() => upkeep.makeDurable());
        const value: unknown = Reflect.get(upkeep, name);
        return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(upkeep) : value;
      },
    }),
    index: around((...args: Parameters<Catalog['index']>) => catalog.index(...args)),
    checkpoint: () => catalog.checkpoint(),
    close: () => {
      catalog.close();
    },
  });
  return {
    wrapCatalog,
    wrapBlobs: (blobs: Parameters<typeof wrapBlobs>[0]) =>
      wrapBlobs(blobs, {
        append: around(blobs.append.bind(blobs)),
        sync: around(blobs.sync.bind(blobs)),
        removeSegment: around(blobs.removeSegment.bind(blobs)),
      }),
  };
}

for (const lost of ['nothing', 'all that the index was told since compaction began'] as const) {
  test(`a crash between any two steps of compaction that costs ${lost} loses nothing`, async (t) => {
    const crashes: string[] = [];
    const home = await tempDir(t);
    let watching = false;
    let kept: KeptStore | undefined = undefined as KeptStore | undefined;
    const at = () => {
      if (!watching || kept === undefined) return;
      const folder = join(home, String(crashes.length));
      cpSync(kept.folder, folder, { recursive: true });
      crashes.push(folder);
    };
    kept = await KeptStore.open(t, { ...stepping(at), segmentSizeBytes: 6_000 });
    const alive = chunksOf(await halfErased(kept, 4, 300));
    const oldIndex = join(home, 'old-index');
    cpSync(kept.folder, oldIndex, { recursive: true });
    watching = true;
    await kept.compact();
    watching = false;
    assert.ok(crashes.length > 40, `${crashes.length} moments`);
    for (const [moment, folder] of crashes.entries()) {
      if (lost !== 'nothing') {
        for (const suffix of ['', '-wal', '-shm']) {
          const name = `index.sqlite${suffix}`;
          if (existsSync(join(oldIndex, name))) cpSync(join(oldIndex, name), join(folder, name));
        }
      }
      const crashed = await kept.crashed(t, folder);
      try {
        await assertSound(t, crashed, alive);
      } catch (error) {
        throw new Error(`moment ${moment} of ${crashes.length}: ${String(error).slice(0, 3000)}`, {
          cause: error,
        });
      }
    }
  });
}

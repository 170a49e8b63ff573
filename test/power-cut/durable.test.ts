/** What must be synced, one promise at a time: the random power cuts meet some of these moments too seldom. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ChunkId, RefPageId, VaultId } from '../../shared/ids.ts';
import { checksum } from '../../server/checksum.ts';
import { restoreCopy } from '../../server/copy/restore-copy.ts';
import { takeCopy } from '../../server/copy/take-copy.ts';
import { openDataFolder } from '../../server/data-folder.ts';
import { loadOpaqueSetup } from '../../server/auth/opaque-setup.ts';
import type { BlobStore } from '../../server/store/ports.ts';
import { SegmentStore } from '../../server/store/disk/segment-store.ts';
import { rebuildIndex } from '../../server/store/rebuild-index.ts';
import { SqliteCatalog } from '../../server/store/sqlite/sqlite-catalog.ts';
import { systemClock } from '../../server/system.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import type { CleanUp } from '../helpers/temp-dir.ts';
import { KeptStore } from '../server/kept-store.ts';
import { testRandom } from '../server/test-server.ts';
import { randomChunk } from '../server/wire-client.ts';
import { wrapBlobs } from '../server/blob-wrappers.ts';
import { AfterCut } from './after-cut.ts';
import { DiskTape } from './disk-tape.ts';
import type { DiskStep } from './disk-tape.ts';
import { RecordedDisk } from './recorded-disk.ts';

const VAULT_ID = 'ab'.repeat(16) as VaultId;

/** What `act` does to the files in `root`. */
async function recordedIn(
  root: string,
  act: (disk: RecordedDisk) => Promise<void> | void,
): Promise<DiskTape> {
  const disk = new RecordedDisk(root, DiskTape.startingWith(root), seededRandom(1));
  disk.start();
  try {
    await act(disk);
  } finally {
    disk.stop();
  }
  return disk.tape;
}

/** Changes of names that a power cut can still take back at the end of the tape. */
function openNames(tape: DiskTape): DiskStep[] {
  const durable = tape.durable(tape.length);
  return tape.steps.filter((step, number) => 'name' in step && !durable.has(number));
}

test('a data folder that was just made survives a power cut, with all folders above it that were made', async (t) => {
  const root = await tempDir(t);
  const tape = await recordedIn(root, () => {
    openDataFolder(join(root, 'backups', 'holdfast', 'data'));
  });
  assert.equal(tape.steps.filter(({ type }) => type === 'link').length, 3);
  assert.deepEqual(openNames(tape), []);
});

test('a data folder whose maker was killed at any step survives a power cut once it is opened', async (t) => {
  const root = await tempDir(t);
  const path = ['backups', 'holdfast', 'data'];
  const made = await recordedIn(root, () => {
    openDataFolder(join(root, ...path));
  });
  for (let end = 0; end <= made.length; end++) {
    const left = join(root, `left-${end}`);
    new AfterCut(made, end, 'nothing is lost', seededRandom(1)).writeTo(left);
    const disk = new RecordedDisk(left, made.until(end), seededRandom(1));
    disk.start();
    openDataFolder(join(left, ...path));
    disk.stop();
    assert.deepEqual(openNames(disk.tape), [], `killed at step ${end} of ${made.length}`);
  }
});

test('a copy that was just taken survives a power cut, and so does a data folder just brought back from one', async (t) => {
  const root = await tempDir(t);
  const source = openDataFolder(join(root, 'data'));
  loadOpaqueSetup({ path: source.opaqueSetup, needed: false }, () => 'setup');
  SegmentStore.open({ folder: source.segments, segmentSizeBytes: 100_000, random: testRandom }).close();
  const copy = join(root, 'copies', 'first');
  const taken = await recordedIn(root, () => void takeCopy(source, copy, systemClock));
  assert.deepEqual(openNames(taken), []);
  const brought = await recordedIn(root, () => void restoreCopy(copy, join(root, 'new', 'data')));
  assert.deepEqual(openNames(brought), []);
});

test('a segment whose maker was killed before its name was durable survives a power cut once it is opened', async (t) => {
  const root = await tempDir(t);
  const options = { folder: join(root, 'segments'), segmentSizeBytes: 100_000, random: testRandom };
  const head = { type: 'ref-page', vaultId: VAULT_ID, pageId: 'cd'.repeat(32) as RefPageId, seq: 1 } as const;
  const body = Buffer.alloc(96);
  const made = new RecordedDisk(root, DiskTape.startingWith(root), seededRandom(1));
  made.start();
  SegmentStore.open({ ...options, disk: made.calls }).append({ ...head, bodyChecksum: checksum(body) }, body);
  made.stop();
  const linked = made.tape.steps.findIndex((step) => step.type === 'link' && step.name.endsWith('.segment'));
  // Killed when the file was whole, before its folder was synced.
  const disk = new RecordedDisk(root, made.tape.until(linked + 2), seededRandom(1));
  disk.start();
  SegmentStore.open({ ...options, disk: disk.calls });
  disk.stop();
  assert.deepEqual(openNames(disk.tape), []);
});

test('OPAQUE’s setup is there whole, or not at all, whenever the power fails while it is written', async (t) => {
  const root = await tempDir(t);
  const path = join(root, 'opaque-setup');
  const setup = 's'.repeat(2_000);
  const tape = await recordedIn(root, () => {
    loadOpaqueSetup({ path, needed: false }, () => setup);
  });
  for (let end = 0; end <= tape.length; end++) {
    for (let round = 0; round < 20; round++) {
      const left = join(root, `left-${end}-${round}`);
      new AfterCut(tape, end, 'anything is lost', seededRandom(round)).writeTo(left);
      const fresh = 'n'.repeat(10);
      const found = loadOpaqueSetup({ path: join(left, 'opaque-setup'), needed: false }, () => fresh);
      assert.ok(found === setup || (found === fresh && end < tape.length), `step ${end}: ${found}`);
    }
  }
});

test('the index is synced when a job asks for that, though nothing has changed since', async (t) => {
  const root = await tempDir(t);
  const path = join(root, 'index.sqlite');
  let asked = 0;
  const tape = await recordedIn(root, async (disk) => {
    const catalog = SqliteCatalog.open(path);
    await catalog.index([], { segment: 1, offset: 44 });
    disk.lookAtIndex(path);
    asked = disk.tape.length;
    await catalog.upkeep.makeDurable();
    assert.deepEqual(await catalog.checkpoint(), { segment: 1, offset: 44 });
    catalog.close();
  });
  const log = tape.steps.find((step) => step.type === 'link' && step.name === 'index.sqlite-wal');
  assert.ok(log?.type === 'link');
  const syncs = tape.steps.slice(asked).filter((step) => step.type === 'sync' && step.inode === log.target);
  assert.notEqual(syncs.length, 0);
});

test('an index made anew takes the old one’s place when the old one’s log is gone for good', async (t) => {
  const root = await tempDir(t);
  const indexFile = join(root, 'index.sqlite');
  SqliteCatalog.open(indexFile).close();
  mkdirSync(join(root, 'segments'));
  const segments = { segmentsFolder: join(root, 'segments'), segmentSizeBytes: 100_000 };
  const before = SqliteCatalog.open(indexFile); // keeps its log
  t.after(() => {
    before.close();
  });
  const tape = await recordedIn(root, async () => {
    await rebuildIndex({ ...segments, indexFile, clock: systemClock, random: testRandom });
  });
  const renamed = tape.steps.findIndex(({ type }) => type === 'rename');
  const removed = tape.steps.findIndex((step) => step.type === 'unlink' && step.name === 'index.sqlite-wal');
  assert.ok(removed !== -1 && removed < renamed);
  assert.ok(tape.durable(renamed).has(removed));
  assert.deepEqual(openNames(tape), []);
});

test('the index never counts on bytes that came while the sync was under way and that nobody waits for', async (t) => {
  const { kept, release } = await storeWithSlowSync(t);
  const vault = await kept.vault();
  const stored = kept.put(randomChunk(500));
  await new Promise((resolve) => setImmediate(resolve)); // it is written
  const durableEnd = kept.blobs.end;
  const given = vault.beginChunk('cd'.repeat(32) as ChunkId);
  const sealed = Buffer.alloc(700);
  void given.append({ index: 0, last: false, checksum: checksum(sealed), sealed });
  given.abandon();
  release();
  await stored;
  assert.equal(vault.vaultId, VAULT_ID);
  assert.deepEqual(await kept.catalog.checkpoint(), durableEnd);
});

async function storeWithSlowSync(t: CleanUp) {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const slow = (blobs: BlobStore) =>
    wrapBlobs(blobs, {
      sync: async () => {
        await blobs.sync();
        await released;
      },
    });
  return { kept: await KeptStore.open(t, { wrapBlobs: slow }), release };
}

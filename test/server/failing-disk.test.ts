/** What the segments do when the disk refuses: full, failing to sync, or writing half. */
import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { SegmentStore } from '../../server/store/disk/segment-store.ts';
import { assertReadable, pieceHead, scanAll, write } from '../contract/blob-store.contract.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { MoodyDisk } from './moody-disk.ts';
import { testRandom } from './test-server.ts';

async function openMoody(t: TestContext) {
  const folder = join(await tempDir(t), 'segments');
  const disk = new MoodyDisk();
  const options = { folder, segmentSizeBytes: 1_000_000, random: testRandom };
  return {
    folder,
    disk,
    blobs: SegmentStore.open({ ...options, disk }),
    reopen: (again?: MoodyDisk) =>
      SegmentStore.open(again === undefined ? options : { ...options, disk: again }),
  };
}

test('a full disk is told apart from a failing one', async (t) => {
  const { disk, blobs } = await openMoody(t);
  write(blobs, 10);
  disk.failing.add('writev');
  for (const [systemCode, code] of [
    ['ENOSPC', 'storage-full'],
    ['EDQUOT', 'storage-full'],
    ['EIO', 'storage-failed'],
  ] as const) {
    disk.code = systemCode;
    assert.throws(() => write(blobs, 1_000), { code });
  }
  blobs.close();
});

test('a record that could not be written whole leaves no trace, and the segment goes on', async (t) => {
  const { folder, disk, blobs } = await openMoody(t);
  const before = write(blobs, 500);
  const sizeBytes = statSync(join(folder, '00000001.segment')).size;
  disk.failing.add('writev');
  assert.throws(() => write(blobs, 1_000), { code: 'storage-full' });
  assert.equal(statSync(join(folder, '00000001.segment')).size, sizeBytes);
  disk.failing.clear();
  const after = write(blobs, 500);
  assert.deepEqual(
    scanAll(blobs).map(({ type }) => type),
    ['record', 'record'],
  );
  assert.equal(after.place.segment, 1);
  await assertReadable(blobs, before);
  await assertReadable(blobs, after);
  blobs.close();
});

test('a torn record that can’t be taken back is stepped over, and the next goes to a new segment', async (t) => {
  const { disk, blobs } = await openMoody(t);
  const before = write(blobs, 500);
  disk.failing.add('writev').add('ftruncate');
  assert.throws(() => write(blobs, 1_000), { code: 'storage-full' });
  disk.failing.clear();
  const after = write(blobs, 500);
  assert.equal(after.place.segment, 2);
  assert.deepEqual(
    scanAll(blobs).map(({ type }) => type),
    ['record', 'damage', 'record'],
  );
  await assertReadable(blobs, before);
  await assertReadable(blobs, after);
  blobs.close();
});

test('a disk that writes a little at a time still writes all', async (t) => {
  const { disk, blobs } = await openMoody(t);
  disk.maxWriteBytes = 7;
  const written = write(blobs, 3_000);
  await assertReadable(blobs, written);
  blobs.close();
});

test('a failed sync takes back what was not durable and changes the generation; what was stays', async (t) => {
  const { folder, disk, blobs, reopen } = await openMoody(t);
  const durable = write(blobs, 500);
  await blobs.sync();
  const sizeBytes = statSync(join(folder, '00000001.segment')).size;
  write(blobs, 700);
  disk.failing.add('fdatasync');
  disk.code = 'EIO';
  const failing = blobs.sync();
  write(blobs, 800); // appended while the sync runs: lost as well
  await assert.rejects(failing, { code: 'storage-failed' });
  assert.equal(blobs.generation, 1);
  assert.equal(statSync(join(folder, '00000001.segment')).size, sizeBytes);
  disk.failing.clear();
  const later = write(blobs, 900);
  assert.equal(later.place.segment, 2);
  await blobs.sync();
  blobs.close();
  const again = reopen();
  assert.deepEqual(
    scanAll(again).map((scanned) => scanned.type === 'record' && scanned.place),
    [durable.place, later.place],
  );
  again.close();
});

test('a segment that can’t be begun leaves no file, and is begun when the disk has room again', async (t) => {
  const { folder, disk, blobs } = await openMoody(t);
  disk.failing.add('writev');
  assert.throws(() => write(blobs, 10), { code: 'storage-full' });
  assert.deepEqual(readdirSync(folder), []);
  disk.failing.clear();
  await assertReadable(blobs, write(blobs, 10));
  blobs.close();
});

test('a body too large for a record is refused before anything is written', async (t) => {
  const { blobs } = await openMoody(t);
  const body = new Uint8Array(262_145);
  assert.throws(() => blobs.append(pieceHead(body), body), { code: 'too-large' });
  assert.deepEqual(scanAll(blobs), []);
  blobs.close();
});

test('a block that the disk can’t give back costs the records in it, and no others', async (t) => {
  const { disk, blobs, reopen } = await openMoody(t);
  const written = Array.from({ length: 40 }, () => write(blobs, 3_000));
  await blobs.sync();
  blobs.close();
  const harmed = written[20] ?? assert.fail();
  disk.unreadable = { start: harmed.place.offset + 500, end: harmed.place.offset + 501 };
  const again = reopen(disk);
  const seen = scanAll(again);
  const offsets = seen.flatMap((scanned) => (scanned.type === 'record' ? [scanned.place.offset] : []));
  const lost = written.filter(({ place }) => !offsets.includes(place.offset));
  assert.ok(lost.includes(harmed) && lost.length <= 3, `${lost.length} lost`);
  assert.equal(seen.filter(({ type }) => type === 'damage').length, 1);
  again.close();
});

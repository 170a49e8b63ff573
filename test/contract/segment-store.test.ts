/** The blob store on disk: the contract, with roomy and with tiny segments, and what only a disk does. */
import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import {
  closeSync,
  openSync,
  readFileSync,
  readdirSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { SegmentStore } from '../../server/store/disk/segment-store.ts';
import { systemDisk } from '../../server/store/disk/segment-writer.ts';
import type { DiskCalls } from '../../server/store/disk/segment-writer.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { assertReadable, blobStoreContract, scanAll, write } from './blob-store.contract.ts';

function openAt(folder: string, segmentSizeBytes: number, disk: DiskCalls = systemDisk): SegmentStore {
  const random = (length: number) => randomFillSync(new Uint8Array(length));
  return SegmentStore.open({ folder: join(folder, 'segments'), segmentSizeBytes, random, disk });
}

function opener(segmentSizeBytes: number) {
  return async (t: TestContext) => {
    const folder = await tempDir(t);
    const blobs = openAt(folder, segmentSizeBytes);
    const reopen = () => {
      blobs.close();
      return openAt(folder, segmentSizeBytes);
    };
    return { blobs, reopen };
  };
}

blobStoreContract('segments of 64 MiB', opener(64 * 1024 * 1024));
blobStoreContract('segments that hold two full records', opener(600_000));
blobStoreContract('a segment for each record', opener(1));

test('however many segments two jobs walk through, four buffers do for all', async (t) => {
  const buffers = new Set<ArrayBufferLike>();
  const blobs = openAt(await tempDir(t), 1, {
    ...systemDisk,
    read: (fd, target, ...at) => {
      buffers.add(target.buffer);
      return systemDisk.read(fd, target, ...at);
    },
    readv: (fd, targets, position) => {
      for (const { buffer } of targets) buffers.add(buffer);
      return systemDisk.readv(fd, targets, position);
    },
  });
  for (let i = 0; i < 10; i++) write(blobs, 1_000);
  await blobs.sync();
  const walkAll = async (): Promise<number> => {
    let records = 0;
    for (const segment of blobs.segments())
      for await (const { type } of blobs.walk(segment)) if (type === 'record') records++;
    return records;
  };
  assert.deepEqual(await Promise.all([walkAll(), walkAll()]), [10, 10]);
  assert.ok(buffers.size <= 4, `${buffers.size} buffers`);
  blobs.close();
});

/** A store with ten records of 1,000 bytes in one segment, closed, and its file. */
async function tenRecords(t: TestContext) {
  const folder = await tempDir(t);
  const blobs = openAt(folder, 64 * 1024 * 1024);
  const written = Array.from({ length: 10 }, () => write(blobs, 1_000));
  await blobs.sync();
  blobs.close();
  const [name = ''] = readdirSync(join(folder, 'segments'));
  return {
    folder,
    written,
    file: join(folder, 'segments', name),
    reopen: () => openAt(folder, 64 * 1024 * 1024),
  };
}

function nth<T>(items: readonly T[], index: number): T {
  return items[index] ?? assert.fail(`no item ${index}`);
}

function overwrite(file: string, offset: number, bytes: Uint8Array): void {
  const fd = openSync(file, 'r+');
  writeSync(fd, bytes, 0, bytes.length, offset);
  closeSync(fd);
}

test('a segment fills up to its size and no further', async (t) => {
  const folder = await tempDir(t);
  const blobs = openAt(folder, 10_000);
  const written = Array.from({ length: 30 }, () => write(blobs, 1_000));
  await blobs.sync();
  const sizes = readdirSync(join(folder, 'segments')).map(
    (name) => statSync(join(folder, 'segments', name)).size,
  );
  assert.ok(sizes.length >= 3 && sizes.every((size) => size <= 10_000), sizes.join());
  for (const record of written) await assertReadable(blobs, record);
  blobs.close();
});

test('more segments than may be open at once are all readable, in any order', async (t) => {
  const folder = await tempDir(t);
  const blobs = openAt(folder, 1);
  const written = Array.from({ length: 150 }, () => write(blobs, 10));
  await Promise.all(written.map((record) => assertReadable(blobs, record)));
  for (const record of written.toReversed()) await assertReadable(blobs, record);
  blobs.close();
});

test('one damaged byte costs one record: reading says so, and a scan steps over it', async (t) => {
  for (const where of ['head', 'body'] as const) {
    const { written, file, reopen } = await tenRecords(t);
    const { place } = nth(written, 4);
    overwrite(file, place.offset + (where === 'head' ? 20 : 500), Buffer.from([0xff, 0xfe, 0xfd]));
    const blobs = reopen();
    const scanned = scanAll(blobs);
    assert.deepEqual(
      scanned.map(({ type }) => type),
      [...Array<string>(4).fill('record'), 'damage', ...Array<string>(5).fill('record')],
    );
    const position = { segment: place.segment, offset: place.offset };
    const lengthBytes = nth(written, 5).place.offset - place.offset;
    assert.deepEqual(scanned[4], { type: 'damage', position, lengthBytes, atEnd: false });
    await assert.rejects(blobs.read('piece', place, new Uint8Array(1_000)), { code: 'storage-damaged' });
    await assertReadable(blobs, nth(written, 5));
    blobs.close();
  }
});

test('a torn end is found as such, whatever was written of the last record', async (t) => {
  const { written, file, reopen } = await tenRecords(t);
  const whole = readFileSync(file);
  const { place } = nth(written, 9);
  for (const keptBytes of [1, 15, 16, 40, 98, 99, 500, whole.length - place.offset - 1]) {
    writeFileSync(file, whole.subarray(0, place.offset + keptBytes));
    const blobs = reopen();
    const last = scanAll(blobs).at(-1);
    assert.ok(last?.type === 'damage' && last.atEnd, `${keptBytes} bytes kept`);
    assert.deepEqual([last.position.offset, last.lengthBytes], [place.offset, keptBytes]);
    blobs.truncateEnd(last.position);
    assert.equal(statSync(file).size, place.offset);
    blobs.close();
  }
});

test('what stands before the newest segment is never cut', async (t) => {
  const folder = await tempDir(t);
  const blobs = openAt(folder, 1);
  const first = write(blobs, 10);
  write(blobs, 10);
  assert.throws(() => {
    blobs.truncateEnd(first.place);
  });
  await assertReadable(blobs, first);
  blobs.close();
});

test('a segment whose making was cut short is made again', async (t) => {
  for (const keptBytes of [0, 10]) {
    const folder = await tempDir(t);
    const blobs = openAt(folder, 1);
    const first = write(blobs, 10);
    write(blobs, 10);
    blobs.close();
    truncateSync(join(folder, 'segments', '00000002.segment'), keptBytes);
    const again = openAt(folder, 1);
    const second = write(again, 10);
    assert.equal(second.place.segment, 2);
    await assertReadable(again, first);
    await assertReadable(again, second);
    again.close();
  }
});

test('a segment whose header is damaged is left alone, reported whole, and not written to', async (t) => {
  const { file, reopen } = await tenRecords(t);
  overwrite(file, 3, Buffer.from('?'));
  const before = readFileSync(file);
  const blobs = reopen();
  const added = write(blobs, 10);
  const [damage, record] = scanAll(blobs);
  assert.ok(damage?.type === 'damage' && !damage.atEnd && damage.lengthBytes === before.length);
  assert.ok(record?.type === 'record' && record.place.segment === 2);
  await assertReadable(blobs, added);
  assert.deepEqual(readFileSync(file), before);
  blobs.close();
});

test('bytes in a piece that look like a record are not taken for one behind damage', async (t) => {
  const { folder, file, written, reopen } = await tenRecords(t);
  // The whole of another folder's segment, as a client could send it.
  const foreign = await tenRecords(t);
  const blobs = reopen();
  const evil = readFileSync(foreign.file);
  const { head } = nth(written, 0);
  const place = blobs.append({ ...head, bodyChecksum: 0 }, evil);
  await blobs.sync();
  blobs.close();
  overwrite(file, place.offset, Buffer.alloc(16));
  const again = openAt(folder, 64 * 1024 * 1024);
  const scanned = scanAll(again);
  assert.equal(scanned.filter(({ type }) => type === 'record').length, 10);
  assert.equal(scanned.at(-1)?.type, 'damage');
  again.close();
});

test('files of others in the folder are not touched', async (t) => {
  const { folder, file, reopen } = await tenRecords(t);
  const stranger = join(folder, 'segments', 'notes.txt');
  writeFileSync(stranger, 'mine');
  const blobs = reopen();
  assert.equal(scanAll(blobs).length, 10);
  blobs.close();
  assert.equal(readFileSync(stranger, 'utf8'), 'mine');
  assert.ok(statSync(file).size > 10_000);
});

/** What every blob store promises (server/store/ports.ts, BlobStore). */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { checksum } from '../../server/checksum.ts';
import type { ChunkId, VaultId } from '../../shared/ids.ts';
import type { BlobStore, Place, Scanned } from '../../server/store/ports.ts';
import { headBytes } from '../../server/store/segment-record.ts';
import type { HeadOf } from '../../server/store/segment-record.ts';

/** A store under test, empty at first. */
export interface OpenedBlobStore {
  readonly blobs: BlobStore;
  /** Closes it and opens what it kept, as after a restart. */
  readonly reopen: () => Promise<BlobStore> | BlobStore;
}

const START = { segment: 0, offset: 0 };

export interface Written {
  readonly head: HeadOf<'piece'>;
  readonly body: Uint8Array;
  readonly place: Place;
}

export function pieceHead(body: Uint8Array): HeadOf<'piece'> {
  return {
    type: 'piece',
    vaultId: randomBytes(16).toString('hex') as VaultId,
    chunkId: randomBytes(32).toString('hex') as ChunkId,
    attempt: 1,
    seq: 2,
    index: 0,
    last: true,
    bodyChecksum: checksum(body),
  };
}

export function write(blobs: BlobStore, bodyBytes: number): Written {
  const body = randomBytes(bodyBytes);
  const head = pieceHead(body);
  return { head, body, place: blobs.append(head, body) };
}

export async function assertReadable(blobs: BlobStore, { head, body, place }: Written): Promise<void> {
  const target = new Uint8Array(place.bodyBytes);
  assert.deepEqual(await blobs.read('piece', place, target), head);
  assert.deepEqual(Buffer.from(target), body);
}

/** What a scan found, in memory of its own. */
export function scanAll(blobs: BlobStore, from = START): Scanned[] {
  const all: Scanned[] = [];
  for (const scanned of blobs.scan(from)) {
    all.push(scanned.type === 'record' ? { ...scanned, body: Buffer.from(scanned.body) } : scanned);
  }
  return all;
}

function asScanned({ head, body, place }: Written): Scanned {
  return { type: 'record', head, body, place, lengthBytes: headBytes('piece') + body.length };
}

/** Sizes at and around what matters: nothing, a byte, a full body. */
const BODY_BYTES = [0, 1, 100, 65_536, 262_144, 3];

export function blobStoreContract(name: string, open: (test: TestContext) => Promise<OpenedBlobStore>): void {
  test(`${name}: what is appended is read back, before and after it is durable and after a restart`, async (t) => {
    const { blobs, reopen } = await open(t);
    const written = BODY_BYTES.map((bodyBytes) => write(blobs, bodyBytes));
    for (const record of written) await assertReadable(blobs, record);
    await blobs.sync();
    for (const record of written) await assertReadable(blobs, record);
    const again = await reopen();
    for (const record of written) await assertReadable(again, record);
    again.close();
  });

  test(`${name}: a scan meets every record in the order of appending, also over a restart`, async (t) => {
    const { blobs, reopen } = await open(t);
    const before = BODY_BYTES.map((bodyBytes) => write(blobs, bodyBytes));
    await blobs.sync();
    const again = await reopen();
    const after = BODY_BYTES.map((bodyBytes) => write(again, bodyBytes));
    await again.sync();
    assert.deepEqual(scanAll(again), [...before, ...after].map(asScanned));
    again.close();
  });

  test(`${name}: a scan from a record’s place begins with that record`, async (t) => {
    const { blobs } = await open(t);
    const written = BODY_BYTES.map((bodyBytes) => write(blobs, bodyBytes));
    for (const [index, { place }] of written.entries()) {
      assert.deepEqual(scanAll(blobs, place), written.slice(index).map(asScanned));
    }
    blobs.close();
  });

  test(`${name}: a scan from the end finds what is appended afterwards, and nothing else`, async (t) => {
    const { blobs } = await open(t);
    assert.deepEqual(scanAll(blobs), []);
    write(blobs, 200_000);
    const { end } = blobs;
    assert.deepEqual(scanAll(blobs, end), []);
    const later = [write(blobs, 200_000), write(blobs, 200_000)];
    assert.deepEqual(scanAll(blobs, end), later.map(asScanned));
    blobs.close();
  });

  test(`${name}: the appender’s memory may change as soon as append returns`, async (t) => {
    const { blobs } = await open(t);
    const body = randomBytes(1_000);
    const original = Buffer.from(body);
    const head = pieceHead(body);
    const place = blobs.append(head, body);
    body.fill(0);
    await assertReadable(blobs, { head, body: original, place });
    blobs.close();
  });

  test(`${name}: reading where no such record is fails as damaged`, async (t) => {
    const { blobs } = await open(t);
    const { place } = write(blobs, 1_000);
    write(blobs, 1_000);
    const wrongPlaces = [
      { ...place, offset: place.offset + 1 },
      { ...place, bodyBytes: 999 },
      { ...place, bodyBytes: 1_001 },
      { ...place, offset: place.offset + 10_000_000 },
    ];
    for (const wrong of wrongPlaces) {
      const target = new Uint8Array(wrong.bodyBytes);
      await assert.rejects(blobs.read('piece', wrong, target), { code: 'storage-damaged' });
    }
    const target = new Uint8Array(1_000);
    await assert.rejects(blobs.read('ref-page', place, target), { code: 'storage-damaged' });
    blobs.close();
  });

  test(`${name}: records of many concurrent readers don’t mix`, async (t) => {
    const { blobs } = await open(t);
    const written = Array.from({ length: 200 }, (_, index) => write(blobs, 1_000 + index));
    await Promise.all(written.map((record) => assertReadable(blobs, record)));
    blobs.close();
  });

  test(`${name}: syncing nothing, and syncing twice, is well`, async (t) => {
    const { blobs } = await open(t);
    await blobs.sync();
    write(blobs, 10);
    await Promise.all([blobs.sync(), blobs.sync()]);
    assert.equal(blobs.generation, 0);
    blobs.close();
  });

  test(`${name}: walking all segments meets what a scan meets`, async (t) => {
    const { blobs } = await open(t);
    for (const bodyBytes of BODY_BYTES) write(blobs, bodyBytes);
    await blobs.sync();
    const walked: Scanned[] = [];
    for (const segment of blobs.segments()) {
      assert.ok(blobs.sizeOf(segment) > 0);
      for await (const scanned of blobs.walk(segment)) {
        walked.push(scanned.type === 'record' ? { ...scanned, body: Buffer.from(scanned.body) } : scanned);
      }
    }
    assert.deepEqual(walked, scanAll(blobs));
    for await (const scanned of blobs.walk(999)) assert.fail(scanned.type);
    assert.equal(blobs.sizeOf(999), 0);
    blobs.close();
  });

  test(`${name}: a removed segment is gone with its records, and nothing else is; the newest stays`, async (t) => {
    const { blobs, reopen } = await open(t);
    const written: Written[] = [];
    while (blobs.segments().length < 3 && written.length < 300) written.push(write(blobs, 262_144));
    await blobs.sync();
    const segments = blobs.segments();
    assert.throws(() => {
      blobs.removeSegment(segments.at(-1) ?? 0);
    });
    const [first = 0] = segments;
    await assertReadable(blobs, written.find(({ place }) => place.segment === first) ?? assert.fail());
    blobs.removeSegment(first);
    const check = async (of: BlobStore) => {
      assert.deepEqual(of.segments(), segments.slice(1));
      for (const record of written) {
        if (record.place.segment !== first) await assertReadable(of, record);
        else await assert.rejects(assertReadable(of, record), { code: 'storage-damaged' });
      }
    };
    await check(blobs);
    const again = await reopen();
    await check(again);
    again.close();
  });
}

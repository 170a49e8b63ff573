import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import { BlobReader, Reader, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js';
import type { Entry } from '@zip.js/zip.js';
import { concatBytes, utf8 } from '../../shared/bytes.ts';
import { ZipWriter } from '../../web/worker/restore/zip/zip-writer.ts';
import { seededRandom } from '../helpers/seeded-random.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const MODIFIED_AT_MS = 1_700_000_000_123;

function named(name: string, modifiedAtMs = MODIFIED_AT_MS) {
  return { name: utf8(name), isFolder: name.endsWith('/'), modifiedAtMs };
}

async function zipOf(write: (zip: ZipWriter) => Promise<void>): Promise<Bytes> {
  const parts: Bytes[] = [];
  const zip = await ZipWriter.open({
    send: async (bytes) => {
      parts.push(bytes.slice());
      return Promise.resolve();
    },
  });
  await write(zip);
  await zip.finish();
  return new Uint8Array(Buffer.concat(parts));
}

async function read(zip: Bytes): Promise<Map<string, Entry>> {
  const entries = await new ZipReader(new BlobReader(new Blob([zip]))).getEntries();
  return new Map(entries.map((entry) => [entry.filename, entry]));
}

/** Rejects where the checksum is wrong. */
async function contentOf(entry: Entry | undefined): Promise<Buffer> {
  assert.ok(entry !== undefined && !entry.directory);
  return Buffer.from(
    await entry.getData(new Uint8ArrayWriter(), { checkSignature: true, useWebWorkers: false }),
  );
}

describe('a zip', () => {
  it('gives back what was added, whole or in parts, with names and times', async () => {
    const random = seededRandom(1);
    const [whole, parts] = [
      random.bytes(1_000),
      [random.bytes(70_000), random.bytes(3), random.bytes(252 * 1024)],
    ];
    const entries = await read(
      await zipOf(async (zip) => {
        await zip.add(named('deep/er/naïve \u{1f511}.bin'), [whole.subarray(0, 10), whole.subarray(10)]);
        await zip.add(named('empty'), []);
        const open = await zip.begin(named('large.bin'), 70_003 + 252 * 1024);
        for (const part of parts) await open.write(part);
        await open.end();
        await zip.add(named('folder/'), []);
      }),
    );
    assert.deepEqual([...entries.keys()], ['deep/er/naïve \u{1f511}.bin', 'empty', 'large.bin', 'folder/']);
    assert.ok((await contentOf(entries.get('deep/er/naïve \u{1f511}.bin'))).equals(whole));
    assert.equal((await contentOf(entries.get('empty'))).length, 0);
    assert.ok((await contentOf(entries.get('large.bin'))).equals(concatBytes(...parts)));
    assert.equal(entries.get('folder/')?.directory, true);
    for (const entry of entries.values()) assert.equal(entry.lastModDate.getTime(), MODIFIED_AT_MS);
  });

  it('tells size and checksum before content that is known whole, for programs that read it as it comes', async () => {
    const zip = await zipOf(async (writer) => writer.add(named('a'), [utf8('content')]));
    const header = new DataView(zip.buffer, zip.byteOffset);
    const FLAGS = 6;
    const [CRC32, COMPRESSED, SIZE] = [14, 18, 22];
    assert.equal(header.getUint16(FLAGS, true) & 0x0008, 0);
    assert.equal(header.getUint32(CRC32, true), crc32('content'));
    assert.equal(header.getUint32(COMPRESSED, true), 7);
    assert.equal(header.getUint32(SIZE, true), 7);
  });

  it('does not name what was discarded, and what follows it is sound', async () => {
    const entries = await read(
      await zipOf(async (zip) => {
        const damaged = await zip.begin(named('damaged.bin'), 5_000_000);
        await damaged.write(new Uint8Array(1_000));
        await damaged.discard();
        await zip.add(named('sound.txt'), [utf8('sound')]);
      }),
    );
    assert.deepEqual([...entries.keys()], ['sound.txt']);
    assert.equal((await contentOf(entries.get('sound.txt'))).toString(), 'sound');
  });

  it('keeps times of any century, as near as each reader’s field comes', async () => {
    const times = [0, -1, -2_000_000_000_000, 4_102_444_800_000, 253_402_300_799_000, -12_000_000_000_000];
    const entries = await read(
      await zipOf(async (zip) => {
        for (const [index, timeMs] of times.entries()) await zip.add(named(String(index), timeMs), []);
      }),
    );
    for (const [index, timeMs] of times.entries()) {
      const read = entries.get(String(index))?.lastModDate.getTime();
      // Before 1601 only the oldest field is left, which begins in 1980.
      assert.equal(read, timeMs < -11_644_473_600_000 ? new Date(1980, 0, 1).getTime() : timeMs);
    }
  });

  it('holds more than 65,535 entries', async () => {
    const count = 70_000;
    const zip = await zipOf(async (writer) => {
      for (let index = 0; index < count; index++)
        await writer.add(named(`file ${index}`), [utf8(String(index))]);
    });
    const entries = await read(zip);
    assert.equal(entries.size, count);
    assert.equal((await contentOf(entries.get('file 69999'))).toString(), '69999');
  });

  it('holds a file beyond 4 GiB, and files behind it', async () => {
    const part = new Uint8Array(16 * 1024 * 1024).fill(7);
    const parts = 260;
    const sizeBytes = parts * part.length;
    const sparse = new SparseZip(part.length);
    const zip = await ZipWriter.open(sparse);
    const large = await zip.begin(named('large.bin'), sizeBytes);
    for (let index = 0; index < parts; index++) await large.write(part);
    await large.end();
    await zip.add(named('behind.txt'), [utf8('behind')]);
    await zip.finish();
    const [first, second, ...more] = await new ZipReader(sparse.reader()).getEntries();
    assert.ok(first && !first.directory && second);
    assert.deepEqual([first.filename, first.uncompressedSize], ['large.bin', sizeBytes]);
    assert.equal(second.filename, 'behind.txt');
    assert.equal(more.length, 0);
    assert.ok(second.offset > 2 ** 32);
    assert.equal((await contentOf(second)).toString(), 'behind');
    let readBytes = 0;
    const counted = new WritableStream<Uint8Array>({
      write: (bytes) => {
        readBytes += bytes.length;
      },
    });
    await first.getData(counted, { useWebWorkers: false });
    assert.equal(readBytes, sizeBytes);
  });
});

/** A zip of which parts of `repeatedBytes` are kept once: they are all the same. */
class SparseZip {
  readonly #repeatedBytes: number;
  readonly #parts: { readonly start: number; readonly bytes: Bytes }[] = [];
  #length = 0;

  constructor(repeatedBytes: number) {
    this.#repeatedBytes = repeatedBytes;
  }

  async send(bytes: Bytes): Promise<void> {
    this.#parts.push({
      start: this.#length,
      bytes: bytes.length === this.#repeatedBytes ? bytes : bytes.slice(),
    });
    this.#length += bytes.length;
    return Promise.resolve();
  }

  reader(): Reader<undefined> {
    return new SparseReader(this.#parts, this.#length);
  }
}

class SparseReader extends Reader<undefined> {
  readonly #parts: readonly { readonly start: number; readonly bytes: Bytes }[];

  constructor(parts: readonly { readonly start: number; readonly bytes: Bytes }[], length: number) {
    super(undefined);
    this.#parts = parts;
    this.size = length;
  }

  override async readUint8Array(index: number, length: number): Promise<Uint8Array> {
    const end = Math.min(index + length, this.size);
    const found = this.#parts
      .filter(({ start, bytes }) => start < end && start + bytes.length > index)
      .map(({ start, bytes }) => bytes.subarray(Math.max(0, index - start), end - start));
    return Promise.resolve(concatBytes(...found));
  }
}

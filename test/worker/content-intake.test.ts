import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { HoldfastError } from '../../shared/errors.ts';
import { BUNDLED_FILE_MAX_BYTES, CHUNK_MAX_BYTES, PIECE_BYTES } from '../../shared/limits.ts';
import { ContentIntake } from '../../web/worker/backup/content-intake.ts';
import { KnownContent } from '../../web/worker/backup/known-content.ts';
import { Packer } from '../../web/worker/backup/packer.ts';
import type { ReaderMessage, ReaderRequest } from '../../web/worker/reader/protocol.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { testKeyring } from '../helpers/vault.ts';
import { startReader } from './engine-ports.ts';
import { StoredChunks } from './stored-chunks.ts';

const MIB = 1024 * 1024;
const { gearTable, digestKey } = await testKeyring();
const setup = { gearTable, digestKey, fixedSize: false };

interface Intake {
  readonly intake: ContentIntake;
  readonly chunks: StoredChunks;
  readonly failures: unknown[];
  readonly contentBytes: () => number;
}

function partsOf(chunks: StoredChunks): Omit<ConstructorParameters<typeof ContentIntake>[0], 'startReader'> {
  return {
    writer: chunks.writer,
    packer: new Packer(chunks.writer, 'content'),
    known: new KnownContent(chunks.earlierReader(), [], []),
  };
}

function startIntake(test: TestContext, reader = startReader): Intake {
  const chunks = new StoredChunks();
  const failures: unknown[] = [];
  let contentBytes = 0;
  const intake = new ContentIntake({ startReader: reader, ...partsOf(chunks) }, setup, {
    onContent: (bytes) => (contentBytes += bytes),
    onFailure: (error) => failures.push(error),
  });
  test.after(() => {
    intake.close();
  });
  return { intake, chunks, failures, contentBytes: () => contentBytes };
}

function fileOf(content: Uint8Array<ArrayBuffer>): File {
  return new File([content], '');
}

/** A file that stops, or has changed, while it is read. */
function brokenFile(sizeBytes: number, readableBytes: number, error?: Error): File {
  const readable = new Uint8Array(readableBytes);
  const stream = (): ReadableStream =>
    new ReadableStream({
      start: (controller) => {
        if (readableBytes > 0) controller.enqueue(readable);
        if (error === undefined) controller.close();
      },
      pull: (controller) => {
        controller.error(error);
      },
    });
  const arrayBuffer = async (): Promise<ArrayBuffer> =>
    error === undefined ? Promise.resolve(readable.buffer) : Promise.reject(error);
  return { size: sizeBytes, lastModified: 0, stream, arrayBuffer } as unknown as File;
}

/** A file that the browser reads into memory that is lent to it, and can’t read to its end. */
function tornFile(): File {
  let isTorn = false;
  const stream = (): ReadableStream =>
    new ReadableStream({
      type: 'bytes',
      pull: (controller) => {
        if (isTorn) controller.error(new DOMException('gone', 'NotReadableError'));
        else controller.enqueue(new Uint8Array(1_000));
        isTorn = true;
      },
    });
  return { size: MIB, lastModified: 0, stream } as unknown as File;
}

describe('content', () => {
  it('is stored byte for byte, whatever a file’s size', async (test) => {
    const { intake, chunks, failures, contentBytes } = startIntake(test);
    const around = (size: number): number[] => [size - 1, size, size + 1];
    const sizes = [0, 1, 100, ...around(BUNDLED_FILE_MAX_BYTES), ...around(PIECE_BYTES), ...around(MIB)];
    sizes.push(...around(CHUNK_MAX_BYTES), 5 * MIB + 13, 0, 7);
    const contents = sizes.map((size, index) => seededRandom(index).bytes(size));
    const reading = contents.map((content) => intake.read(fileOf(content)));
    await Promise.all(reading.map(async ({ read }) => read));
    await intake.drain();
    for (const [index, { stored }] of reading.entries()) {
      const { sizeBytes, extents } = await stored;
      const content = contents[index] ?? new Uint8Array();
      assert.equal(sizeBytes, content.length);
      assert.ok(chunks.content(extents).equals(content), `${content.length} bytes`);
    }
    assert.equal(
      contentBytes(),
      sizes.reduce((sum, size) => sum + size, 0),
    );
    assert.deepEqual(failures, []);
  });

  it('of large files lies in chunks of its own; small files share theirs', async (test) => {
    const { intake, chunks } = startIntake(test);
    const large = intake.read(fileOf(seededRandom(1).bytes(BUNDLED_FILE_MAX_BYTES)));
    const small = [2, 3, 4].map((seed) => intake.read(fileOf(seededRandom(seed).bytes(50_000))));
    await intake.drain();
    const [largeFile, ...smallFiles] = await Promise.all([large, ...small].map(async ({ stored }) => stored));
    assert.equal(largeFile?.extents.length, 1);
    const shared = new Set(smallFiles.flatMap(({ extents }) => extents.map(({ chunkId }) => chunkId)));
    assert.equal(shared.size, 1);
    assert.ok(!shared.has(largeFile.extents[0]?.chunkId ?? ('' as never)));
    assert.deepEqual(
      smallFiles.flatMap(({ extents }) => extents.map(({ offset }) => offset)),
      [0, 50_000, 100_000],
    );
    assert.equal(chunks.byId.size, 2);
  });

  it('that repeats is the same chunk again', async (test) => {
    const { intake, chunks } = startIntake(test);
    const content = seededRandom(8).bytes(3 * MIB);
    const [first, second] = await Promise.all(
      [content, content].map(async (bytes) => intake.read(fileOf(bytes)).stored),
    );
    assert.deepEqual(first, second);
    assert.equal(chunks.byId.size, first?.extents.length);
    await intake.drain();
  });

  it('far larger than the reader’s buffers passes through them: each is given back', async (test) => {
    const { intake, chunks } = startIntake(test);
    const content = seededRandom(9).bytes(40 * MIB);
    const { stored } = intake.read(fileOf(content));
    assert.ok(chunks.content((await stored).extents).equals(content));
  });

  it('waits for others to share a chunk with only until nothing more comes', async (test) => {
    const { intake, chunks } = startIntake(test);
    const { read, stored } = intake.read(fileOf(new Uint8Array(10)));
    await read;
    assert.equal(chunks.calls, 0);
    const drained = intake.drain();
    assert.equal((await stored).sizeBytes, 10);
    await drained;
  });
});

describe('a file that can’t be read', () => {
  const gone = new DOMException('gone', 'NotFoundError');

  it('fails alone: the others are stored', async (test) => {
    const { intake, chunks, failures } = startIntake(test);
    const content = seededRandom(3).bytes(2 * MIB);
    const files: readonly (readonly [File, Uint8Array | undefined])[] = [
      [brokenFile(300_000, 0, gone), undefined],
      [fileOf(content), content],
      [brokenFile(5 * MIB, 3 * MIB, gone), undefined],
      [brokenFile(100, 0, gone), undefined],
      [fileOf(content.slice(0, 1_000)), content.subarray(0, 1_000)],
    ];
    const reading = files.map(([file, expected]) => ({ expected, stored: intake.read(file).stored }));
    const drained = intake.drain();
    for (const { expected, stored } of reading) {
      if (expected === undefined) await assertRejectsCode(stored, 'source-unreadable');
      else assert.ok(chunks.content((await stored).extents).equals(expected));
    }
    await drained;
    assert.deepEqual(failures, []);
  });

  it('is told apart from one that changed while it was read', async (test) => {
    const { intake } = startIntake(test);
    for (const [size, readable] of [
      [300_000, 299_999],
      [300_000, 300_001],
      [100, 99],
      [100, 101],
    ] as const) {
      await assertRejectsCode(intake.read(brokenFile(size, readable)).stored, 'source-changed');
    }
  });

  it('costs the reader no buffer, not even one that was lent to the browser', async (test) => {
    const { intake } = startIntake(test);
    for (let i = 0; i < 40; i++) await assertRejectsCode(intake.read(tornFile()).stored, 'source-unreadable');
    const { sizeBytes } = await intake.read(fileOf(new Uint8Array(MIB))).stored;
    assert.equal(sizeBytes, MIB);
  });

  it('keeps none of the reader’s buffers', async () => {
    let answer: (message: ReaderMessage) => void = () => undefined;
    const asked: ReaderRequest[] = [];
    const chunks = new StoredChunks();
    const failures: unknown[] = [];
    const intake = new ContentIntake(
      {
        startReader: (_setup, onMessage) => {
          answer = onMessage;
          return { postMessage: (request) => asked.push(request), end: () => undefined };
        },
        ...partsOf(chunks),
      },
      setup,
      { onContent: () => undefined, onFailure: (error) => failures.push(error) },
    );
    const { stored } = intake.read(fileOf(new Uint8Array(1)));
    const buffers = [1, 2, 3].map(() => new ArrayBuffer(PIECE_BYTES));
    for (const buffer of buffers) {
      const piece = { buffer, lengthBytes: PIECE_BYTES, chunkEnd: false, fileEnd: false };
      answer({ type: 'piece', fileId: 0, modifiedAtMs: 0, ...piece });
    }
    answer({ type: 'failed', fileId: 0, code: 'source-changed', detail: '' });
    await assertRejectsCode(stored, 'source-changed');
    const recycled = asked.filter((request) => request.type === 'recycle').flatMap(({ buffers }) => buffers);
    assert.deepEqual(new Set(recycled), new Set(buffers));
    assert.deepEqual(failures, []);
  });
});

describe('content that can’t be stored', () => {
  it('is told at once, whether it was a large file’s or small ones’', async (test) => {
    for (const size of [MIB, 1_000]) {
      const { intake, chunks, failures } = startIntake(test);
      chunks.gate = Promise.reject(new HoldfastError('storage-failed'));
      chunks.gate.catch(() => undefined);
      const { stored } = intake.read(fileOf(seededRandom(1).bytes(size)));
      const drained = intake.drain();
      await assertRejectsCode(stored, 'storage-failed');
      await drained;
      await new Promise((resolve) => setImmediate(resolve));
      assert.ok(failures.length > 0, `${size} bytes`);
    }
  });
});

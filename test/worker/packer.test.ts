import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HoldfastError } from '../../shared/errors.ts';
import { CHUNK_AVERAGE_BYTES, CHUNK_MAX_BYTES, PIECE_BYTES } from '../../shared/limits.ts';
import type { ChunkWriter } from '../../web/worker/backup/chunk-writer.ts';
import { Packer } from '../../web/worker/backup/packer.ts';
import type { OpenChunk, Place } from '../../web/worker/backup/packer.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { StoredChunks } from './stored-chunks.ts';

const lengthBytes = fc.oneof(
  fc.integer({ min: 1, max: 5_000 }),
  fc.integer({ min: 1, max: 400_000 }),
  fc.constantFrom(PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, CHUNK_AVERAGE_BYTES, CHUNK_MAX_BYTES),
);

/** The lengths of chunks by FORMAT.md's words (Bundles). */
function chunkLengths(lengths: readonly number[]): number[] {
  const chunks: number[] = [];
  let filled = 0;
  for (const length of lengths) {
    if (filled + length > CHUNK_MAX_BYTES) {
      chunks.push(filled);
      filled = 0;
    }
    filled += length;
    if (filled >= CHUNK_AVERAGE_BYTES) {
      chunks.push(filled);
      filled = 0;
    }
  }
  return filled > 0 ? [...chunks, filled] : chunks;
}

async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(() => (done = true));
  await new Promise((resolve) => setTimeout(resolve, 20));
  return done;
}

describe('the packer', () => {
  it('keeps everything where it says, in chunks as FORMAT.md fills them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(lengthBytes, { maxLength: 30 }), async (lengths) => {
        const chunks = new StoredChunks();
        const packer = new Packer(chunks.writer, 'content');
        const contents = lengths.map((length, index) => seededRandom(index).bytes(length));
        const places: Place[] = [];
        for (const content of contents) places.push(await packer.append(content));
        await packer.flush();
        for (const [index, { chunk, offset, lengthBytes: length }] of places.entries()) {
          const kept = chunks.bytes('content', { chunkId: await chunk.id, offset, lengthBytes: length });
          assert.ok(Buffer.from(kept).equals(contents[index] ?? new Uint8Array()));
        }
        assert.deepEqual(chunks.lengths('content'), chunkLengths(lengths));
      }),
      { numRuns: 40 },
    );
  });

  it('keeps a copy: what it was given may be used again at once', async () => {
    const chunks = new StoredChunks();
    const packer = new Packer(chunks.writer, 'content');
    const content = new Uint8Array([1, 2, 3]);
    const { chunk } = await packer.append(content);
    content.fill(9);
    await packer.flush();
    assert.deepEqual(
      [...chunks.bytes('content', { chunkId: await chunk.id, offset: 0, lengthBytes: 3 })],
      [1, 2, 3],
    );
  });

  it('sends no empty chunk', async () => {
    const chunks = new StoredChunks();
    const packer = new Packer(chunks.writer, 'folders');
    await packer.flush();
    await packer.append(new Uint8Array(5));
    await packer.flush();
    await packer.flush();
    assert.deepEqual(chunks.lengths('folders'), [5]);
    assert.equal(chunks.calls, 1);
  });

  it('lets nobody in ahead while a full chunk is being taken: memory stays bounded', async () => {
    const chunks = new StoredChunks();
    let open: () => void = () => undefined;
    chunks.gate = new Promise((resolve) => (open = resolve));
    const packer = new Packer(chunks.writer, 'content');
    const filling = packer.append(new Uint8Array(CHUNK_AVERAGE_BYTES));
    const next = packer.append(new Uint8Array(1));
    assert.deepEqual([await isDone(filling), await isDone(next)], [false, false]);
    assert.equal(chunks.calls, 1);
    open();
    await Promise.all([filling, next]);
  });

  it('makes what goes into a chunk for that very chunk, again if it goes to the next', async () => {
    const chunks = new StoredChunks();
    const packer = new Packer(chunks.writer, 'folders');
    await packer.append(new Uint8Array(CHUNK_AVERAGE_BYTES - 1));
    const madeFor: OpenChunk[] = [];
    const place = await packer.appendMade(async (chunk) => {
      madeFor.push(chunk);
      return Promise.resolve(
        new Uint8Array(madeFor.length === 1 ? CHUNK_MAX_BYTES : 100).fill(madeFor.length),
      );
    });
    await packer.flush();
    assert.equal(madeFor.length, 2);
    assert.notEqual(madeFor[0], madeFor[1]);
    assert.equal(place.chunk, madeFor[1]);
    assert.deepEqual([place.offset, place.lengthBytes], [0, 100]);
    const [byte] = chunks.bytes('folders', { chunkId: await place.chunk.id, offset: 0, lengthBytes: 100 });
    assert.equal(byte, 2);
  });

  it('tells everyone who waits when a chunk can’t be stored', async () => {
    const failing = {
      store: async () => Promise.reject(new HoldfastError('storage-failed')),
    } as unknown as ChunkWriter;
    const packer = new Packer(failing, 'content');
    const { chunk } = await packer.append(new Uint8Array(10));
    await assertRejectsCode(packer.flush(), 'storage-failed');
    await assertRejectsCode(chunk.id, 'storage-failed');
    await assertRejectsCode(packer.append(new Uint8Array(CHUNK_AVERAGE_BYTES)), 'storage-failed');
  });

  it('goes on after something could not be made', async () => {
    const chunks = new StoredChunks();
    const packer = new Packer(chunks.writer, 'folders');
    const failing = packer.appendMade(async () => Promise.reject(new HoldfastError('name-too-long')));
    await assertRejectsCode(failing, 'name-too-long');
    await packer.append(new Uint8Array(7));
    await packer.flush();
    assert.deepEqual(chunks.lengths('folders'), [7]);
  });
});

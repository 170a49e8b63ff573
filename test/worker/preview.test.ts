/** Files read by range without being restored. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Extent, FileEntry } from '../../shared/format/folder-node.ts';
import type { ChunkId } from '../../shared/ids.ts';
import { OpenFile } from '../../web/worker/preview/open-file.ts';
import type { ChunkFetcher } from '../../web/worker/vault/chunk-fetcher.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';
import { backUp, snapshotOf, startDevice } from '../helpers/engine-device.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { startLyingProxy } from '../helpers/lying-proxy.ts';
import { startServer } from '../helpers/server.ts';
import { picked, signUp } from './engine-client.ts';
import { StoredChunks } from './stored-chunks.ts';

const { signal } = new AbortController();

describe('a range of a file', () => {
  it('is exactly these bytes, from the chunks that it lies in alone, whatever the chunks', async () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(lengths, fc.nat(450), fc.nat(450), async (lengthsBytes, a, b) => {
        const content = new Uint8Array(lengthsBytes.reduce((sum, length) => sum + length, 0)).map(
          (_, i) => i,
        );
        const asked: Extent[] = [];
        const { file, fetcher } = inChunks(content, lengthsBytes, asked);
        const [start, end] = [Math.min(a, b), Math.max(a, b)];
        assert.deepEqual(await file.read(fetcher, start, end, signal), content.slice(start, end));
        assert.equal(
          asked.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0),
          content.slice(start, end).length,
        );
        for (const { lengthBytes } of asked) assert.ok(lengthBytes > 0);
      }),
    );
  });

  it('is refused if it is none, or too large for memory', async () => {
    const { file, fetcher } = inChunks(new Uint8Array(10), [10], []);
    for (const [start, end] of [
      [-1, 5],
      [5, 4],
      [0, 0.5],
      [Number.NaN, 5],
    ] as const)
      await assertRejectsCode(file.read(fetcher, start, end, signal), 'malformed');
    await assertRejectsCode(file.read(fetcher, 0, 2 ** 40, signal), 'too-large');
  });
});

/** A file whose content is cut into chunks of these lengths, each at an offset in its chunk. */
function inChunks(
  content: Uint8Array<ArrayBuffer>,
  lengthsBytes: readonly number[],
  asked: Extent[],
): { file: OpenFile; fetcher: ChunkFetcher } {
  const chunks = new StoredChunks();
  let start = 0;
  const extents = lengthsBytes.map((lengthBytes, index): Extent => {
    const chunkId = index.toString(16).padStart(64, '0') as ChunkId;
    const padded = Buffer.concat([Buffer.alloc(7), content.subarray(start, start + lengthBytes)]);
    chunks.byId.set(chunkId, { kind: 'content', content: padded });
    start += lengthBytes;
    return { chunkId, offset: 7, lengthBytes };
  });
  const entry: FileEntry = {
    kind: 'file',
    name: 'f',
    sizeBytes: content.length,
    modifiedAtMs: 0,
    content: { kind: 'extents', extents },
  };
  const extent: ChunkFetcher['extent'] = async (kind, where, aborting) => {
    asked.push(where);
    return chunks.fetcher.extent(kind, where, aborting);
  };
  return { file: new OpenFile(entry, extents), fetcher: { extent } as unknown as ChunkFetcher };
}

describe('a preview', () => {
  it('asks the server only for the chunks that a range lies in, and for none of them twice', async (test) => {
    const server = await startServer(test);
    const proxy = await startLyingProxy(test, server.url);
    const client = await startDevice(test, proxy.url);
    await signUp(client, {
      name: 'Ada',
      password: 'correct horse battery staple',
      inviteToken: await server.firstRunToken(),
    });
    const video = seededRandom(1).bytes(12_000_000);
    const files = { 'films/video.mp4': video, 'small.txt': seededRandom(2).bytes(500) };
    const snapshotId = snapshotOf(await backUp(client, 'Films', picked(files)));
    const path = ['films', 'video.mp4'];

    assert.deepEqual(await client.engine.openPreview(snapshotId, path), {
      sizeBytes: video.length,
      modifiedAtMs: 1_700_000_000_123,
    });
    proxy.asked.length = 0;
    const read = async (start: number, end: number): Promise<void> => {
      const bytes = await client.engine.readRange(snapshotId, path, start, end);
      assert.ok(Buffer.from(bytes).equals(video.subarray(start, end)));
    };
    await read(9_000_000, 9_000_100);
    assert.ok(proxy.asked.length === 1 || proxy.asked.length === 2);
    await read(0, 3_000_000);
    await read(8_999_000, 9_000_000);
    await read(11_999_990, 12_000_500);
    await read(100, 200);
    assert.equal(new Set(proxy.asked).size, proxy.asked.length);

    const small = await client.engine.readRange(snapshotId, ['small.txt'], 0, 10_000);
    assert.deepEqual(small, files['small.txt']);
    for (const missing of [['none'], ['films'], ['films', 'none'], ['small.txt', 'x'], []])
      await assertRejectsCode(client.engine.openPreview(snapshotId, missing), 'entry-missing');
  });
});

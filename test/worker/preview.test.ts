/** Files read by range without being restored. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { secureRandom } from '../../shared/crypto/primitives.ts';
import type { Bytes } from '../../shared/crypto/primitives.ts';
import { keyringsOf } from '../../shared/crypto/vault-keys.ts';
import { chunkIdOf } from '../../shared/format/chunk-id.ts';
import type { ChunkKind } from '../../shared/format/chunk-id.ts';
import { uncompressed } from '../../shared/format/compression.ts';
import { encodeFolderNode } from '../../shared/format/folder-node.ts';
import type { Extent, FileEntry } from '../../shared/format/folder-node.ts';
import { sealChunk } from '../../shared/format/sealed-chunk.ts';
import type { ChunkId, ContentDigest, SnapshotId } from '../../shared/ids.ts';
import type { Clock } from '../../web/worker/ports.ts';
import { Previews } from '../../web/worker/preview/previews.ts';
import type { ServiceContext } from '../../web/worker/service-context.ts';
import { OpenFile } from '../../web/worker/preview/open-file.ts';
import type { ChunkFetcher } from '../../web/worker/vault/chunk-fetcher.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';
import { backUp, snapshotOf, startDevice } from '../helpers/engine-device.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { startLyingProxy } from '../helpers/lying-proxy.ts';
import { startServer } from '../helpers/server.ts';
import { piecesOf, testKeyring } from '../helpers/vault.ts';
import { picked, signUp } from './engine-client.ts';
import { enginePorts } from './engine-ports.ts';
import { ManualClock } from './manual-clock.ts';
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

/** Previews of a vault in memory that has one file of three chunks, and how often each chunk was asked for. */
async function vaultInMemory(clock: Clock): Promise<{
  readonly previews: Previews;
  readonly asked: ChunkId[];
  readonly lock: AbortController;
}> {
  const keyring = await testKeyring();
  const sealed = new Map<ChunkId, Bytes[]>();
  const store = async (kind: ChunkKind, content: Bytes): Promise<ChunkId> => {
    const pieces = piecesOf(content);
    const id = await chunkIdOf(keyring.idKey, kind, pieces);
    sealed.set(id, await sealChunk(keyring, kind, id, uncompressed(pieces), secureRandom));
    return id;
  };
  const extents: Extent[] = [];
  for (let n = 1; n <= 3; n++)
    extents.push({
      chunkId: await store('content', new Uint8Array(1_000).fill(n)),
      offset: 0,
      lengthBytes: 1_000,
    });
  const content = { kind: 'extents', extents } as const;
  const facts = { sizeBytes: 3_000, modifiedAtMs: 5, digest: 'dd'.repeat(16) as ContentDigest };
  const names = Array.from({ length: 20 }, (_, index) => `file ${String(index + 10)}`);
  const node = encodeFolderNode(names.map((name) => ({ kind: 'file', name, content, ...facts })));
  const root = [{ chunkId: await store('folders', node), offset: 0, lengthBytes: node.length }];
  const asked: ChunkId[] = [];
  const getChunk = async (id: ChunkId): Promise<Bytes[]> => {
    asked.push(id);
    return Promise.resolve((sealed.get(id) ?? []).map((piece) => piece.slice()));
  };
  const lock = new AbortController();
  const context = {
    ports: enginePorts({ clock }),
    link: {
      isConnected: true,
      withConnection: async (work: (connection: unknown) => Promise<unknown>) =>
        Promise.resolve(work({ getChunk })),
    },
    vault: {
      session: { keyrings: keyringsOf([keyring]) },
      mirror: { snapshot: () => ({ description: { root } }) },
      signal: lock.signal,
    },
  } as unknown as ServiceContext;
  return { previews: new Previews(context), asked, lock };
}

describe('what is kept of previews', () => {
  const snapshotId = 'aa'.repeat(16) as SnapshotId;
  const path = ['file 10'];

  it('spares the server the same chunks while a file is looked at, and is forgotten a minute later', async () => {
    const clock = new ManualClock();
    const { previews, asked, lock } = await vaultInMemory(clock);
    assert.equal((await previews.readRange(snapshotId, path, 900, 1_100)).length, 200);
    assert.equal(asked.length, 3, 'the folder and two chunks');
    await clock.advance(59_000);
    await previews.readRange(snapshotId, path, 0, 2_000);
    assert.equal(asked.length, 3);
    await clock.advance(59_000);
    await previews.readRange(snapshotId, path, 0, 1);
    assert.equal(asked.length, 3);
    await clock.advance(60_000);
    await previews.readRange(snapshotId, path, 0, 1);
    assert.equal(asked.length, 4);
    lock.abort();
    assert.equal(clock.sleeping, 0);
  });

  it('is bounded, however many files are looked at', async () => {
    const { previews, asked, lock } = await vaultInMemory(new ManualClock());
    for (let round = 0; round < 2; round++)
      for (let n = 10; n < 30; n++) {
        const name = `file ${String(n)}`;
        assert.deepEqual(await previews.open(snapshotId, [name]), { sizeBytes: 3_000, modifiedAtMs: 5 });
        assert.equal((await previews.readRange(snapshotId, [name], 0, 10)).length, 10);
      }
    assert.equal(new Set(asked).size, asked.length);
    lock.abort();
  });
});

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

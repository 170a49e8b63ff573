/** What a start-up makes of segments and an index that a crash, a full disk or bit rot has left. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  fstatSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checksum } from '../../server/checksum.ts';
import type { DataFolder } from '../../server/data-folder.ts';
import { SegmentStore } from '../../server/store/disk/segment-store.ts';
import { systemDisk } from '../../server/store/disk/segment-writer.ts';
import { recover } from '../../server/store/recovery.ts';
import { SqliteCatalog } from '../../server/store/sqlite/sqlite-catalog.ts';
import { systemClock } from '../../server/system.ts';
import type { RefPageId, VaultId } from '../../shared/ids.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import type { CleanUp } from '../helpers/temp-dir.ts';
import { dumpIndex, dumpOfRebuild } from './index-dump.ts';
import { newMember, secondConnection } from './members.ts';
import { signIn } from './test-account.ts';
import type { TestAccount } from './test-account.ts';
import { startTestServer, testRandom } from './test-server.ts';
import { WireClient, putPieces, randomChunk, randomSnapshotId, refPage } from './wire-client.ts';
import type { TestChunk } from './wire-client.ts';

const SEGMENT_BYTES = 1024 * 1024;

/** A stopped server's folder with a few segments of everything. */
interface Scene {
  readonly folder: DataFolder;
  readonly account: TestAccount;
  readonly token: Uint8Array;
  readonly chunks: readonly TestChunk[];
}

async function makeScene(t: CleanUp): Promise<Scene> {
  const server = await startTestServer(t, { config: { segmentSizeBytes: SEGMENT_BYTES } });
  const { client, account, token } = await newMember(server);
  const chunks: TestChunk[] = [];
  for (let i = 0; i < 12; i++) {
    const chunk = randomChunk(100_000 + i, 100_000, 1_000 * i);
    await client.putChunk(chunk);
    chunks.push(chunk);
  }
  const page = refPage(chunks.map(({ chunkId }) => chunkId));
  await client.expect('done', { type: 'put-refs', ...page });
  const commit = { snapshotId: randomSnapshotId(), sealed: Buffer.from('sealed'), refPages: [page.pageId] };
  await client.expect('snapshot-accepted', { type: 'commit-snapshot', ...commit });
  // A chunk that is given up half way: dead records among the living.
  const other = await secondConnection(server, { token });
  const requestId = other.nextRequestId();
  for (const message of putPieces(randomChunk(50_000, 50_000, 10)).slice(0, 2))
    other.send(message, requestId);
  await other.expect('pong', { type: 'ping' });
  await other.close();
  await client.putChunk(randomChunk(10));
  await server.stop();
  return { folder: server.folder, account, token, chunks };
}

function newestSegment({ segments }: DataFolder): string {
  return join(segments, readdirSync(segments).sort().at(-1) ?? '');
}

function removeIndex({ index }: DataFolder): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(index + suffix, { force: true });
}

/** Everything that the account's owner sees, by signing in with the password. */
async function ownersView(t: CleanUp, { folder, account, chunks }: Scene): Promise<unknown> {
  const server = await startTestServer(t, { dataDir: folder.path });
  const client = await WireClient.connect(server.port);
  const { wrappedAccountKey, vault } = await signIn(client, { name: account.name, secret: account.password });
  const changes = await client.expect('changes', { type: 'get-changes', afterSeq: 0 });
  const { vaultChunks, vaultSnapshots, vaultStoredBytes } = await client.expect('server-status', {
    type: 'status',
  });
  for (const { chunkId, pieces } of chunks) {
    const read = await client.getChunk(chunkId);
    assert.deepEqual(
      read.map((piece) => Buffer.from(piece)),
      pieces,
    );
  }
  await client.close();
  await server.stop();
  return { wrappedAccountKey, vault, changes, vaultChunks, vaultSnapshots, vaultStoredBytes };
}

test('what a killed server had written and not synced is synced before it counts, in every segment', async (t) => {
  const folder = await tempDir(t);
  const synced = new Set<number>();
  const disk = {
    ...systemDisk,
    fsync: (fd: number) => {
      synced.add(fstatSync(fd).ino);
    },
  };
  const options = { folder: join(folder, 'segments'), segmentSizeBytes: 400, random: testRandom, disk };
  const killed = SegmentStore.open(options);
  const head = {
    type: 'ref-page',
    vaultId: 'ab'.repeat(16) as VaultId,
    pageId: 'cd'.repeat(32) as RefPageId,
    seq: 1,
  } as const;
  const body = Buffer.alloc(96);
  for (let i = 0; i < 4; i++) killed.append({ ...head, bodyChecksum: checksum(body) }, body);
  killed.close();

  synced.clear();
  const blobs = SegmentStore.open(options);
  const catalog = SqliteCatalog.open(join(folder, 'index.sqlite'));
  await recover(blobs, catalog, { cutTornEnd: true, clock: systemClock });
  const files = readdirSync(options.folder).map((name) => statSync(join(options.folder, name)).ino);
  assert.ok(files.length > 1);
  assert.deepEqual(synced, new Set(files));
  blobs.close();
  catalog.close();
});

test('a torn end is cut off, and nothing else', async (t) => {
  const scene = await makeScene(t);
  const { folder } = scene;
  const before = await ownersView(t, scene);
  const file = newestSegment(folder);
  const whole = readFileSync(file);
  for (const torn of [
    Buffer.alloc(1),
    Buffer.alloc(4_096),
    whole.subarray(44, 44 + 60),
    Buffer.alloc(300_000, 7),
  ]) {
    appendFileSync(file, torn);
    assert.deepEqual(await ownersView(t, scene), before);
    assert.deepEqual(readFileSync(file), whole);
  }
});

test('with the index gone, the answers are the same and only sessions are lost', async (t) => {
  const scene = await makeScene(t);
  const { folder, token } = scene;
  const before = await ownersView(t, scene);
  const dump = dumpIndex(folder.index);
  removeIndex(folder);
  assert.deepEqual(await ownersView(t, scene), before);
  assert.deepEqual(dumpIndex(folder.index), dump);
  const server = await startTestServer(t, { dataDir: folder.path });
  const client = await WireClient.connect(server.port);
  assert.equal(await client.expectError({ type: 'resume-session', token }), 'session-expired');
  await client.close();
  await server.stop();
});

test('an index that is older than the segments catches up', async (t) => {
  const server = await startTestServer(t, { config: { segmentSizeBytes: SEGMENT_BYTES } });
  const { folder } = server;
  const { client, account, token } = await newMember(server);
  const chunks = [randomChunk(300_000 - 40_000, 10)];
  for (const chunk of chunks) await client.putChunk(chunk);
  await server.stop();
  copyFileSync(folder.index, `${folder.index}.old`);
  const second = await startTestServer(t, {
    dataDir: folder.path,
    config: { segmentSizeBytes: SEGMENT_BYTES },
  });
  const again = await secondConnection(second, { token });
  for (let i = 0; i < 10; i++) {
    const chunk = randomChunk(200_000, 10);
    await again.putChunk(chunk);
    chunks.push(chunk);
  }
  await second.stop();
  const scene = { folder, account, token, chunks };
  const [view, dump] = [await ownersView(t, scene), dumpIndex(folder.index)];
  removeIndex(folder);
  copyFileSync(`${folder.index}.old`, folder.index);
  assert.deepEqual(await ownersView(t, scene), view);
  assert.deepEqual(dumpIndex(folder.index), dump);
});

test('an index is the same as one made anew, which changes no segment', async (t) => {
  const { folder } = await makeScene(t);
  const sizes = () => readdirSync(folder.segments).map((name) => statSync(join(folder.segments, name)).size);
  const before = sizes();
  const { dump, report } = await dumpOfRebuild(folder.segments);
  assert.deepEqual(dump, dumpIndex(folder.index));
  assert.deepEqual(report.entries, { account: 1, chunk: 13, 'ref-page': 1, snapshot: 1, mark: 0 });
  assert.deepEqual(report.damages, []);
  assert.deepEqual(sizes(), before);
});

test('a damaged piece is told as damaged; after a rebuild its chunk alone is missing and can be sent again', async (t) => {
  const scene = await makeScene(t);
  const { folder, chunks, token } = scene;
  const harmed = chunks[3] ?? assert.fail();
  const place = findBytes(folder, harmed.pieces[1] ?? assert.fail());
  const fd = openSync(place.file, 'r+');
  writeSync(fd, Buffer.from('rot'), 0, 3, place.offset + 5);
  closeSync(fd);

  const server = await startTestServer(t, { dataDir: folder.path });
  const client = await secondConnection(server, { token });
  await assert.rejects(client.getChunk(harmed.chunkId), /storage-damaged/);
  await client.expect('pong', { type: 'ping' });
  await server.stop();

  const { report } = await dumpOfRebuild(folder.segments);
  assert.equal(report.damages.length, 1);
  removeIndex(folder);
  const rebuilt = await startTestServer(t, { dataDir: folder.path });
  const owner = await WireClient.connect(rebuilt.port);
  await signIn(owner, { name: scene.account.name, secret: scene.account.password });
  await assert.rejects(owner.getChunk(harmed.chunkId), /storage-damaged/); // as the reader above found
  assert.deepEqual(await owner.putChunk(harmed), { type: 'chunk-stored', existed: false });
  await owner.close();
  await rebuilt.stop();
  await ownersView(t, scene);
});

/** Where in the segments `bytes` stand. */
function findBytes({ segments }: DataFolder, bytes: Uint8Array) {
  for (const name of readdirSync(segments)) {
    const file = join(segments, name);
    const offset = readFileSync(file).indexOf(bytes);
    if (offset !== -1) return { file, offset };
  }
  return assert.fail('not in any segment');
}

/** Copies of a server's data folder: taken while it works, again into the same folder, and brought back. */
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { restoreCopy } from '../../server/copy/restore-copy.ts';
import { takeCopy } from '../../server/copy/take-copy.ts';
import { dataFolderAt } from '../../server/data-folder.ts';
import { systemClock } from '../../server/system.ts';
import type { SnapshotId } from '../../shared/ids.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import type { CleanUp } from '../helpers/temp-dir.ts';
import { runCommand } from './command.ts';
import { KeptStore } from './kept-store.ts';
import { newMember, secondConnection } from './members.ts';
import type { Member } from './members.ts';
import { signIn } from './test-account.ts';
import { startTestServer } from './test-server.ts';
import type { TestServer } from './test-server.ts';
import { WireClient, randomChunk, randomSnapshotId, refPage } from './wire-client.ts';
import type { TestChunk } from './wire-client.ts';

const SEGMENT_BYTES = 1024 * 1024;

interface Acknowledged {
  readonly chunk: TestChunk;
  readonly snapshotId: SnapshotId;
}

/** Backs up one chunk after another until it is stopped; gives what has been acknowledged so far. */
async function keepBackingUp(server: TestServer, member: Member) {
  const client = await secondConnection(server, member);
  const acknowledged: Acknowledged[] = [];
  const stopping = new AbortController();
  const work = (async () => {
    for (let i = 0; !stopping.signal.aborted; i++) {
      const chunk = randomChunk(60_000 + i);
      await client.putChunk(chunk);
      const page = refPage([chunk.chunkId]);
      await client.expect('done', { type: 'put-refs', ...page });
      const snapshotId = randomSnapshotId();
      const commit = { snapshotId, sealed: Buffer.from(snapshotId), refPages: [page.pageId] };
      await client.expect('snapshot-accepted', { type: 'commit-snapshot', ...commit });
      acknowledged.push({ chunk, snapshotId });
    }
  })();
  return {
    acknowledged,
    stop: async () => {
      stopping.abort();
      await work;
    },
  };
}

/** Brings a copy back, starts a server on it, and looks for all of `wanted` by signing in. */
async function assertBringsBack(
  t: CleanUp,
  copy: string,
  { account }: Member,
  wanted: readonly Acknowledged[],
): Promise<void> {
  const dataDir = join(await tempDir(t), 'data');
  const { code, output } = await runCommand('backup-server', dataDir, '--restore', copy);
  assert.equal(code, 0, output);
  const server = await startTestServer(t, { dataDir });
  const client = await WireClient.connect(server.port);
  await signIn(client, { name: account.name, secret: account.password });
  const found = new Set<SnapshotId>();
  for (let nextSeq = 0, headSeq = 1; nextSeq < headSeq;) {
    const changes = await client.expect('changes', { type: 'get-changes', afterSeq: nextSeq });
    for (const { snapshotId } of changes.snapshots) found.add(snapshotId);
    ({ nextSeq, headSeq } = changes);
  }
  for (const { chunk, snapshotId } of wanted) {
    assert.ok(found.has(snapshotId), 'a snapshot is missing');
    assert.deepEqual(Buffer.concat(await client.getChunk(chunk.chunkId)), Buffer.concat(chunk.pieces));
  }
  const { vaultSnapshots } = await client.expect('server-status', { type: 'status' });
  assert.ok(vaultSnapshots >= wanted.length);
  await server.stop();
}

test('a copy of a server at work brings back all that was acknowledged before it began; the next one adds to it', async (t) => {
  const server = await startTestServer(t, { config: { segmentSizeBytes: SEGMENT_BYTES } });
  const member = await newMember(server);
  const copy = await tempDir(t);
  const load = await keepBackingUp(server, member);
  for (const round of [1, 2]) {
    const wanted = await new Promise<Acknowledged[]>((resolve) => {
      const look = setInterval(() => {
        if (load.acknowledged.length < 30 * round) return;
        clearInterval(look);
        resolve([...load.acknowledged]);
      }, 10);
    });
    const { code, output } = await runCommand('backup-server', server.folder.path, copy);
    assert.equal(code, 0, output);
    const [, bytes, copied] = /with (\d+) bytes, (\d+) of them now/.exec(output) ?? [];
    assert.equal(Number(copied) < Number(bytes), round > 1, output);
    await assertBringsBack(t, copy, member, wanted);
  }
  await load.stop();
});

test('a copy taken again after compaction holds what the server holds, and the segments that are gone are dropped', async (t) => {
  const kept = await KeptStore.open(t);
  const source = dataFolderAt(kept.folder);
  writeFileSync(source.opaqueSetup, 'secret\n');
  const copy = await tempDir(t);
  const chunks = Array.from({ length: 12 }, () => randomChunk(40_000));
  const snapshots = [];
  for (const chunk of chunks) snapshots.push(await kept.back(chunk));
  const first = takeCopy(source, copy, systemClock);
  assert.equal(first.copiedBytes, first.bytes);
  await kept.erase(...snapshots.slice(0, 6));
  await kept.compact();
  const second = takeCopy(source, copy, systemClock);
  assert.ok(second.removedSegments > 0 && second.copiedBytes < first.copiedBytes, JSON.stringify(second));
  const dataDir = join(await tempDir(t), 'data');
  assert.deepEqual(restoreCopy(copy, dataDir).damaged, []);
  assert.equal(readFileSync(dataFolderAt(dataDir).opaqueSetup, 'utf8'), 'secret\n');
  const back = await kept.crashed(t, dataDir);
  for (const chunk of chunks.slice(6)) assert.deepEqual(await back.read(chunk), Buffer.concat(chunk.pieces));
  const vault = await back.vault();
  assert.deepEqual(await vault.totals(), { ...(await (await kept.vault()).totals()), garbageBytes: 0 });
});

test('a flipped bit in a full segment doesn’t replace its good copy; a segment that was cut is copied anew', async (t) => {
  const kept = await KeptStore.open(t);
  const source = dataFolderAt(kept.folder);
  writeFileSync(source.opaqueSetup, 'secret\n');
  const copy = await tempDir(t);
  for (let i = 0; i < 6; i++) await kept.back(randomChunk(40_000));
  takeCopy(source, copy, systemClock);
  const [oldest, ...others] = readdirSync(source.segments);
  const newest = others.at(-1);
  assert.ok(oldest !== undefined && newest !== undefined);
  const good = readFileSync(join(source.segments, oldest));
  const flipped = Buffer.from(good);
  flipped.writeUInt8(flipped.readUInt8(500) ^ 1, 500);
  writeFileSync(join(source.segments, oldest), flipped);
  // As after a write that failed: its end is cut, and other records follow.
  truncateSync(join(source.segments, newest), statSync(join(source.segments, newest)).size - 50);
  writeFileSync(join(source.segments, newest), Buffer.alloc(200, 9), { flag: 'a' });
  takeCopy(source, copy, systemClock);
  assert.deepEqual(readFileSync(join(copy, 'segments', oldest)), good);
  assert.deepEqual(readFileSync(join(copy, 'segments', newest)), readFileSync(join(source.segments, newest)));
  const dataDir = join(await tempDir(t), 'data');
  assert.deepEqual(restoreCopy(copy, dataDir).damaged, []);
});

test('a copy that was cut short goes on from the last whole one', async (t) => {
  const kept = await KeptStore.open(t);
  const source = dataFolderAt(kept.folder);
  writeFileSync(source.opaqueSetup, 'secret\n');
  const copy = await tempDir(t);
  const chunk = randomChunk(40_000);
  await kept.back(chunk);
  takeCopy(source, copy, systemClock);
  const [segment = ''] = readdirSync(join(copy, 'segments'));
  // Bytes that no manifest names: what a copy that was killed had added.
  writeFileSync(join(copy, 'segments', segment), Buffer.alloc(1_000, 3), { flag: 'a' });
  writeFileSync(join(copy, 'segments', '00000009.segment'), 'half');
  const dataDir = join(await tempDir(t), 'data');
  restoreCopy(copy, dataDir);
  assert.deepEqual(await (await kept.crashed(t, dataDir)).read(chunk), Buffer.concat(chunk.pieces));
  await kept.back(randomChunk(10_000));
  takeCopy(source, copy, systemClock);
  for (const name of readdirSync(join(copy, 'segments'))) {
    assert.deepEqual(readFileSync(join(copy, 'segments', name)), readFileSync(join(source.segments, name)));
  }
});

test('nothing is written where something else is: other folders, other servers’ copies, a data folder in use', async (t) => {
  const kept = await KeptStore.open(t);
  const source = dataFolderAt(kept.folder);
  const refused = { code: 'config-invalid' };
  const copy = await tempDir(t);
  assert.throws(() => takeCopy(source, copy, systemClock), refused); // no server’s data yet
  writeFileSync(source.opaqueSetup, 'secret\n');
  assert.throws(() => takeCopy(source, join(kept.folder, 'copy'), systemClock), refused);
  const photos = await tempDir(t);
  writeFileSync(join(photos, 'photo.jpg'), 'mine');
  assert.throws(() => takeCopy(source, photos, systemClock), refused);
  takeCopy(source, copy, systemClock);
  writeFileSync(source.opaqueSetup, 'another\n');
  assert.throws(() => takeCopy(source, copy, systemClock), refused);
  assert.throws(() => restoreCopy(copy, kept.folder), refused);
  assert.throws(() => restoreCopy(photos, join(photos, 'data')), refused);
  assert.deepEqual(readdirSync(photos), ['photo.jpg']);
});

test('a damaged copy is brought back as far as it goes, and said to be damaged by the exit code', async (t) => {
  const kept = await KeptStore.open(t);
  const source = dataFolderAt(kept.folder);
  writeFileSync(source.opaqueSetup, 'secret\n');
  const copy = await tempDir(t);
  await kept.back(randomChunk(1_000));
  takeCopy(source, copy, systemClock);
  const file = join(copy, 'segments', '00000001.segment');
  copyFileSync(file, `${file}.was`);
  truncateSync(file, 700);
  const { code, output } = await runCommand(
    'backup-server',
    join(await tempDir(t), 'data'),
    '--restore',
    copy,
  );
  assert.equal(code, 1);
  assert.match(output, /00000001\.segment/);
  assert.equal((await runCommand('backup-server', kept.folder)).code, 2);
});

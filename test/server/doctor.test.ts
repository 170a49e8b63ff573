/** What `npm run doctor` finds and mends, with real damage; it deletes nothing, and changes nothing unless it is told to. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  closeSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import type { DataFolder } from '../../server/data-folder.ts';
import type { CleanUp } from '../helpers/temp-dir.ts';
import { runCommand } from './command.ts';
import { newMember } from './members.ts';
import { harmRecord } from './segment-harm.ts';
import { signIn } from './test-account.ts';
import { startTestServer } from './test-server.ts';
import { WireClient, randomChunk, randomSnapshotId, refPage } from './wire-client.ts';
import type { TestChunk } from './wire-client.ts';

/** A stopped server's folder, with chunks in more than one segment and a snapshot of them. */
async function makeScene(t: CleanUp) {
  const server = await startTestServer(t, { config: { segmentSizeBytes: 1024 * 1024 } });
  const { client, account } = await newMember(server);
  const chunks = Array.from({ length: 30 }, () => randomChunk(50_000));
  for (const chunk of chunks) await client.putChunk(chunk);
  const page = refPage(chunks.map(({ chunkId }) => chunkId));
  await client.expect('done', { type: 'put-refs', ...page });
  const commit = { snapshotId: randomSnapshotId(), sealed: Buffer.from('sealed'), refPages: [page.pageId] };
  await client.expect('snapshot-accepted', { type: 'commit-snapshot', ...commit });
  const vault = await server.store.openVault(account.vaultId);
  const places = new Map<TestChunk, Awaited<ReturnType<typeof vault.findChunk>>[number]>();
  for (const chunk of chunks) places.set(chunk, (await vault.findChunk(chunk.chunkId))[0] ?? assert.fail());
  await server.stop();
  return { folder: server.folder, account, chunks, places, page };
}

type Scene = Awaited<ReturnType<typeof makeScene>>;

/** Which chunks a server on the folder says are missing, to a client that then heals them. */
async function heal(t: CleanUp, { folder, account, chunks, page }: Scene): Promise<TestChunk[]> {
  const server = await startTestServer(t, { dataDir: folder.path });
  const client = await WireClient.connect(server.port);
  await signIn(client, { name: account.name, secret: account.password });
  const answer = await client.ask({ type: 'put-refs', ...page });
  const missing = new Set(answer.type === 'refs-missing' ? answer.chunkIds : []);
  const damaged = chunks.filter(({ chunkId }) => missing.has(chunkId));
  for (const chunk of damaged) await client.putChunk(chunk);
  await client.expect('done', { type: 'put-refs', ...page });
  for (const { chunkId, pieces } of chunks) {
    assert.deepEqual(Buffer.concat(await client.getChunk(chunkId)), Buffer.concat(pieces));
  }
  await client.close();
  await server.stop();
  return damaged;
}

/** Every file's bytes; SQLite's own change as it is looked at. */
function contentOf({ path, segments }: DataFolder): Map<string, string> {
  const files = [...readdirSync(segments).map((name) => join(segments, name)), join(path, 'index.sqlite')];
  return new Map(files.map((file) => [file, readFileSync(file).toString('base64')]));
}

/** A first look must find `pattern`, and change nothing; a repair must mend it. */
async function findAndMend(scene: Scene, pattern: RegExp): Promise<void> {
  const { folder } = scene;
  const before = contentOf(folder);
  const look = await runCommand('doctor', folder.path);
  assert.match(look.output, pattern);
  assert.match(look.output, /Nothing was changed/);
  assert.equal(look.code, 1);
  assert.deepEqual(contentOf(folder), before);
  const mend = await runCommand('doctor', folder.path, '--repair');
  assert.match(mend.output, /After the repair: nothing is wrong/);
  assert.equal(mend.code, 0);
}

function overwrite(file: string, offset: number, bytes: Uint8Array): void {
  const fd = openSync(file, 'r+');
  writeSync(fd, bytes, 0, bytes.length, offset);
  closeSync(fd);
}

test('a sound folder has nothing wrong; one in use is left alone', async (t) => {
  const { folder } = await makeScene(t);
  const { code, output } = await runCommand('doctor', folder.path);
  assert.equal(code, 0, output);
  assert.match(output, /nothing is wrong/);
  const server = await startTestServer(t);
  const lock = new Database(server.folder.lock);
  lock.exec('BEGIN EXCLUSIVE');
  const refused = await runCommand('doctor', server.folder.path, '--repair');
  lock.close();
  assert.equal(refused.code, 1);
  assert.match(refused.output, /in use by another Holdfast process/);
});

test('a flipped bit in a chunk: it is marked, and the next backup heals it', async (t) => {
  const scene = await makeScene(t);
  const harmed = scene.chunks[3] ?? assert.fail();
  harmRecord(scene.folder.path, scene.places.get(harmed) ?? assert.fail());
  await findAndMend(scene, /! Index and segments differ in chunks: 1 rows only in the index/);
  assert.deepEqual(await heal(t, scene), [harmed]);
});

test('a missing segment: all that was in it is marked, and the next backup heals it', async (t) => {
  const scene = await makeScene(t);
  const aside = join(scene.folder.path, 'lost');
  renameSync(join(scene.folder.segments, '00000002.segment'), aside);
  await findAndMend(scene, /! The segment 00000002\.segment is missing, with \d+ bytes/);
  const lost = scene.chunks.filter((chunk) => scene.places.get(chunk)?.segment === 2);
  assert.ok(lost.length > 0);
  assert.deepEqual(await heal(t, scene), lost);
});

test('a segment whose header is gone stays as it is, and what was in it is marked', async (t) => {
  const scene = await makeScene(t);
  const file = join(scene.folder.segments, '00000001.segment');
  overwrite(file, 0, Buffer.alloc(40, 1));
  const harmed = readFileSync(file);
  const look = await runCommand('doctor', scene.folder.path);
  assert.equal(look.code, 1);
  const mend = await runCommand('doctor', scene.folder.path, '--repair');
  assert.match(mend.output, /After the repair: nothing is wrong/, mend.output);
  assert.deepEqual(readFileSync(file), harmed);
  const lost = scene.chunks.filter((chunk) => scene.places.get(chunk)?.segment === 1);
  assert.deepEqual(await heal(t, scene), lost);
});

test('a torn end is moved to a file of its own and cut off', async (t) => {
  const scene = await makeScene(t);
  const newest = readdirSync(scene.folder.segments).sort().at(-1) ?? '';
  const file = join(scene.folder.segments, newest);
  const sizeBytes = statSync(file).size;
  const torn = Buffer.alloc(777, 5);
  appendFileSync(file, torn);
  await findAndMend(scene, /! The newest segment ends in 777 bytes that are no record/);
  assert.equal(statSync(file).size, sizeBytes);
  assert.deepEqual(readFileSync(join(scene.folder.path, `${newest}.torn-at-${sizeBytes}`)), torn);
  assert.deepEqual(await heal(t, scene), []);
});

test('a damaged index is moved aside and made anew', async (t) => {
  const scene = await makeScene(t);
  overwrite(scene.folder.index, 4_096 * 3, Buffer.alloc(4_096 * 8, 0xff));
  const damaged = readFileSync(scene.folder.index);
  await findAndMend(scene, /! The index is damaged/);
  const aside = readdirSync(scene.folder.path).find((name) => name.startsWith('index.sqlite.damaged-')) ?? '';
  assert.deepEqual(readFileSync(join(scene.folder.path, aside)), damaged);
  assert.deepEqual(await heal(t, scene), []);
});

test('an index that says something else than the segments is made anew, however sound its file is', async (t) => {
  const scene = await makeScene(t);
  const database = new Database(scene.folder.index);
  database.exec('DELETE FROM chunks WHERE seq IN (SELECT min(seq) FROM chunks)');
  database.exec('DELETE FROM snapshots');
  database.close();
  await findAndMend(
    scene,
    /! Index and segments differ in snapshots: 0 rows only in the index, 1 only in segments/,
  );
  assert.deepEqual(await heal(t, scene), []);
});

test('files that others may read are closed to them; a lost sign-in secret is said to be beyond repair', async (t) => {
  const scene = await makeScene(t);
  chmodSync(scene.folder.opaqueSetup, 0o644);
  await findAndMend(scene, /! Others than its owner may use .*opaque-setup/);
  assert.equal(statSync(scene.folder.opaqueSetup).mode & 0o777, 0o600);
  rmSync(scene.folder.opaqueSetup);
  const { code, output } = await runCommand('doctor', scene.folder.path, '--repair');
  assert.equal(code, 1);
  assert.match(output, /opaque-setup is missing: nobody can sign in/);
  assert.match(output, /Put it back from a copy/);
});

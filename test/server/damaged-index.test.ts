/** An index whose file is damaged is moved aside and made anew from the segments: at the start, and while the server runs. */
import assert from 'node:assert/strict';
import { appendFileSync, closeSync, openSync, readFileSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { hashToken } from '../../server/auth/tokens.ts';
import { loadConfig } from '../../server/config.ts';
import { openDataFolder } from '../../server/data-folder.ts';
import { createLog } from '../../server/log.ts';
import { Service } from '../../server/service.ts';
import { systemClock } from '../../server/system.ts';
import type { CleanUp } from '../helpers/temp-dir.ts';
import { waitFor } from '../helpers/wait.ts';
import { dumpIndex, dumpOfRebuild } from './index-dump.ts';
import { newMember, secondConnection } from './members.ts';
import { startTestServer, testRandom } from './test-server.ts';
import { harmRecord } from './segment-harm.ts';
import { randomChunk } from './wire-client.ts';
import type { TestChunk } from './wire-client.ts';

/** A stopped server's folder with chunks in it, and a session. */
async function makeScene(t: CleanUp) {
  const server = await startTestServer(t);
  const member = await newMember(server);
  const chunks: TestChunk[] = [];
  for (let i = 0; i < 200; i++) chunks.push(randomChunk(300));
  await Promise.all(chunks.map((chunk) => member.client.putChunk(chunk)));
  await server.stop();
  return { folder: server.folder, member, chunks, dump: dumpIndex(server.folder.index) };
}

function overwrite(file: string, offset: number, bytes: Uint8Array): void {
  const fd = openSync(file, 'r+');
  writeSync(fd, bytes, 0, bytes.length, offset);
  closeSync(fd);
}

/** The page where a table or index of the file begins. */
function rootPage(file: string, name: string) {
  const database = new Database(file, { readonly: true });
  const row = database
    .prepare<[string], { readonly rootpage: number }>('SELECT rootpage FROM sqlite_master WHERE name = ?')
    .get(name);
  const pageBytes = Number(database.pragma('page_size', { simple: true }));
  database.close();
  return { offset: ((row?.rootpage ?? 1) - 1) * pageBytes, pageBytes };
}

async function startService(t: CleanUp, dataDir: string) {
  const config = { ...loadConfig({ HOLDFAST_PORT: '0', HOLDFAST_HOST: '127.0.0.1' }), dataDir };
  const parts = { config, clock: systemClock, random: testRandom, log: createLog('silent') };
  const { service, app } = await Service.start(parts);
  t.after(() => service.stop());
  return { service, port: app.port };
}

function setAside(path: string): string[] {
  return readdirSync(path).filter((name) => /^index\.sqlite\.damaged-[\dTZ-]+$/.test(name));
}

for (const [what, harm] of [
  [
    'its beginning',
    (index: string) => {
      overwrite(index, 0, Buffer.alloc(100, 0xab));
    },
  ],
  [
    'a table that recovery writes',
    (index: string) => {
      const { offset, pageBytes } = rootPage(index, 'checkpoint');
      overwrite(index, offset, Buffer.alloc(pageBytes, 0xff));
    },
  ],
] as const) {
  test(`an index that is damaged in ${what} is moved aside at the start, and another one made`, async (t) => {
    const { folder, chunks, member, dump } = await makeScene(t);
    harm(folder.index);
    const damaged = readFileSync(folder.index);
    const { service, port } = await startService(t, folder.path);
    const [aside, ...more] = setAside(folder.path);
    assert.deepEqual(more, []);
    assert.deepEqual(readFileSync(join(folder.path, aside ?? '')), damaged, 'nothing is thrown away');
    await service.stop();
    assert.deepEqual(dumpIndex(folder.index), dump);
    const again = await startTestServer(t, { dataDir: folder.path });
    const session = await again.store.sessions.find(hashToken(member.token));
    // Where the file’s beginning is gone so are its sessions.
    assert.equal(session !== undefined, what !== 'its beginning');
    const vault = await again.store.openVault(member.account.vaultId);
    for (const { chunkId } of chunks) assert.equal((await vault.findChunk(chunkId)).length, 1);
    assert.ok(port > 0);
  });
}

test('an index that turns out damaged while the server runs: a coded error, and the server is well again by itself', async (t) => {
  const { folder, chunks, member, dump } = await makeScene(t);
  const { offset, pageBytes } = rootPage(folder.index, 'chunks');
  overwrite(folder.index, offset, Buffer.alloc(pageBytes, 0xff));
  const { service, port } = await startService(t, folder.path);
  const server = { port };
  const client = await secondConnection(server, member);
  assert.deepEqual(setAside(folder.path), [], 'nobody has met the damage yet');
  const [first] = chunks;
  assert.ok(first);
  const answer = await client.ask({ type: 'get-chunk', chunkId: first.chunkId });
  assert.ok(answer.type === 'error' && answer.code === 'index-damaged', JSON.stringify(answer));
  assert.ok((answer.retryAfterMs ?? 0) > 0);
  assert.equal(await client.closed(), 1012);
  const again = await waitFor('the server to be back', () =>
    secondConnection(server, member).catch(() => undefined),
  );
  for (const { chunkId, pieces } of chunks) {
    assert.deepEqual(Buffer.concat(await again.getChunk(chunkId)), Buffer.concat(pieces));
  }
  assert.equal((await again.putChunk(randomChunk(10))).type, 'chunk-stored');
  assert.equal(setAside(folder.path).length, 1);
  await again.close();
  await service.stop();
  assert.ok(dumpIndex(folder.index).chunks.length === dump.chunks.length + 1);
  assert.deepEqual((await dumpOfRebuild(folder.segments)).dump, dumpIndex(folder.index));
});

test('damage in the middle of a segment is never cut off, a torn record behind it is', async (t) => {
  const { folder, chunks, member } = await makeScene(t);
  const segment = join(folder.segments, '00000001.segment');
  const index = openDataFolder(folder.path).index;
  const harmed = chunks[100] ?? assert.fail();
  const first = await startTestServer(t, { dataDir: folder.path });
  const places = await (await first.store.openVault(member.account.vaultId)).findChunk(harmed.chunkId);
  await first.stop();
  harmRecord(folder.path, places[0] ?? assert.fail());
  const whole = readFileSync(segment);
  appendFileSync(segment, whole.subarray(places[0]?.offset, (places[0]?.offset ?? 0) + 90));
  overwrite(index, 0, Buffer.alloc(100, 0xab)); // so that everything is read again
  const { service, port } = await startService(t, folder.path);
  assert.deepEqual(readFileSync(segment), whole);
  assert.ok(port > 0);
  await service.stop();
});

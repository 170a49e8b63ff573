import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createAccount, signIn } from './test-account.ts';
import { startTestServer } from './test-server.ts';
import type { TestServer } from './test-server.ts';
import { WireClient, randomChunk, randomSnapshotId, refPage } from './wire-client.ts';

let server: TestServer;
let client: WireClient;

before(async () => {
  server = await startTestServer();
  client = await WireClient.connect(server.port);
  const account = await createAccount(client, server.firstRunToken ?? '');
  await signIn(client, { name: account.name, secret: account.password });
});
after(async () => {
  await client.close();
  await server.stop();
});

test('a chunk of several pieces comes back as it was', async () => {
  const chunk = randomChunk(258_000, 258_000, 1_000);
  assert.deepEqual(await client.putChunk(chunk), { type: 'chunk-stored', existed: false });
  const pieces = await client.getChunk(chunk.chunkId);
  assert.deepEqual(
    pieces.map((piece) => Buffer.from(piece)),
    chunk.pieces,
  );
});

test('a snapshot is accepted once its chunks and pages are there', async () => {
  const chunk = randomChunk(1_000);
  const page = refPage([chunk.chunkId]);
  const snapshotId = randomSnapshotId();
  const commit = {
    type: 'commit-snapshot',
    snapshotId,
    sealed: Buffer.from('sealed'),
    refPages: [page.pageId],
  } as const;
  assert.deepEqual(await client.expect('refs-missing', { type: 'put-refs', ...page }), {
    type: 'refs-missing',
    chunkIds: [chunk.chunkId],
  });
  assert.deepEqual(await client.ask(commit), { type: 'snapshot-missing-pages', refPages: [page.pageId] });
  await client.putChunk(chunk);
  await client.expect('done', { type: 'put-refs', ...page });
  const accepted = await client.expect('snapshot-accepted', commit);
  assert.deepEqual(await client.ask(commit), accepted);
  assert.equal(await client.expectError({ ...commit, sealed: Buffer.from('other') }), 'snapshot-conflict');
});

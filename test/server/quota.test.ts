/** What an account may keep: judged before bytes are written, with all that is under way counted in. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerMessage } from '../../shared/wire/messages.ts';
import { newMember, secondConnection, uploadConnection } from './members.ts';
import { startTestServer } from './test-server.ts';
import { putPieces, randomChunk } from './wire-client.ts';

const QUOTA_BYTES = 100_000;

function codeOf(answer: ServerMessage): string {
  return answer.type === 'error' ? answer.code : answer.type;
}

test('an account keeps up to its quota and not a byte more, and is told the quota; other accounts have their own', async (t) => {
  const server = await startTestServer(t, { config: { accountQuotaBytes: QUOTA_BYTES } });
  const { client } = await newMember(server);
  const kept = randomChunk(60_000, 30_000);
  assert.equal(codeOf(await client.putChunk(kept)), 'chunk-stored');
  const before = server.store.upkeep.blobs.end;
  assert.equal(codeOf(await client.putChunk(randomChunk(10_001))), 'quota-exceeded');
  assert.deepEqual(server.store.upkeep.blobs.end, before, 'nothing was written');
  assert.deepEqual(await client.putChunk(kept), { type: 'chunk-stored', existed: true });
  assert.equal(codeOf(await client.putChunk(randomChunk(10_000))), 'chunk-stored');
  assert.equal(codeOf(await client.putChunk(randomChunk(1))), 'quota-exceeded');
  const { quotaBytes, vaultStoredBytes } = await client.expect('server-status', { type: 'status' });
  assert.deepEqual([quotaBytes, vaultStoredBytes], [QUOTA_BYTES, QUOTA_BYTES]);
  const other = await newMember(server);
  assert.equal(codeOf(await other.client.putChunk(randomChunk(QUOTA_BYTES))), 'chunk-stored');
});

test('uploads that are under way count: several connections at once get no more, and what is given up counts no longer', async (t) => {
  const server = await startTestServer(t, { config: { accountQuotaBytes: QUOTA_BYTES } });
  const member = await newMember(server);
  const half = await secondConnection(server, member);
  const [first] = putPieces(randomChunk(60_000, 10));
  assert.ok(first);
  half.send(first);
  await half.expect('pong', { type: 'ping' });
  const upload = await uploadConnection(server, member);
  assert.equal(codeOf(await upload.client.putChunk(randomChunk(50_000))), 'quota-exceeded');
  await half.close();
  await member.client.expect('server-status', { type: 'status' });
  assert.equal(codeOf(await upload.client.putChunk(randomChunk(50_000))), 'chunk-stored');
});

test('a quota counts what a vault holds after a restart, and no limit is one', async (t) => {
  const first = await startTestServer(t);
  const member = await newMember(first);
  assert.equal(codeOf(await member.client.putChunk(randomChunk(QUOTA_BYTES))), 'chunk-stored');
  assert.equal((await member.client.expect('server-status', { type: 'status' })).quotaBytes, 0);
  await first.stop();
  const config = { accountQuotaBytes: QUOTA_BYTES };
  const again = await startTestServer(t, { dataDir: first.folder.path, config });
  const client = await secondConnection(again, member);
  assert.equal(codeOf(await client.putChunk(randomChunk(1))), 'quota-exceeded');
});

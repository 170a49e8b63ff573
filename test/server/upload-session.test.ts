/** Sessions that may only send: what a device keeps to send its queue with while nobody is signed in there. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { MAX_SESSIONS } from '../../shared/limits.ts';
import { newMember, secondConnection, uploadConnection } from './members.ts';
import { replaceCredential } from './test-account.ts';
import { startTestServer, wholeFile } from './test-server.ts';
import type { TestServer } from './test-server.ts';
import { WireClient, randomChunk, randomSnapshotId, refPage } from './wire-client.ts';

const DAY_MS = 86_400_000;
const file = wholeFile();
let server: TestServer;

before(async () => {
  server = await startTestServer(file, {
    config: { sessionIdleTimeoutSeconds: 86_400, uploadSessionDays: 10 },
  });
});

/** What a token is answered, on a connection of its own. */
async function resume(token: Uint8Array): Promise<string> {
  const client = await WireClient.connect(server.port);
  const answer = await client.ask({ type: 'resume-session', token });
  await client.close();
  return answer.type === 'error' ? answer.code : answer.type;
}

test('a whole backup goes through an upload session, and the full session finds it', async () => {
  const member = await newMember(server);
  const { client } = await uploadConnection(server, member);
  const chunk = randomChunk(2_000, 100);
  assert.deepEqual(await client.putChunk(chunk), { type: 'chunk-stored', existed: false });
  const page = refPage([chunk.chunkId]);
  await client.expect('done', { type: 'put-refs', ...page });
  const commit = { snapshotId: randomSnapshotId(), sealed: Buffer.from('sealed'), refPages: [page.pageId] };
  await client.expect('snapshot-accepted', { type: 'commit-snapshot', ...commit });
  const { snapshots } = await member.client.expect('changes', { type: 'get-changes', afterSeq: 0 });
  assert.deepEqual(
    snapshots.map(({ snapshotId }) => snapshotId),
    [commit.snapshotId],
  );
});

test('no key goes out to an upload session, and no news of the vault', async () => {
  const { client, account } = await newMember(server);
  const { token } = await client.expect('upload-session', { type: 'create-upload-session' });
  const upload = await WireClient.connect(server.port);
  const resumed = await upload.expect('session-resumed', { type: 'resume-session', token });
  assert.equal(resumed.accountId, account.accountId);
  assert.deepEqual(resumed.vault, { vaultId: account.vaultId, keys: [] });
  await client.putChunk(randomChunk(100));
  // Longer than the server gathers news for.
  await new Promise((resolve) => setTimeout(resolve, 500));
  await upload.expect('pong', { type: 'ping' });
  assert.deepEqual(upload.inbox, []);
});

test('an upload session outlives the full one that made it: its sign-out, and its idle time-out', async () => {
  const member = await newMember(server);
  const { client, token } = await uploadConnection(server, member);
  await client.close();
  await member.client.expect('done', { type: 'sign-out' });
  assert.equal(await resume(member.token), 'session-expired');
  assert.equal(await resume(token), 'session-resumed');
  const other = await newMember(server);
  try {
    server.clock.aheadMs = 2 * DAY_MS;
    assert.equal(await resume(other.token), 'session-expired');
    assert.equal(await resume(token), 'session-resumed');
  } finally {
    server.clock.aheadMs = 0;
  }
});

test('an upload session ends when unused for its own time-out, on connections that are open, too', async () => {
  const { client, token } = await uploadConnection(server, await newMember(server));
  try {
    server.clock.aheadMs = 11 * DAY_MS;
    const answer = await client.putChunk(randomChunk(10));
    assert.ok(answer.type === 'error' && answer.code === 'session-expired');
    assert.equal(await resume(token), 'session-expired');
  } finally {
    server.clock.aheadMs = 0;
  }
});

test('signing an upload session out ends it alone', async () => {
  const member = await newMember(server);
  const { client, token } = await uploadConnection(server, member);
  const other = await uploadConnection(server, member);
  await client.expect('done', { type: 'sign-out' });
  assert.equal(await resume(token), 'session-expired');
  assert.equal(await resume(other.token), 'session-resumed');
  await member.client.expect('server-status', { type: 'status' });
});

test('a new password ends upload sessions, at once and for good', async () => {
  const member = await newMember(server);
  const { client, token } = await uploadConnection(server, member);
  await replaceCredential(member.client, 'password', 'a new password');
  assert.equal((await client.next('error')).code, 'session-expired');
  assert.equal(await client.closed(), 1008);
  assert.equal(await resume(token), 'session-expired');
});

test('asking for upload sessions without end leaves no more than there may be; the newest is good', async () => {
  const { client } = await newMember(server);
  const tokens: Uint8Array[] = [];
  for (let i = 0; i <= MAX_SESSIONS; i++) {
    tokens.push((await client.expect('upload-session', { type: 'create-upload-session' })).token);
    server.clock.aheadMs++;
  }
  server.clock.aheadMs = 0;
  assert.equal(await resume(tokens[0] ?? new Uint8Array()), 'session-expired');
  assert.equal(await resume(tokens[1] ?? new Uint8Array()), 'session-resumed');
  assert.equal(await resume(tokens.at(-1) ?? new Uint8Array()), 'session-resumed');
  await client.expect('server-status', { type: 'status' });
});

test('an upload session outlives a restart', async (t) => {
  const first = await startTestServer(t);
  const { token } = await uploadConnection(first, await newMember(first));
  await first.stop();
  const again = await startTestServer(t, { dataDir: first.folder.path });
  const client = await secondConnection(again, { token });
  assert.deepEqual(await client.putChunk(randomChunk(10)), { type: 'chunk-stored', existed: false });
  assert.equal(await client.expectError({ type: 'create-upload-session' }), 'not-allowed');
});

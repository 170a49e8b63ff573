/** What the log may hold: everything is logged here, and then searched for what must not be in it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import type { Log } from '../../server/log.ts';
import { newMember } from './members.ts';
import { MoodyDisk } from './moody-disk.ts';
import { createAccount, signIn, trySignIn } from './test-account.ts';
import { startTestServer } from './test-server.ts';
import { WireClient, randomChunk, randomSnapshotId } from './wire-client.ts';

test('no token, password, name or sealed byte reaches the log, at any level', async (t) => {
  const lines: string[] = [];
  const write = (fields: object, text: string) => {
    lines.push(inspect([text, fields], { depth: 20 }));
  };
  const log: Log = { debug: write, info: write, warn: write, error: write };
  const disk = new MoodyDisk();
  const server = await startTestServer(t, { log, disk });
  const client = await WireClient.connect(server.port);
  const inviteToken = server.firstRunToken ?? '';
  const account = await createAccount(client, inviteToken, { name: 'Wilhelmine Unverwechselbar' });
  await trySignIn(client, { name: account.name, secret: 'a wrong password' });
  const { token } = await signIn(client, { name: account.name, secret: account.password });
  await client.expectError({ type: 'resume-session', token: Buffer.alloc(32, 5) });
  const { token: upload } = await client.expect('upload-session', { type: 'create-upload-session' });
  const { inviteToken: second } = await client.expect('invite', { type: 'create-invite' });
  const sealed = Buffer.from('sealed bytes of a snapshot');
  const commit = { type: 'commit-snapshot', snapshotId: randomSnapshotId(), sealed, refPages: [] } as const;
  await client.ask(commit);
  await client.expectError({ ...commit, sealed: Buffer.from('sealed bytes of another') });
  disk.failing.add('writev');
  await client.putChunk({ ...randomChunk(), pieces: [sealed] });
  await assert.rejects(newMember(server));
  await server.stop();

  const text = lines.join('\n');
  assert.match(text, /storage-full/, 'what goes wrong in the server is logged');
  assert.match(text, /sign-in-failed/);
  const secrets = {
    inviteToken,
    second,
    sessionToken: Buffer.from(token).toString('hex'),
    uploadToken: Buffer.from(upload).toString('hex'),
    sessionText: Buffer.from(token).toString('base64url'),
    password: account.password,
    wrong: 'a wrong password',
    name: 'Wilhelmine',
    folded: 'wilhelmine',
    sealed: 'sealed bytes',
    sealedHex: sealed.toString('hex'),
  };
  for (const [what, secret] of Object.entries(secrets)) assert.ok(!text.includes(secret), what);
});

/** Signed-in clients of a test server, each with an account and vault of its own. */
import { hashToken } from '../../server/auth/tokens.ts';
import { createAccount, signIn } from './test-account.ts';
import type { TestAccount } from './test-account.ts';
import { testRandom } from './test-server.ts';
import type { TestServer } from './test-server.ts';
import { WireClient } from './wire-client.ts';
import type { ConnectOptions } from './wire-client.ts';

export interface Member {
  readonly client: WireClient;
  readonly account: TestAccount;
  readonly token: Uint8Array;
}

/** Someone new, invited behind the server's back. */
export async function newMember(server: TestServer, options: ConnectOptions = {}): Promise<Member> {
  const inviteToken = testRandom(32);
  await server.store.invites.add({
    tokenHash: hashToken(inviteToken),
    role: 'user',
    expiresAtMs: Number.MAX_SAFE_INTEGER,
  });
  const client = await WireClient.connect(server.port, options);
  const account = await createAccount(client, Buffer.from(inviteToken).toString('base64url'));
  const { token } = await signIn(client, { name: account.name, secret: account.password });
  return { client, account, token };
}

/** A connection of a session of the same device that may only send. */
export async function uploadConnection(server: TestServer, { client }: Pick<Member, 'client'>) {
  const { token } = await client.expect('upload-session', { type: 'create-upload-session' });
  return { client: await secondConnection(server, { token }), token };
}

/** Another connection of the same session. */
export async function secondConnection(
  server: Pick<TestServer, 'port'>,
  { token }: Pick<Member, 'token'>,
  options: ConnectOptions = {},
) {
  const client = await WireClient.connect(server.port, options);
  await client.expect('session-resumed', { type: 'resume-session', token });
  return client;
}

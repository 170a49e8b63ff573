/** Makes accounts and signs in as a client does, with real OPAQUE and the least key stretching. */
import * as opaque from '@serenity-kit/opaque';
import type { AccountId, DeviceId, VaultId } from '../../shared/ids.ts';
import type { ClientMessage, CredentialKind, ServerMessage } from '../../shared/wire/messages.ts';
import { randomHex } from './wire-client.ts';
import type { ServerMessageOf, WireClient } from './wire-client.ts';

const keyStretching = { 'argon2id-custom': { iterations: 1, memory: 8, parallelism: 1 } } as const;

export interface TestAccount {
  readonly name: string;
  readonly password: string;
  readonly recovery: string;
  readonly accountId: AccountId;
  readonly vaultId: VaultId;
}

export async function createAccount(
  client: WireClient,
  inviteToken: string,
  changes: Partial<TestAccount> = {},
): Promise<TestAccount> {
  await opaque.ready;
  const account: TestAccount = {
    name: `person-${randomHex(4)}`,
    password: 'correct horse battery',
    recovery: 'twenty-four words',
    accountId: randomHex<AccountId>(16),
    vaultId: randomHex<VaultId>(16),
    ...changes,
  };
  await client.expect('done', await createAccountMessage(client, inviteToken, account));
  return account;
}

/** Registers both credentials; what is returned makes the account. */
export async function createAccountMessage(client: WireClient, inviteToken: string, account: TestAccount) {
  const { name, accountId, vaultId } = account;
  const credentials = [];
  for (const kind of ['password', 'recovery'] as const) {
    credentials.push(await register(client, inviteToken, { name, kind, secret: account[kind] }));
  }
  const keys = [{ epoch: 1, wrappedVaultKey: Buffer.from('wrapped vault key') }];
  return {
    type: 'create-account',
    inviteToken,
    name,
    accountId,
    credentials,
    vault: { vaultId, keys },
  } as const;
}

interface Registration {
  readonly name: string;
  readonly kind: CredentialKind;
  readonly secret: string;
}

async function register(client: WireClient, inviteToken: string, { name, kind, secret }: Registration) {
  const { clientRegistrationState, registrationRequest } = opaque.client.startRegistration({
    password: secret,
  });
  const { response } = await client.expect('register-response', {
    type: 'register-start',
    inviteToken,
    name,
    credential: kind,
    request: registrationRequest,
  });
  return finishRegistration(clientRegistrationState, response, kind, secret);
}

function finishRegistration(state: string, response: string, kind: CredentialKind, secret: string) {
  const { registrationRecord } = opaque.client.finishRegistration({
    password: secret,
    registrationResponse: response,
    clientRegistrationState: state,
    keyStretching,
  });
  return { kind, record: registrationRecord, wrappedAccountKey: Buffer.from(`account key for ${kind}`) };
}

export interface SignInAttempt {
  readonly name: string;
  readonly secret: string;
  readonly kind?: CredentialKind;
}

/** Signs in, or throws the error's code. */
export async function signIn(
  client: WireClient,
  attempt: SignInAttempt,
): Promise<ServerMessageOf<'signed-in'>> {
  const answers = await trySignIn(client, attempt);
  const last = answers.at(-1);
  if (last?.type !== 'signed-in') throw new Error(last?.type === 'error' ? last.code : 'no answer');
  return last;
}

/** Every answer of an attempt, the last one being its outcome. */
export async function trySignIn(client: WireClient, attempt: SignInAttempt): Promise<ServerMessage[]> {
  const { challenge, finish } = await challenged(client, attempt);
  return finish === undefined ? [challenge] : [challenge, await client.ask(finish)];
}

/** The first step; gives the message of the second. */
export async function startSignIn(client: WireClient, attempt: SignInAttempt): Promise<ClientMessage> {
  const { challenge, finish } = await challenged(client, attempt);
  if (finish === undefined) throw new Error(challenge.type);
  return finish;
}

/** A client that sees that the password is wrong goes on all the same. */
async function challenged(client: WireClient, { name, secret, kind = 'password' }: SignInAttempt) {
  await opaque.ready;
  const { clientLoginState, startLoginRequest } = opaque.client.startLogin({ password: secret });
  const challenge = await client.ask({
    type: 'sign-in-start',
    name,
    credential: kind,
    request: startLoginRequest,
  });
  if (challenge.type !== 'sign-in-challenge') return { challenge, finish: undefined };
  const finished = opaque.client.finishLogin({
    clientLoginState,
    loginResponse: challenge.response,
    password: secret,
    keyStretching,
  });
  const proof = finished?.finishLoginRequest ?? FORGED_FINISH;
  const finish: ClientMessage = { type: 'sign-in-finish', finish: proof, deviceId: randomHex<DeviceId>(16) };
  return { challenge, finish };
}

/** 64 zero bytes: as long as a real proof. */
const FORGED_FINISH = Buffer.alloc(64).toString('base64url');

/** Replaces a credential of the account that `client` is signed in to. */
export async function replaceCredential(
  client: WireClient,
  kind: CredentialKind,
  secret: string,
): Promise<void> {
  const { clientRegistrationState, registrationRequest } = opaque.client.startRegistration({
    password: secret,
  });
  const { response } = await client.expect('register-response', {
    type: 'credential-start',
    credential: kind,
    request: registrationRequest,
  });
  const credential = finishRegistration(clientRegistrationState, response, kind, secret);
  await client.expect('done', { type: 'replace-credential', ...credential });
}

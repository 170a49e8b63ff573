/** For every message of the table: who may send it, and that another vault's ids are as unknown as invented ones. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { before, test } from 'node:test';
import { checksum } from '../../server/checksum.ts';
import type { AccountId, ChunkId, DeviceId, RefPageId, SnapshotId, VaultId } from '../../shared/ids.ts';
import { MARK_STATEMENT_BYTES } from '../../shared/limits.ts';
import { CLIENT_MESSAGES } from '../../shared/wire/messages.ts';
import type { ClientMessage } from '../../shared/wire/messages.ts';
import { newMember, uploadConnection } from './members.ts';
import type { Member } from './members.ts';
import { createAccount, signIn } from './test-account.ts';
import type { TestAccount } from './test-account.ts';
import { startTestServer, wholeFile } from './test-server.ts';
import type { TestServer } from './test-server.ts';
import { WireClient, randomChunk, randomHex, randomSnapshotId, refPage } from './wire-client.ts';

type Type = ClientMessage['type'];

/** Ids that a message may name. */
interface Ids {
  readonly chunkId: ChunkId;
  readonly pageId: RefPageId;
  readonly snapshotId: SnapshotId;
  readonly accountId: AccountId;
  readonly vaultId: VaultId;
}

const sealed = Buffer.from('not what the owner has stored there');
const name = `stranger-${randomHex(4)}`;

/** A message of each type that names `ids` wherever it can; a type without one does not compile. */
const SAMPLES: { readonly [T in Type]: (ids: Ids) => Extract<ClientMessage, { readonly type: T }> } = {
  hello: () => ({ type: 'hello', downloadCreditBytes: 1_000 }),
  ping: () => ({ type: 'ping' }),
  credit: () => ({ type: 'credit', bytes: 1_000 }),
  status: () => ({ type: 'status' }),
  part: () => ({ type: 'part', totalBytes: 100, offset: 0, bytes: sealed }),
  'part-size': () => ({ type: 'part-size', bytes: 8_192 }),
  'register-start': () => ({
    type: 'register-start',
    inviteToken: 'AAAA',
    name,
    credential: 'password',
    request: 'AAAA',
  }),
  'create-account': ({ accountId, vaultId }) => ({
    type: 'create-account',
    inviteToken: 'AAAA',
    name,
    accountId,
    credentials: [],
    vault: { vaultId, keys: [] },
  }),
  'sign-in-start': () => ({ type: 'sign-in-start', name, credential: 'password', request: 'AAAA' }),
  'sign-in-finish': () => ({ type: 'sign-in-finish', finish: 'AAAA', deviceId: '00'.repeat(16) as DeviceId }),
  'resume-session': () => ({ type: 'resume-session', token: Buffer.alloc(32) }),
  'sign-out': () => ({ type: 'sign-out' }),
  'credential-start': () => ({ type: 'credential-start', credential: 'password', request: 'AAAA' }),
  'replace-credential': () => ({
    type: 'replace-credential',
    kind: 'password',
    record: 'AAAA',
    wrappedAccountKey: Buffer.alloc(4),
  }),
  'create-invite': () => ({ type: 'create-invite' }),
  'create-upload-session': () => ({ type: 'create-upload-session' }),
  'get-changes': () => ({ type: 'get-changes', afterSeq: 0 }),
  'put-piece': ({ chunkId }) => ({
    type: 'put-piece',
    chunkId,
    index: 0,
    last: true,
    checksum: checksum(sealed),
    sealed,
  }),
  'get-chunk': ({ chunkId }) => ({ type: 'get-chunk', chunkId }),
  'put-refs': ({ chunkId }) => ({ type: 'put-refs', ...refPage([chunkId]) }),
  'commit-snapshot': ({ snapshotId, pageId }) => ({
    type: 'commit-snapshot',
    snapshotId,
    sealed,
    refPages: [pageId],
  }),
  'mark-snapshots': ({ snapshotId }) => ({
    type: 'mark-snapshots',
    mark: 'trashed',
    snapshots: [{ snapshotId, statement: Buffer.alloc(MARK_STATEMENT_BYTES) }],
  }),
  'get-damage': () => ({ type: 'get-damage' }),
  'start-scrub': () => ({ type: 'start-scrub' }),
};
const TYPES = Object.keys(SAMPLES) as Type[];

const file = wholeFile();
let server: TestServer;
let admin: TestAccount;
let victim: Member;
let victimIds: Ids;
const victimChunk = randomChunk(1_000, 500);

function inventedIds(): Ids {
  const chunkId = randomHex<ChunkId>(32);
  return {
    chunkId,
    pageId: refPage([chunkId]).pageId,
    snapshotId: randomSnapshotId(),
    accountId: randomHex<AccountId>(16),
    vaultId: randomHex<VaultId>(16),
  };
}

before(async () => {
  server = await startTestServer(file);
  const adminClient = await WireClient.connect(server.port);
  admin = await createAccount(adminClient, server.firstRunToken ?? '');
  await adminClient.close();
  victim = await newMember(server);
  await victim.client.putChunk(victimChunk);
  const page = refPage([victimChunk.chunkId]);
  await victim.client.expect('done', { type: 'put-refs', ...page });
  const snapshotId = randomSnapshotId();
  const commit = {
    type: 'commit-snapshot',
    snapshotId,
    sealed: Buffer.from('theirs'),
    refPages: [page.pageId],
  } as const;
  await victim.client.expect('snapshot-accepted', commit);
  const { accountId, vaultId } = victim.account;
  victimIds = { chunkId: victimChunk.chunkId, pageId: page.pageId, snapshotId, accountId, vaultId };
});

/** The administrator: the first account's owner, who signs in once more each time. */
async function newAdmin(): Promise<Pick<Member, 'client'>> {
  const client = await WireClient.connect(server.port);
  await signIn(client, { name: admin.name, secret: admin.password });
  return { client };
}

/** All that the victim can see of their vault. */
async function victimView(): Promise<string> {
  const { client } = victim;
  const changes = await client.expect('changes', { type: 'get-changes', afterSeq: 0 });
  const status = await client.expect('server-status', { type: 'status' });
  const pieces = await client.getChunk(victimChunk.chunkId);
  const view = { changes, ...status, uptimeMs: 0, pieces: pieces.map((piece) => digest(piece)) };
  return JSON.stringify(view, (_key, value: unknown) =>
    value instanceof Uint8Array ? digest(value) : value,
  );
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What a fresh stranger is answered, with the ids that they named by name. */
async function strangersAnswer(type: Type, ids: Ids): Promise<string> {
  const stranger = await newMember(server);
  const answer = await stranger.client.ask(SAMPLES[type](ids));
  await stranger.client.close();
  const text = JSON.stringify(answer);
  return Object.entries(ids).reduce((named, [name, id]) => named.replaceAll(String(id), name), text);
}

function namesIds(type: Type): boolean {
  const [one, other] = [SAMPLES[type](inventedIds()), SAMPLES[type](inventedIds())];
  return JSON.stringify(one) !== JSON.stringify(other);
}

for (const type of TYPES) {
  const { access } = CLIENT_MESSAGES[type];
  if (access === 'anyone') continue;

  test(`${type} needs a session`, async () => {
    const client = await WireClient.connect(server.port);
    assert.equal(await client.expectError(SAMPLES[type](inventedIds())), 'not-signed-in');
    await client.close();
  });
}

/** In this order: signing out ends the session. */
const UPLOADS: readonly Type[] = ['credit', 'part', 'put-piece', 'put-refs', 'commit-snapshot', 'sign-out'];

test('an upload session may send what uploads need, and nothing else of the table', () => {
  const uploads = TYPES.filter((type) => CLIENT_MESSAGES[type].access === 'upload');
  assert.deepEqual(uploads.toSorted(), UPLOADS.toSorted());
});

for (const type of TYPES) {
  const { access } = CLIENT_MESSAGES[type];
  if (access === 'anyone') continue;

  test(`${type} in an upload session is ${access === 'upload' ? 'taken' : 'not allowed, an administrator’s included'}`, async () => {
    const member = access === 'admin' ? await newAdmin() : await newMember(server);
    const { client } = await uploadConnection(server, member);
    client.send(SAMPLES[type](inventedIds()));
    await client.expect('pong', { type: 'ping' });
    const errors = client.inbox.flatMap(({ message }) => (message.type === 'error' ? [message.code] : []));
    assert.deepEqual(errors, access === 'upload' ? [] : ['not-allowed']);
    await client.close();
    await member.client.close();
  });
}

test('only an administrator sends what is an administrator’s', async () => {
  const { client } = await newMember(server);
  for (const type of TYPES.filter((candidate) => CLIENT_MESSAGES[candidate].access === 'admin')) {
    assert.equal(await client.expectError(SAMPLES[type](inventedIds())), 'not-allowed');
  }
  await client.close();
});

for (const type of TYPES.filter(namesIds)) {
  test(`${type} with another vault’s ids is answered as with invented ones, and the vault stays as it is`, async () => {
    const before = await victimView();
    const invented = await strangersAnswer(type, inventedIds());
    assert.equal(await strangersAnswer(type, victimIds), invented);
    assert.equal(await victimView(), before);
  });
}

test('a stranger may have a chunk under the same id, with other bytes; each reads their own', async () => {
  const { client } = await newMember(server);
  const chunk = { chunkId: victimChunk.chunkId, pieces: [randomBytes(50)] };
  assert.deepEqual(await client.putChunk(chunk), { type: 'chunk-stored', existed: false });
  assert.deepEqual(
    (await client.getChunk(chunk.chunkId)).map((piece) => Buffer.from(piece)),
    chunk.pieces,
  );
  const theirs = await victim.client.getChunk(victimChunk.chunkId);
  assert.deepEqual(
    theirs.map((piece) => Buffer.from(piece)),
    victimChunk.pieces,
  );
  await client.close();
});

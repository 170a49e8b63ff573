/** Arbitrary messages: one generator for each row of the tables, by the compiler's word. */
import fc from 'fast-check';
import type { AccountId, SnapshotId, VaultId } from '../../shared/ids.ts';
import { MARK_STATEMENT_BYTES, MAX_ACCOUNT_NAME_BYTES } from '../../shared/limits.ts';
import type { ClientMessage, ServerMessage } from '../../shared/wire/messages.ts';
import { anyHashId, anyRandomId, bytesOf, bytesUpTo, plain, textUpTo } from './arbitraries.ts';

type FieldsOf<M extends { readonly type: string }, T extends M['type']> = Omit<
  Extract<M, { readonly type: T }>,
  'type'
>;
type FieldsOfEach<M extends { readonly type: string }> = {
  readonly [T in M['type']]: fc.Arbitrary<FieldsOf<M, T>>;
};

/** Enough of a list to see its items' order; the limits have tests of their own. */
const FEW = { maxLength: 5 };

const u16 = fc.nat(0xffff);
export const u32 = fc.nat(0xffff_ffff);
const u64 = fc.maxSafeNat();
/** What a Date holds. */
const timeMs = fc.maxSafeNat().map((n) => n % 8_640_000_000_000_001);
const token = bytesOf(32);
const none = fc.constant({});
const inviteToken = textUpTo(128);
const name = textUpTo(MAX_ACCOUNT_NAME_BYTES);
const opaque = textUpTo(2_048);
const wrapped = bytesUpTo(256);
const kind = fc.constantFrom('password' as const, 'recovery' as const);
const role = fc.constantFrom('admin' as const, 'user' as const);
const vaultKeys = fc.array(plain({ epoch: u32, wrappedVaultKey: wrapped }), FEW);
const vault = plain({ vaultId: anyRandomId<VaultId>(), keys: vaultKeys });
const credential = { kind, record: opaque, wrappedAccountKey: wrapped };
const session = { accountId: anyRandomId<AccountId>(), role, vault };
const piece = { index: u16, last: fc.boolean(), checksum: u32, sealed: bytesUpTo(2_000) };
const part = plain({ totalBytes: u32, offset: u32, bytes: bytesUpTo(2_000) });
const randomIds = <T extends string>(): fc.Arbitrary<T[]> => fc.array(anyRandomId<T>(), FEW);
const mark = fc.constantFrom('kept' as const, 'pinned' as const, 'trashed' as const);
const statement = bytesOf(MARK_STATEMENT_BYTES);
/** Ids as they lie in a packed field. */
const packed = fc.nat(5).chain((count) => bytesOf(32 * count));
const hashIds = <T extends string>(): fc.Arbitrary<T[]> => fc.array(anyHashId<T>(), FEW);

const client: FieldsOfEach<ClientMessage> = {
  hello: plain({ downloadCreditBytes: u32 }),
  ping: none,
  credit: plain({ bytes: u32 }),
  status: none,
  part,
  'part-size': plain({ bytes: u32 }),
  'register-start': plain({ inviteToken, name, credential: kind, request: opaque }),
  'create-account': plain({
    inviteToken,
    name,
    accountId: anyRandomId(),
    credentials: fc.array(plain(credential), { maxLength: 2 }),
    vault,
  }),
  'sign-in-start': plain({ name, credential: kind, request: opaque }),
  'sign-in-finish': plain({ finish: opaque, deviceId: anyRandomId() }),
  'resume-session': plain({ token }),
  'sign-out': none,
  'credential-start': plain({ credential: kind, request: opaque }),
  'replace-credential': plain(credential),
  'create-invite': none,
  'create-upload-session': none,
  'get-changes': plain({ afterSeq: u64 }),
  'put-piece': plain({ chunkId: anyHashId(), ...piece }),
  'get-chunk': plain({ chunkId: anyHashId() }),
  'put-refs': plain({ pageId: anyHashId(), chunkIds: hashIds() }),
  'commit-snapshot': plain({ snapshotId: anyRandomId(), sealed: bytesUpTo(2_000), refPages: hashIds() }),
  'mark-snapshots': plain({
    mark,
    snapshots: fc.array(plain({ snapshotId: anyRandomId<SnapshotId>(), statement }), FEW),
  }),
  'get-damage': none,
  'start-scrub': none,
};

const snapshotRecord = plain({
  seq: u64,
  snapshotId: anyRandomId<SnapshotId>(),
  receivedAtMs: timeMs,
  sealed: bytesUpTo(500),
});

const markRecord = plain({
  seq: u64,
  snapshotId: anyRandomId<SnapshotId>(),
  mark,
  markedAtMs: timeMs,
  eraseAtMs: timeMs,
  statement,
});

const server: FieldsOfEach<ServerMessage> = {
  error: plain({
    code: textUpTo(64),
    detail: textUpTo(512),
    retryAfterMs: fc.option(u32, { nil: undefined }),
  }),
  welcome: plain({ uploadCreditBytes: u32, serverTimeMs: timeMs, serverVersion: textUpTo(32) }),
  pong: none,
  credit: plain({ bytes: u32 }),
  done: none,
  'server-status': plain({
    uptimeMs: u64,
    serverVersion: textUpTo(32),
    vaultStoredBytes: u64,
    vaultChunks: u64,
    vaultSnapshots: u64,
    trashedSnapshots: u64,
    garbageBytes: u64,
    scrubbedAtMs: timeMs,
    damagedChunks: u64,
    quotaBytes: u64,
  }),
  part,
  'register-response': plain({ response: opaque }),
  'sign-in-challenge': plain({ response: opaque }),
  'signed-in': plain({
    ...session,
    token,
    wrappedAccountKey: wrapped,
    idleTimeoutMs: u64,
    absoluteTimeoutMs: u64,
  }),
  'session-resumed': plain(session),
  invite: plain({ inviteToken, expiresAtMs: timeMs }),
  'upload-session': plain({ token }),
  changes: plain({
    nextSeq: u64,
    headSeq: u64,
    chunkIds: packed,
    snapshots: fc.array(snapshotRecord, FEW),
    removedChunkIds: packed,
    marks: fc.array(markRecord, FEW),
    erasedSnapshotIds: randomIds(),
  }),
  'vault-changed': plain({ headSeq: u64 }),
  'chunk-stored': plain({ existed: fc.boolean() }),
  piece: plain(piece),
  'refs-missing': plain({ chunkIds: hashIds() }),
  'snapshot-accepted': plain({ seq: u64, receivedAtMs: timeMs }),
  'snapshot-missing-pages': plain({ refPages: hashIds() }),
  damage: plain({ scrubbedAtMs: timeMs, chunkIds: hashIds(), snapshotIds: randomIds() }),
};

/** A generator of whole messages for each row of the table that the client sends. */
export const ANY_CLIENT_MESSAGE = messagesOf<ClientMessage>(client);
/** Likewise for what the server sends. */
export const ANY_SERVER_MESSAGE = messagesOf<ServerMessage>(server);

function messagesOf<M extends { readonly type: string }>(
  fields: Readonly<Record<string, fc.Arbitrary<object>>>,
): ReadonlyMap<string, fc.Arbitrary<M>> {
  return new Map(
    Object.entries(fields).map(([type, arbitrary]) => [
      type,
      // `fields` has, by its type, exactly what the message of this type has.
      arbitrary.map((values) => ({ type, ...values }) as unknown as M),
    ]),
  );
}

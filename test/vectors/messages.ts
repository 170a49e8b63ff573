/** A sample of each message: every field has a value of its own, so that two can't be exchanged unnoticed. */
import { fromHex } from '../../shared/bytes.ts';
import type { AccountId, ChunkId, DeviceId, RefPageId, SnapshotId, VaultId } from '../../shared/ids.ts';
import { MARK_STATEMENT_BYTES } from '../../shared/limits.ts';
import type { ClientMessage, ServerMessage } from '../../shared/wire/messages.ts';

type FieldsOf<M extends { readonly type: string }, T extends M['type']> = Omit<
  Extract<M, { readonly type: T }>,
  'type'
>;

const id = <T extends string>(byte: string): T => byte.repeat(16) as T;
const hash = <T extends string>(byte: string): T => byte.repeat(32) as T;

const vault = {
  vaultId: id<VaultId>('a1'),
  keys: [
    { epoch: 1, wrappedVaultKey: fromHex('010203') },
    { epoch: 2, wrappedVaultKey: fromHex('0405') },
  ],
};
const session = { accountId: id<AccountId>('a2'), role: 'admin', vault } as const;
const token = new Uint8Array(32).map((_, place) => 0xf0 ^ place);
const chunkIds = [hash<ChunkId>('c1'), hash<ChunkId>('c2')];
const packed = (...bytes: readonly string[]) => fromHex(bytes.map((byte) => byte.repeat(32)).join(''));
const statement = (byte: string) => fromHex(byte.repeat(MARK_STATEMENT_BYTES));
const refPages = [hash<RefPageId>('d1'), hash<RefPageId>('d2')];

export const CLIENT_SAMPLES: { readonly [T in ClientMessage['type']]: FieldsOf<ClientMessage, T> } = {
  hello: { downloadCreditBytes: 8_388_608 },
  ping: {},
  credit: { bytes: 1_048_577 },
  status: {},
  part: { totalBytes: 262_156, offset: 8_192, bytes: fromHex('0c0d0e') },
  'part-size': { bytes: 16_384 },
  'register-start': { inviteToken: 'invite', name: 'Ada', credential: 'recovery', request: 'cmVx' },
  'create-account': {
    inviteToken: 'invite',
    name: 'Ad\u00e4',
    accountId: id<AccountId>('a2'),
    credentials: [
      { kind: 'password', record: 'cmVj', wrappedAccountKey: fromHex('0607') },
      { kind: 'recovery', record: 'cmVjMg', wrappedAccountKey: fromHex('08090a') },
    ],
    vault,
  },
  'sign-in-start': { name: 'Ada', credential: 'password', request: 'cmVx' },
  'sign-in-finish': { finish: 'ZmluaXNo', deviceId: id<DeviceId>('a3') },
  'resume-session': { token },
  'sign-out': {},
  'credential-start': { credential: 'recovery', request: 'cmVx' },
  'replace-credential': { kind: 'recovery', record: 'cmVj', wrappedAccountKey: fromHex('0b') },
  'create-invite': {},
  'create-upload-session': {},
  'get-changes': { afterSeq: 9_007_199_254_740_991 },
  'put-piece': {
    chunkId: hash<ChunkId>('c1'),
    index: 258,
    last: true,
    checksum: 0xcbf43926,
    sealed: fromHex('313233343536373839'),
  },
  'get-chunk': { chunkId: hash<ChunkId>('c2') },
  'put-refs': { pageId: hash<RefPageId>('d1'), chunkIds },
  'commit-snapshot': { snapshotId: id<SnapshotId>('a4'), sealed: fromHex('0c0d0e'), refPages },
  'mark-snapshots': {
    mark: 'trashed',
    snapshots: [
      { snapshotId: id<SnapshotId>('a4'), statement: statement('b1') },
      { snapshotId: id<SnapshotId>('a5'), statement: statement('b2') },
    ],
  },
  'get-damage': {},
  'start-scrub': {},
};

/** The first sample of a type has everything that it may have. */
export const SERVER_SAMPLES: {
  readonly [T in ServerMessage['type']]: readonly FieldsOf<ServerMessage, T>[];
} = {
  error: [
    { code: 'too-many-attempts', detail: 'd\u00e9tail', retryAfterMs: 1_500 },
    { code: 'internal', detail: '', retryAfterMs: undefined },
  ],
  welcome: [{ uploadCreditBytes: 12_582_912, serverTimeMs: 1_700_000_000_123, serverVersion: '1.2.3' }],
  pong: [{}],
  credit: [{ bytes: 1_048_577 }],
  done: [{}],
  'server-status': [
    {
      uptimeMs: 1,
      serverVersion: '1.2.3',
      vaultStoredBytes: 2,
      vaultChunks: 3,
      vaultSnapshots: 4,
      trashedSnapshots: 5,
      garbageBytes: 6,
      scrubbedAtMs: 7,
      damagedChunks: 8,
      quotaBytes: 9,
    },
  ],
  part: [{ totalBytes: 24_588, offset: 16_384, bytes: fromHex('0f1011') }],
  'register-response': [{ response: 'cmVz' }],
  'sign-in-challenge': [{ response: 'cmVz' }],
  'signed-in': [
    {
      ...session,
      token,
      wrappedAccountKey: fromHex('0607'),
      idleTimeoutMs: 2_592_000_000,
      absoluteTimeoutMs: 15_552_000_000,
    },
  ],
  'session-resumed': [session],
  invite: [{ inviteToken: 'invite', expiresAtMs: 1_700_000_000_456 }],
  'upload-session': [{ token }],
  changes: [
    {
      nextSeq: 5,
      headSeq: 6,
      chunkIds: packed('c1', 'c2'),
      snapshots: [
        { seq: 4, snapshotId: id<SnapshotId>('a4'), receivedAtMs: 1_700_000_000_789, sealed: fromHex('0c') },
        {
          seq: 5,
          snapshotId: id<SnapshotId>('a5'),
          receivedAtMs: 1_700_000_000_790,
          sealed: fromHex('0d0e'),
        },
      ],
      removedChunkIds: packed('c3', 'c4'),
      marks: [
        {
          seq: 3,
          snapshotId: id<SnapshotId>('a6'),
          mark: 'pinned',
          markedAtMs: 1,
          eraseAtMs: 0,
          statement: statement('b3'),
        },
        {
          seq: 4,
          snapshotId: id<SnapshotId>('a7'),
          mark: 'trashed',
          markedAtMs: 2,
          eraseAtMs: 3,
          statement: statement('b4'),
        },
      ],
      erasedSnapshotIds: [id<SnapshotId>('a8'), id<SnapshotId>('a9')],
    },
  ],
  'vault-changed': [{ headSeq: 7 }],
  'chunk-stored': [{ existed: true }],
  piece: [{ index: 258, last: false, checksum: 0xcbf43926, sealed: fromHex('313233343536373839') }],
  'refs-missing': [{ chunkIds }],
  'snapshot-accepted': [{ seq: 8, receivedAtMs: 1_700_000_000_789 }],
  'snapshot-missing-pages': [{ refPages }],
  damage: [{ scrubbedAtMs: 9, chunkIds, snapshotIds: [id<SnapshotId>('a4'), id<SnapshotId>('a5')] }],
};

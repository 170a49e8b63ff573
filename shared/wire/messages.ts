/**
 * The table of messages: kind byte, who may send it, and its fields. Both sides' codecs, the
 * server's dispatch and the tests over "every message" are made from it (PROTOCOL.md, Messages).
 */
import { Reader, Writer } from '../bytes.ts';
import { HoldfastError } from '../errors.ts';
import { HASH_ID_BYTES } from '../ids.ts';
import type { AccountId, ChunkId, DeviceId, RefPageId, SnapshotId, VaultId } from '../ids.ts';
import {
  MARK_STATEMENT_BYTES,
  MAX_ACCOUNT_NAME_BYTES,
  MAX_CHANGED_CHUNKS,
  MAX_CHANGED_MARKS,
  MAX_DAMAGED,
  MAX_MARKED_SNAPSHOTS,
  MAX_PAYLOAD_BYTES,
  MAX_REFS_IN_PAGE,
  MAX_REF_PAGES,
  MAX_SNAPSHOT_BYTES,
} from '../limits.ts';
import {
  bytes,
  fixedBytes,
  hashIdField,
  list,
  oneOf,
  optional,
  packedIds,
  randomIdField,
  restBytes,
  struct,
  text,
  timeMs,
  u16,
  u32,
  u64,
} from './codec.ts';
import type { Field, FieldValue } from './codec.ts';
import { bool } from './codec.ts';
import { FRAME_HEADER_BYTES, MAX_FRAME_BYTES, readFrame, writeFrameHeader } from './frame.ts';

/** Wrapped keys and OPAQUE messages are small; this bounds each. */
const MAX_WRAPPED_KEY_BYTES = 256;
const MAX_OPAQUE_TEXT_BYTES = 2_048;

const chunkId = hashIdField<ChunkId>();
const accountName = text(MAX_ACCOUNT_NAME_BYTES);
const opaqueText = text(MAX_OPAQUE_TEXT_BYTES);
const wrappedKey = bytes(MAX_WRAPPED_KEY_BYTES);
/** What a person proves themselves with; each is an OPAQUE registration of its own. */
const credentialKind = oneOf(['password', 'recovery'] as const);
const credential = struct({
  kind: credentialKind,
  /** OPAQUE registration record. */
  record: opaqueText,
  wrappedAccountKey: wrappedKey,
});
const vaultKey = struct({ epoch: u32, wrappedVaultKey: wrappedKey });
const vault = struct({ vaultId: randomIdField<VaultId>(), keys: list(vaultKey, 256) });
const role = oneOf(['admin', 'user'] as const);
const session = {
  accountId: randomIdField<AccountId>(),
  role,
  vault,
};
const snapshotId = randomIdField<SnapshotId>();
const snapshotMark = oneOf(['kept', 'pinned', 'trashed'] as const);
/** What the marking device says of the snapshot, which the server passes on (FORMAT.md, Mark statements). */
const markStatement = fixedBytes(MARK_STATEMENT_BYTES);
const markRecord = struct({
  seq: u64,
  snapshotId,
  mark: snapshotMark,
  markedAtMs: timeMs,
  /** 0 unless trashed. */
  eraseAtMs: timeMs,
  statement: markStatement,
});
const snapshotRecord = struct({
  seq: u64,
  snapshotId,
  receivedAtMs: timeMs,
  sealed: bytes(MAX_SNAPSHOT_BYTES),
});
const piece = {
  index: u16,
  last: bool,
  /** The low 32 bits of XXH64 of `sealed`, against damage on the way and on disk. */
  checksum: u32,
  sealed: restBytes(MAX_PAYLOAD_BYTES),
};

/** Of a message that is cut (parts.ts). */
const part = struct({ totalBytes: u32, offset: u32, bytes: restBytes(MAX_PAYLOAD_BYTES) });

/**
 * Who may send a message: anyone connected; whoever has a session, be it one that may only send; a session
 * that may do all that its account may; one of an administrator.
 */
export type Access = 'anyone' | 'upload' | 'session' | 'admin';

interface MessageSpec {
  readonly kind: number;
  readonly access: Access;
  readonly fields: Field<unknown>;
}

/** Client to server. */
export const CLIENT_MESSAGES = {
  hello: { kind: 0x01, access: 'anyone', fields: struct({ downloadCreditBytes: u32 }) },
  ping: { kind: 0x02, access: 'anyone', fields: struct({}) },
  credit: { kind: 0x03, access: 'upload', fields: struct({ bytes: u32 }) },
  status: { kind: 0x04, access: 'session', fields: struct({}) },
  part: { kind: 0x05, access: 'upload', fields: part },
  'part-size': { kind: 0x06, access: 'anyone', fields: struct({ bytes: u32 }) },

  'register-start': {
    kind: 0x10,
    access: 'anyone',
    fields: struct({
      inviteToken: text(128),
      name: accountName,
      credential: credentialKind,
      request: opaqueText,
    }),
  },
  'create-account': {
    kind: 0x11,
    access: 'anyone',
    fields: struct({
      inviteToken: text(128),
      name: accountName,
      accountId: randomIdField<AccountId>(),
      credentials: list(credential, 2),
      vault,
    }),
  },
  'sign-in-start': {
    kind: 0x12,
    access: 'anyone',
    fields: struct({ name: accountName, credential: credentialKind, request: opaqueText }),
  },
  'sign-in-finish': {
    kind: 0x13,
    access: 'anyone',
    fields: struct({ finish: opaqueText, deviceId: randomIdField<DeviceId>() }),
  },
  'resume-session': { kind: 0x14, access: 'anyone', fields: struct({ token: fixedBytes(32) }) },
  'sign-out': { kind: 0x15, access: 'upload', fields: struct({}) },
  'credential-start': {
    kind: 0x16,
    access: 'session',
    fields: struct({ credential: credentialKind, request: opaqueText }),
  },
  'replace-credential': { kind: 0x17, access: 'session', fields: credential },
  'create-invite': { kind: 0x18, access: 'admin', fields: struct({}) },
  'create-upload-session': { kind: 0x19, access: 'session', fields: struct({}) },

  'get-changes': { kind: 0x20, access: 'session', fields: struct({ afterSeq: u64 }) },
  'put-piece': { kind: 0x21, access: 'upload', fields: struct({ chunkId, ...piece }) },
  'get-chunk': { kind: 0x22, access: 'session', fields: struct({ chunkId }) },
  'put-refs': {
    kind: 0x23,
    access: 'upload',
    fields: struct({ pageId: hashIdField<RefPageId>(), chunkIds: list(chunkId, MAX_REFS_IN_PAGE) }),
  },
  'commit-snapshot': {
    kind: 0x24,
    access: 'upload',
    fields: struct({
      snapshotId,
      sealed: bytes(MAX_SNAPSHOT_BYTES),
      refPages: list(hashIdField<RefPageId>(), MAX_REF_PAGES),
    }),
  },
  'mark-snapshots': {
    kind: 0x25,
    access: 'session',
    fields: struct({
      mark: snapshotMark,
      snapshots: list(struct({ snapshotId, statement: markStatement }), MAX_MARKED_SNAPSHOTS),
    }),
  },
  'get-damage': { kind: 0x26, access: 'session', fields: struct({}) },
  'start-scrub': { kind: 0x27, access: 'admin', fields: struct({}) },
} as const satisfies Record<string, MessageSpec>;

/** Server to client. */
export const SERVER_MESSAGES = {
  error: {
    kind: 0x80,
    fields: struct({ code: text(64), detail: text(512), retryAfterMs: optional(u32) }),
  },
  welcome: {
    kind: 0x81,
    fields: struct({ uploadCreditBytes: u32, serverTimeMs: timeMs, serverVersion: text(32) }),
  },
  pong: { kind: 0x82, fields: struct({}) },
  credit: { kind: 0x83, fields: struct({ bytes: u32 }) },
  done: { kind: 0x84, fields: struct({}) },
  'server-status': {
    kind: 0x85,
    fields: struct({
      uptimeMs: u64,
      serverVersion: text(32),
      vaultStoredBytes: u64,
      vaultChunks: u64,
      vaultSnapshots: u64,
      /** Of them, those in the trash. */
      trashedSnapshots: u64,
      /** Stored bytes that no snapshot needs, as far as the last collection saw. */
      garbageBytes: u64,
      /** When the last scrub of the whole server ended; 0 for never. */
      scrubbedAtMs: timeMs,
      /** The vault's chunks that were found damaged and not sent again since. */
      damagedChunks: u64,
      /** What the account's vault may hold; 0 for no limit. */
      quotaBytes: u64,
    }),
  },
  part: { kind: 0x86, fields: part },

  'register-response': { kind: 0x90, fields: struct({ response: opaqueText }) },
  'sign-in-challenge': { kind: 0x91, fields: struct({ response: opaqueText }) },
  'signed-in': {
    kind: 0x92,
    fields: struct({
      ...session,
      token: fixedBytes(32),
      wrappedAccountKey: wrappedKey,
      idleTimeoutMs: u64,
      absoluteTimeoutMs: u64,
    }),
  },
  'session-resumed': { kind: 0x93, fields: struct(session) },
  invite: { kind: 0x94, fields: struct({ inviteToken: text(128), expiresAtMs: timeMs }) },
  'upload-session': { kind: 0x95, fields: struct({ token: fixedBytes(32) }) },

  changes: {
    kind: 0xa0,
    fields: struct({
      /** Where the next request goes on. */
      nextSeq: u64,
      /** The newest change of all; equal to `nextSeq` when the client is up to date. */
      headSeq: u64,
      /** Packed, since there may be a million of them in all. */
      chunkIds: packedIds(HASH_ID_BYTES, MAX_CHANGED_CHUNKS),
      snapshots: list(snapshotRecord, 4_096),
      /** Erased or found damaged: no longer there. */
      removedChunkIds: packedIds(HASH_ID_BYTES, MAX_CHANGED_CHUNKS),
      /** Of erased snapshots, too: their last statement proves that the account wanted it. */
      marks: list(markRecord, MAX_CHANGED_MARKS),
      erasedSnapshotIds: list(snapshotId, MAX_CHANGED_MARKS),
    }),
  },
  'vault-changed': { kind: 0xa1, fields: struct({ headSeq: u64 }) },
  'chunk-stored': { kind: 0xa2, fields: struct({ existed: bool }) },
  piece: { kind: 0xa3, fields: struct(piece) },
  'refs-missing': { kind: 0xa4, fields: struct({ chunkIds: list(chunkId, MAX_REFS_IN_PAGE) }) },
  'snapshot-accepted': { kind: 0xa5, fields: struct({ seq: u64, receivedAtMs: timeMs }) },
  'snapshot-missing-pages': {
    kind: 0xa6,
    fields: struct({ refPages: list(hashIdField<RefPageId>(), MAX_REF_PAGES) }),
  },
  damage: {
    kind: 0xa7,
    fields: struct({
      /** When the last scrub ended; 0 for never. */
      scrubbedAtMs: timeMs,
      chunkIds: list(chunkId, MAX_DAMAGED),
      /** Those that need a damaged chunk. */
      snapshotIds: list(snapshotId, MAX_DAMAGED),
    }),
  },
} as const satisfies Record<string, Omit<MessageSpec, 'access'>>;

interface Spec {
  readonly kind: number;
  readonly fields: Field<unknown>;
}
type Table = Readonly<Record<string, Spec>>;

/** `{ type, ...fields }` for every row of a table. */
export type MessageOf<T extends Table> = {
  [Type in keyof T & string]: { readonly type: Type } & FieldValue<T[Type]['fields']>;
}[keyof T & string];

export type ClientMessage = MessageOf<typeof CLIENT_MESSAGES>;
export type ServerMessage = MessageOf<typeof SERVER_MESSAGES>;
export type CredentialKind = FieldValue<typeof credentialKind>;
export type Role = FieldValue<typeof role>;
export type Credential = FieldValue<typeof credential>;
export type VaultKeys = FieldValue<typeof vault>;
export type SnapshotRecord = FieldValue<typeof snapshotRecord>;
export type SnapshotMark = FieldValue<typeof snapshotMark>;
export type MarkRecord = FieldValue<typeof markRecord>;

export interface Received<M> {
  readonly requestId: number;
  /** Byte fields are views of the frame: copy what outlives it. */
  readonly message: M;
  /** Bytes of the whole payload: what credits count. */
  readonly payloadBytes: number;
}

/**
 * Writes a whole frame into `target` (or a new buffer) and returns the written part as a view.
 * Throws `too-large` if it doesn't fit there or in a frame.
 */
export const encodeClientMessage = encoder<ClientMessage>(CLIENT_MESSAGES);
export const encodeServerMessage = encoder<ServerMessage>(SERVER_MESSAGES);

/** Reads a whole frame. Throws `version-unsupported`, `too-large`, `unknown-kind`, `malformed`. */
export const decodeClientMessage = decoder<ClientMessage>(CLIENT_MESSAGES);
export const decodeServerMessage = decoder<ServerMessage>(SERVER_MESSAGES);

function encoder<M extends { readonly type: string }>(table: Table) {
  return (message: M, requestId: number, target?: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
    const spec = table[message.type];
    if (spec === undefined) throw new HoldfastError('unknown-kind', { detail: message.type });
    const writer = new Writer(target);
    writeFrameHeader(writer, spec.kind, requestId, 0);
    spec.fields.write(writer, message);
    const frame = writer.done();
    if (frame.length > MAX_FRAME_BYTES) throw new HoldfastError('too-large', { detail: message.type });
    new DataView(frame.buffer, frame.byteOffset).setUint32(8, frame.length - FRAME_HEADER_BYTES, true);
    return frame;
  };
}

function decoder<M extends { readonly type: string }>(table: Table) {
  const byKind = new Map(Object.entries(table).map(([type, spec]) => [spec.kind, { type, spec }]));
  return (frameBytes: Uint8Array): Received<M> => {
    const { kind, requestId, payload } = readFrame(frameBytes);
    const row = byKind.get(kind);
    if (row === undefined) throw new HoldfastError('unknown-kind', { detail: `kind ${String(kind)}` });
    const reader = new Reader(payload);
    const fields = (row.spec.fields as Field<object>).read(reader);
    reader.end();
    return { requestId, message: { type: row.type, ...fields } as M, payloadBytes: payload.length };
  };
}

/**
 * Bodies of the records that have an inner layout (FORMAT.md, Segments): reference pages, snapshots
 * and accounts. A piece's body is the sealed bytes themselves. The layouts are spelled out here and not
 * borrowed from the wire's messages: what is on disk outlives them.
 */
import { createHash } from 'node:crypto';
import { Reader, Writer } from '../../shared/bytes.ts';
import type { AccountId, RefPageId, SnapshotId, VaultId } from '../../shared/ids.ts';
import { MAX_ACCOUNT_NAME_BYTES, MAX_REF_PAGES, MAX_SNAPSHOT_BYTES } from '../../shared/limits.ts';
import {
  bytes,
  fixedBytes,
  hashIdField,
  list,
  oneOf,
  randomIdField,
  struct,
  text,
  u32,
  u64,
} from '../../shared/wire/codec.ts';
import type { Field, FieldValue } from '../../shared/wire/codec.ts';
import type { Account } from './ports.ts';

const snapshotBody = struct({
  sealed: bytes(MAX_SNAPSHOT_BYTES),
  refPages: list(hashIdField<RefPageId>(), MAX_REF_PAGES),
});
export type SnapshotBody = FieldValue<typeof snapshotBody>;

const wrappedKey = bytes(256);
const accountBody = struct({
  accountId: randomIdField<AccountId>(),
  revision: u64,
  createdAtMs: u64,
  name: text(MAX_ACCOUNT_NAME_BYTES),
  foldedName: text(3 * MAX_ACCOUNT_NAME_BYTES),
  role: oneOf(['admin', 'user'] as const),
  inviteHash: fixedBytes(32),
  vault: struct({
    vaultId: randomIdField<VaultId>(),
    keys: list(struct({ epoch: u32, wrappedVaultKey: wrappedKey }), 256),
  }),
  credentials: list(
    struct({
      kind: oneOf(['password', 'recovery'] as const),
      record: text(2_048),
      wrappedAccountKey: wrappedKey,
    }),
    2,
  ),
});

export function encodeSnapshotBody(body: SnapshotBody): Uint8Array<ArrayBuffer> {
  return encode(snapshotBody, body);
}

/** Byte fields are views. Throws `malformed`. */
export function decodeSnapshotBody(body: Uint8Array): SnapshotBody {
  return decode(snapshotBody, body);
}

export function encodeAccountBody(account: Account): Uint8Array<ArrayBuffer> {
  return encode(accountBody, account);
}

/** The account, in memory of its own. Throws `malformed`. */
export function decodeAccountBody(body: Uint8Array): Account {
  return decode(accountBody, Uint8Array.from(body));
}

/** SHA-256 of a snapshot record's id and body: equal for equal commits. */
export function snapshotDigest(snapshotId: SnapshotId, body: Uint8Array): Uint8Array {
  return createHash('sha256').update(snapshotId).update(body).digest();
}

function encode<T>(field: Field<T>, value: T): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  field.write(writer, value);
  return writer.done();
}

function decode<T>(field: Field<T>, body: Uint8Array): T {
  const reader = new Reader(body);
  const value = field.read(reader);
  reader.end();
  return value;
}

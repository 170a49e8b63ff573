/**
 * Bodies of the records that have an inner layout (FORMAT.md, Segments): snapshots, accounts and marks. A piece's body is the sealed bytes themselves. The layouts are spelled out here and not
 * borrowed from the wire's messages: what is on disk outlives them.
 */
import { createHash } from 'node:crypto';
import { Reader, Writer } from '../../shared/bytes.ts';
import { HoldfastError } from '../../shared/errors.ts';
import { HASH_ID_BYTES, RANDOM_ID_BYTES } from '../../shared/ids.ts';
import type { AccountId, RefPageId, SnapshotId, VaultId } from '../../shared/ids.ts';
import {
  MARK_STATEMENT_BYTES,
  MAX_ACCOUNT_NAME_BYTES,
  MAX_REF_PAGES,
  MAX_SNAPSHOT_BYTES,
} from '../../shared/limits.ts';
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
import type { Account, Marked } from './ports.ts';
import type { Mark } from './segment-record.ts';

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

/** Page ids that lie one after another. */
export function unpackPageIds(packed: Uint8Array): RefPageId[] {
  const ids = Buffer.from(packed.buffer, packed.byteOffset, packed.length).toString('hex');
  const idLength = 2 * HASH_ID_BYTES;
  return Array.from({ length: ids.length / idLength }, (_, index) =>
    ids.slice(idLength * index, idLength * (index + 1)),
  ) as RefPageId[];
}

export function encodeAccountBody(account: Account): Uint8Array<ArrayBuffer> {
  return encode(accountBody, account);
}

/** The account, in memory of its own. Throws `malformed`. */
export function decodeAccountBody(body: Uint8Array): Account {
  return decode(accountBody, Uint8Array.from(body));
}

export function encodeMarkBody(things: readonly Marked[]): Uint8Array<ArrayBuffer> {
  return Buffer.concat(things.flatMap(({ id, statement }) => [Buffer.from(id, 'hex'), statement]));
}

/** What the mark is on, in memory of its own. Throws `malformed`. */
export function decodeMarkBody(mark: Mark, body: Uint8Array): Marked[] {
  const { idBytes, statementBytes } = markLayout(mark);
  const strideBytes = idBytes + statementBytes;
  if (body.length % strideBytes !== 0) throw new HoldfastError('malformed', { detail: 'body of a mark' });
  return Array.from({ length: body.length / strideBytes }, (_, index) => {
    const thing = Buffer.from(body.subarray(strideBytes * index, strideBytes * (index + 1)));
    return { id: thing.toString('hex', 0, idBytes), statement: thing.subarray(idBytes) };
  });
}

function markLayout(mark: Mark) {
  if (mark === 'kept' || mark === 'pinned' || mark === 'trashed') {
    return { idBytes: RANDOM_ID_BYTES, statementBytes: MARK_STATEMENT_BYTES };
  }
  return { idBytes: mark === 'snapshot-erased' ? RANDOM_ID_BYTES : HASH_ID_BYTES, statementBytes: 0 };
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

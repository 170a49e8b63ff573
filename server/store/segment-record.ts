/**
 * The record codec of segment files (FORMAT.md, Segments). A record describes itself: scanning the
 * files in order finds all that the server keeps.
 *
 *   marker 16 || version u8 || type u8 || metaBytes u16 || bodyBytes u32 || bodyChecksum u32 ||
 *   vaultId 16 || meta || headCrc32 u32 || body
 *
 * The marker is random, one a segment, and never leaves the server: bytes that a client sends can't
 * pass for a record when a scan looks for the next sound one behind damage.
 * The head's checksum covers everything before it. The body has its own, which for a piece is the one
 * that came over the wire: a piece is checksummed once on arrival and not again until it is read.
 */
import { crc32 } from 'node:zlib';
import { Reader, Writer, equalBytes } from '../../shared/bytes.ts';
import { HoldfastError } from '../../shared/errors.ts';
import { RANDOM_ID_BYTES, idBytes, idFromBytes } from '../../shared/ids.ts';
import type { AccountId, ChunkId, RefPageId, SnapshotId, VaultId } from '../../shared/ids.ts';
import { MAX_PAYLOAD_BYTES } from '../../shared/limits.ts';
import { bool, hashIdField, oneOf, randomIdField, struct, u16, u64 } from '../../shared/wire/codec.ts';
import type { Field, FieldValue } from '../../shared/wire/codec.ts';

export const MARKER_BYTES = 16;
const RECORD_VERSION = 1;
/** Everything before `meta`. */
const FIXED_HEAD_BYTES = MARKER_BYTES + 12 + RANDOM_ID_BYTES;
const CRC_BYTES = 4;

/** What became of snapshots, chunks and pages: the first three by their owner's will. */
export const MARKS = [
  'kept',
  'pinned',
  'trashed',
  'snapshot-erased',
  'chunk-erased',
  'chunk-damaged',
  'page-erased',
  'page-damaged',
] as const;
export type Mark = (typeof MARKS)[number];

/** What each type of record says of its body, and how many bytes it takes to say it. */
const TYPES = {
  piece: {
    number: 1,
    metaBytes: 51,
    meta: struct({
      chunkId: hashIdField<ChunkId>(),
      /** Tells the pieces of one upload of a chunk from those of another. */
      attempt: u64,
      /** In the last piece the chunk's place in the vault's change feed, else 0. */
      seq: u64,
      index: u16,
      last: bool,
    }),
  },
  'ref-page': { number: 2, metaBytes: 40, meta: struct({ pageId: hashIdField<RefPageId>(), seq: u64 }) },
  snapshot: {
    number: 3,
    metaBytes: 32,
    meta: struct({ snapshotId: randomIdField<SnapshotId>(), seq: u64, receivedAtMs: u64 }),
  },
  account: {
    number: 4,
    metaBytes: 24,
    meta: struct({ accountId: randomIdField<AccountId>(), revision: u64 }),
  },
  mark: {
    number: 5,
    metaBytes: 17,
    /** `seq` is the first thing's that the body names; the others count up from it. */
    meta: struct({ mark: oneOf(MARKS), seq: u64, markedAtMs: u64 }),
  },
} as const satisfies Record<string, RecordSpec>;

interface RecordSpec {
  readonly number: number;
  readonly metaBytes: number;
  readonly meta: Field<unknown>;
}

export type RecordType = keyof typeof TYPES;
type Meta = {
  [Type in RecordType]: { readonly type: Type } & FieldValue<(typeof TYPES)[Type]['meta']>;
}[RecordType];

export type RecordHead = Meta & { readonly vaultId: VaultId; readonly bodyChecksum: number };
export type HeadOf<T extends RecordType> = Extract<RecordHead, { readonly type: T }>;

/** Bytes from a record's start to its body. */
export function headBytes(type: RecordType): number {
  return FIXED_HEAD_BYTES + TYPES[type].metaBytes + CRC_BYTES;
}

/** No head is longer, and no body: a body came in one frame. */
export const MAX_HEAD_BYTES = headBytes('piece');
export const MAX_BODY_BYTES = MAX_PAYLOAD_BYTES;

/**
 * Writes a head into `target` (MAX_HEAD_BYTES) and returns the written part as a view.
 * Throws `too-large` for a body that no record holds.
 */
export function encodeHead(
  head: RecordHead,
  bodyBytes: number,
  marker: Uint8Array,
  target: Uint8Array<ArrayBuffer>,
): Uint8Array {
  if (bodyBytes > MAX_BODY_BYTES) throw new HoldfastError('too-large', { detail: 'record body' });
  const spec: RecordSpec = TYPES[head.type];
  const writer = new Writer(target);
  writer.bytes(marker);
  writer.u8(RECORD_VERSION);
  writer.u8(spec.number);
  writer.u16(spec.metaBytes);
  writer.u32(bodyBytes);
  writer.u32(head.bodyChecksum);
  writer.bytes(idBytes(head.vaultId));
  spec.meta.write(writer, head);
  writer.u32(crc32(writer.done()));
  return writer.done();
}

export interface DecodedHead {
  readonly head: RecordHead;
  readonly bodyBytes: number;
}

/**
 * Reads a head at the start of `bytes`, which may go on behind it. Strict: what it returns encodes
 * to the same bytes. Throws `malformed`, also for a head that is cut short; `format-unsupported` for
 * a sound head of a newer version or type.
 */
export function decodeHead(bytes: Uint8Array, marker: Uint8Array): DecodedHead {
  const reader = new Reader(bytes);
  if (!equalBytes(reader.bytes(MARKER_BYTES), marker)) {
    throw new HoldfastError('malformed', { detail: 'no record here' });
  }
  const version = reader.u8();
  const number = reader.u8();
  const metaBytes = reader.u16();
  const bodyBytes = reader.u32();
  const bodyChecksum = reader.u32();
  const vaultId = idFromBytes<VaultId>(reader.bytes(RANDOM_ID_BYTES));
  const meta = reader.bytes(metaBytes);
  const checked = bytes.subarray(0, FIXED_HEAD_BYTES + metaBytes);
  if (reader.u32() !== crc32(checked)) throw new HoldfastError('malformed', { detail: 'head checksum' });
  const { type, fields } = decodeMeta(version, number, meta);
  if (bodyBytes > MAX_BODY_BYTES) throw new HoldfastError('malformed', { detail: 'body length' });
  return { head: { type, ...fields, vaultId, bodyChecksum } as RecordHead, bodyBytes };
}

function decodeMeta(version: number, number: number, meta: Uint8Array) {
  const type = (Object.keys(TYPES) as RecordType[]).find((name) => TYPES[name].number === number);
  if (version !== RECORD_VERSION || type === undefined) {
    throw new HoldfastError('format-unsupported', { detail: `record version ${version}, type ${number}` });
  }
  const reader = new Reader(meta);
  const fields = (TYPES[type].meta as Field<object>).read(reader);
  reader.end();
  return { type, fields };
}

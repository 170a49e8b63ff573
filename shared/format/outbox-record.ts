/**
 * Records of an outbox file (FORMAT.md, Outbox files): sealed chunks, reference pages and in the end the sealed
 * snapshot of a backup that waits on a device to be sent. What sends them needs no key and no WebAssembly: heads and
 * small bodies have a CRC-32, and a chunk's pieces the checksums that they are sent with.
 */
import { Reader, Writer, concatBytes, ownBytes } from '../bytes.ts';
import { crc32 } from '../crc32.ts';
import { HoldfastError } from '../errors.ts';
import { HASH_ID_BYTES, RANDOM_ID_BYTES, idBytes, idFromBytes } from '../ids.ts';
import type { ChunkId, RefPageId, SnapshotId } from '../ids.ts';
import {
  MAX_PAYLOAD_BYTES,
  MAX_PIECES,
  MAX_REF_PAGES,
  MAX_REFS_IN_PAGE,
  MAX_SNAPSHOT_BYTES,
} from '../limits.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export interface SealedPiece {
  /** XXH64's low 32 bits of `sealed`, as `put-piece` carries it. */
  readonly checksum: number;
  readonly sealed: Bytes;
}

export type OutboxRecord =
  | { readonly kind: 'chunk'; readonly chunkId: ChunkId; readonly pieces: readonly SealedPiece[] }
  /** `chunkIds` are packed, ascending and unique. */
  | { readonly kind: 'page'; readonly pageId: RefPageId; readonly chunkIds: Bytes }
  | {
      readonly kind: 'snapshot';
      readonly snapshotId: SnapshotId;
      readonly refPages: readonly RefPageId[];
      readonly sealed: Bytes;
    };

/** What a record's first bytes say: what follows them. */
export interface RecordHeader {
  readonly kind: OutboxRecord['kind'];
  readonly headBytes: number;
  readonly bodyBytes: number;
}

export const RECORD_HEADER_BYTES = 16;
/** "HFOB" as it stands in the file. */
const MARKER = 0x424f4648;
const VERSION = 1;
const CRC_BYTES = 4;
const PIECE_ENTRY_BYTES = 8;
const KINDS = ['chunk', 'page', 'snapshot'] as const;

interface Bounds {
  readonly headBytes: number;
  readonly bodyBytes: number;
}

const MOST: Readonly<Record<OutboxRecord['kind'], Bounds>> = {
  chunk: {
    headBytes: HASH_ID_BYTES + MAX_PIECES * PIECE_ENTRY_BYTES,
    bodyBytes: MAX_PIECES * MAX_PAYLOAD_BYTES,
  },
  page: { headBytes: HASH_ID_BYTES + CRC_BYTES, bodyBytes: MAX_REFS_IN_PAGE * HASH_ID_BYTES },
  snapshot: {
    headBytes: RANDOM_ID_BYTES + 4 + CRC_BYTES,
    bodyBytes: MAX_REF_PAGES * HASH_ID_BYTES + MAX_SNAPSHOT_BYTES,
  },
};

/** The bytes of a record, in parts that are written one after another; a chunk's pieces are not copied. */
export function encodeOutboxRecord(record: OutboxRecord): Bytes[] {
  const body = bodyOf(record);
  const head = headOf(record, body);
  const writer = new Writer();
  writer.u32(MARKER);
  writer.u8(VERSION);
  writer.u8(1 + KINDS.indexOf(record.kind));
  writer.u16(0);
  writer.u32(head.length);
  writer.u32(body.reduce((sum, part) => sum + part.length, 0));
  writer.bytes(head);
  writer.u32(crc32(writer.done()));
  return [writer.done(), ...body];
}

/** What the first RECORD_HEADER_BYTES of a record say. Throws `malformed`, `format-unsupported`. */
export function decodeRecordHeader(bytes: Uint8Array): RecordHeader {
  const reader = new Reader(bytes.subarray(0, RECORD_HEADER_BYTES));
  if (reader.u32() !== MARKER) throw damaged('no record begins here');
  if (reader.u8() !== VERSION) throw new HoldfastError('format-unsupported', { detail: 'outbox record' });
  const kind = KINDS[reader.u8() - 1];
  if (kind === undefined || reader.u16() !== 0) throw damaged('unknown kind of record');
  return { kind, ...checked({ headBytes: reader.u32(), bodyBytes: reader.u32() }, MOST[kind]) };
}

function checked(lengths: Bounds, most: Bounds): Bounds {
  if (lengths.headBytes > most.headBytes || lengths.bodyBytes > most.bodyBytes)
    throw damaged('a record is too long');
  return lengths;
}

/** How many bytes follow a record's header. */
export function lengthAfter({ headBytes, bodyBytes }: RecordHeader): number {
  return headBytes + CRC_BYTES + bodyBytes;
}

/**
 * The record of a header and the `lengthAfter` bytes that follow it, as views. Throws `malformed` for damage; that of
 * a chunk's pieces shows in their checksums only, which whoever receives them compares.
 */
export function decodeOutboxRecord(header: Uint8Array, after: Bytes): OutboxRecord {
  const { kind, headBytes, bodyBytes } = decodeRecordHeader(header);
  const reader = new Reader(after);
  const head = reader.bytes(headBytes);
  if (reader.u32() !== crc32(header.subarray(0, RECORD_HEADER_BYTES), head))
    throw damaged('head of a record');
  const body = ownBytes(reader.bytes(bodyBytes));
  reader.end();
  switch (kind) {
    case 'chunk':
      return chunkOf(new Reader(head), body);
    case 'page':
      return pageOf(new Reader(head), body);
    case 'snapshot':
      return snapshotOf(new Reader(head), body);
  }
}

function bodyOf(record: OutboxRecord): Bytes[] {
  switch (record.kind) {
    case 'chunk':
      return record.pieces.map(({ sealed }) => sealed);
    case 'page':
      return [record.chunkIds];
    case 'snapshot':
      return [...record.refPages.map(idBytes), record.sealed];
  }
}

function headOf(record: OutboxRecord, body: readonly Bytes[]): Bytes {
  const writer = new Writer();
  switch (record.kind) {
    case 'chunk':
      writer.bytes(idBytes(record.chunkId));
      for (const { checksum, sealed } of record.pieces) {
        writer.u32(sealed.length);
        writer.u32(checksum);
      }
      break;
    case 'page':
      writer.bytes(idBytes(record.pageId));
      writer.u32(crc32(...body));
      break;
    case 'snapshot':
      writer.bytes(idBytes(record.snapshotId));
      writer.u32(record.refPages.length);
      writer.u32(crc32(...body));
      break;
  }
  return writer.done();
}

function chunkOf(head: Reader, body: Bytes): OutboxRecord {
  const chunkId = idFromBytes<ChunkId>(head.bytes(HASH_ID_BYTES));
  const pieces: SealedPiece[] = [];
  let place = 0;
  while (head.remaining > 0) {
    const [lengthBytes, checksum] = [head.u32(), head.u32()];
    pieces.push({ checksum, sealed: body.subarray(place, place + lengthBytes) });
    place += lengthBytes;
  }
  if (place !== body.length || pieces.length === 0) throw damaged('pieces of a chunk');
  return { kind: 'chunk', chunkId, pieces };
}

function pageOf(head: Reader, body: Bytes): OutboxRecord {
  const pageId = idFromBytes<RefPageId>(head.bytes(HASH_ID_BYTES));
  checkBody(head, body);
  if (body.length === 0 || body.length % HASH_ID_BYTES !== 0) throw damaged('length of a page');
  return { kind: 'page', pageId, chunkIds: body };
}

function snapshotOf(head: Reader, body: Bytes): OutboxRecord {
  const snapshotId = idFromBytes<SnapshotId>(head.bytes(RANDOM_ID_BYTES));
  const count = head.u32();
  checkBody(head, body);
  const reader = new Reader(body);
  const refPages: RefPageId[] = [];
  for (let page = 0; page < count; page++) refPages.push(idFromBytes<RefPageId>(reader.bytes(HASH_ID_BYTES)));
  return { kind: 'snapshot', snapshotId, refPages, sealed: ownBytes(reader.rest()) };
}

/** Reads the body's CRC-32, the last thing in a head. */
function checkBody(head: Reader, body: Bytes): void {
  if (head.u32() !== crc32(body)) throw damaged('body of a record');
  head.end();
}

/** The chunk ids of a page as one string of bytes. */
export function packIds(chunkIds: readonly ChunkId[]): Bytes {
  return concatBytes(...chunkIds.map(idBytes));
}

function damaged(detail: string): HoldfastError {
  return new HoldfastError('malformed', { detail });
}

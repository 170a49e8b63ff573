/**
 * The start of a segment file (FORMAT.md, Segments): "HOLDFAST" || version u32 || segment u32 ||
 * marker 16 || crc32 u32 of all before it.
 */
import { crc32 } from 'node:zlib';
import { Reader, Writer, equalBytes, utf8 } from '../../../shared/bytes.ts';
import { HoldfastError } from '../../../shared/errors.ts';
import { MARKER_BYTES } from '../segment-record.ts';

const MAGIC = utf8('HOLDFAST');
const VERSION = 1;
export const SEGMENT_HEADER_BYTES = MAGIC.length + 8 + MARKER_BYTES + 4;

export function encodeSegmentHeader(segment: number, marker: Uint8Array): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  writer.bytes(MAGIC);
  writer.u32(VERSION);
  writer.u32(segment);
  writer.bytes(marker);
  writer.u32(crc32(writer.done()));
  return writer.done();
}

/**
 * The marker of the segment whose file starts with `bytes`, in memory of its own; undefined if that is
 * no sound header of segment `segment`. Throws `format-unsupported` for a newer version.
 */
export function decodeSegmentHeader(bytes: Uint8Array, segment: number): Uint8Array | undefined {
  if (bytes.length < SEGMENT_HEADER_BYTES) return undefined;
  const reader = new Reader(bytes.subarray(0, SEGMENT_HEADER_BYTES));
  const magic = reader.bytes(MAGIC.length);
  const version = reader.u32();
  const ownNumber = reader.u32();
  const marker = Uint8Array.from(reader.bytes(MARKER_BYTES));
  const checksum = reader.u32();
  const sound = equalBytes(magic, MAGIC) && checksum === crc32(bytes.subarray(0, SEGMENT_HEADER_BYTES - 4));
  if (!sound || ownNumber !== segment) return undefined;
  if (version !== VERSION) {
    throw new HoldfastError('format-unsupported', { detail: `segment file version ${version}` });
  }
  return marker;
}

/** Changes what a stopped server has on disk: rot that nobody wanted, or an intruder's work. */
import { closeSync, openSync, readdirSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import path from 'node:path';
import { checksum } from '../../server/checksum.ts';
import { decodeSegmentHeader, SEGMENT_HEADER_BYTES } from '../../server/store/disk/segment-header.ts';
import { decodeHead, encodeHead, headBytes, MAX_HEAD_BYTES } from '../../server/store/segment-record.ts';
import type { HeadOf, RecordHead, RecordType } from '../../server/store/segment-record.ts';

/** Where a segment file says which number it is. */
const SEGMENT_NUMBER_AT = 12;

/** A record, where it lies. */
export interface StoredRecord<Head extends RecordHead = RecordHead> {
  readonly file: string;
  readonly offset: number;
  readonly marker: Uint8Array;
  readonly head: Head;
  readonly body: Uint8Array;
}

/** All records of a type below a data folder, in the order in which they were written. */
export function readRecords<T extends RecordType>(dataDir: string, type: T): StoredRecord<HeadOf<T>>[] {
  const folder = path.join(dataDir, 'segments');
  const files = readdirSync(folder).sort();
  return files.flatMap((name) => recordsOf(path.join(folder, name))).filter(isOf(type));
}

function isOf<T extends RecordType>(type: T) {
  return (record: StoredRecord): record is StoredRecord<HeadOf<T>> => record.head.type === type;
}

/** Changes a record's body and leaves its checksum as it is. */
export function rot({ file, offset, head, body }: StoredRecord, change: (body: Uint8Array) => void): void {
  const changed = Uint8Array.from(body);
  change(changed);
  write(file, offset + headBytes(head.type), changed);
}

/** Writes another body of the same length in a record's place and makes its checksums right. */
export function forge({ file, offset, marker, head, body }: StoredRecord, forged: Uint8Array): void {
  if (forged.length !== body.length) throw new Error('A forged body must be as long as the real one.');
  const target = new Uint8Array(MAX_HEAD_BYTES);
  const encoded = encodeHead({ ...head, bodyChecksum: checksum(forged) }, forged.length, marker, target);
  write(file, offset, Buffer.concat([encoded, forged]));
}

/** Cuts a record's segment off in the middle of its body. */
export function cutOff({ file, offset, head, body }: StoredRecord): void {
  truncateSync(file, offset + headBytes(head.type) + Math.floor(body.length / 2));
}

function recordsOf(file: string): StoredRecord[] {
  const bytes = readFileSync(file);
  const marker = decodeSegmentHeader(bytes, bytes.readUInt32LE(SEGMENT_NUMBER_AT));
  if (marker === undefined) throw new Error(`${file} is no segment.`);
  const records: StoredRecord[] = [];
  for (let offset = SEGMENT_HEADER_BYTES; offset < bytes.length;) {
    const { head, bodyBytes } = decodeHead(bytes.subarray(offset), marker);
    const start = offset + headBytes(head.type);
    const body = bytes.subarray(start, start + bodyBytes);
    records.push({ file, offset, marker, head, body });
    offset = start + bodyBytes;
  }
  return records;
}

function write(file: string, offset: number, bytes: Uint8Array): void {
  const fd = openSync(file, 'r+');
  writeSync(fd, bytes, 0, bytes.length, offset);
  closeSync(fd);
}

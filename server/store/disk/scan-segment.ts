/**
 * Reads a segment file record by record. Bytes that are no record are reported as damage, and the
 * scan goes on at the next sound record: one flipped bit costs one record and not all that follow.
 */
import { checksum } from '../../checksum.ts';
import { HoldfastError } from '../../../shared/errors.ts';
import { isUnreadable } from '../disk-errors.ts';
import type { Scanned } from '../ports.ts';
import { MARKER_BYTES, MAX_BODY_BYTES, MAX_HEAD_BYTES, decodeHead, headBytes } from '../segment-record.ts';
import type { DecodedHead } from '../segment-record.ts';
import type { DiskCalls } from './segment-writer.ts';

/** Holds a whole record and then some, so that a file is read in few steps. */
export const WINDOW_BYTES = 8 * (MAX_HEAD_BYTES + MAX_BODY_BYTES);

/** Disks fail by blocks: the rest around one can be read. */
const BLOCK_BYTES = 4_096;

/** An open segment file. */
export interface SegmentFile {
  readonly fd: number;
  /** WINDOW_BYTES to see the file through, the scan's own until it ends. */
  readonly buffer: Buffer;
  readonly disk: Pick<DiskCalls, 'read'>;
  readonly segment: number;
  readonly sizeBytes: number;
  /** What each of its records begins with. */
  readonly marker: Uint8Array;
}

/** A file seen through a buffer that moves forward. */
class Window {
  readonly file: SegmentFile;
  #start = 0;
  #filled = 0;

  constructor(file: SegmentFile) {
    this.file = file;
  }

  /** A view of up to `length` bytes at `offset`: fewer only at the file's end. */
  view(offset: number, length: number): Buffer {
    const end = Math.min(offset + length, this.file.sizeBytes);
    if (offset < this.#start || end > this.#start + this.#filled) this.#fill(offset);
    return this.file.buffer.subarray(offset - this.#start, Math.min(end - this.#start, this.#filled));
  }

  #fill(offset: number): void {
    this.#start = offset;
    this.#filled = 0;
    const wanted = Math.min(WINDOW_BYTES, this.file.sizeBytes - offset);
    while (this.#filled < wanted) {
      const read = this.#read(wanted - this.#filled);
      if (read === 0) return;
      this.#filled += read;
    }
  }

  /** What the disk can't give back reads as zeros, which are no record. */
  #read(length: number): number {
    const { fd, disk, buffer } = this.file;
    try {
      return disk.read(fd, buffer, this.#filled, length, this.#start + this.#filled);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      if (length > BLOCK_BYTES) return this.#read(BLOCK_BYTES);
      buffer.fill(0, this.#filled, this.#filled + length);
      return length;
    }
  }
}

/**
 * What stands in `file` from `fromOffset` on. Bodies are views, good until the next step.
 * Throws `format-unsupported` for a sound record of a newer version.
 */
export function* scanSegment(file: SegmentFile, fromOffset: number): Generator<Scanned, void, undefined> {
  const { segment, sizeBytes } = file;
  const window = new Window(file);
  let offset = fromOffset;
  while (offset < sizeBytes) {
    const record = recordAt(window, offset);
    if (record !== undefined) {
      yield record;
      offset += record.lengthBytes;
      continue;
    }
    const next = nextRecordOffset(window, offset + 1);
    const damageEnd = next ?? sizeBytes;
    yield {
      type: 'damage',
      position: { segment, offset },
      lengthBytes: damageEnd - offset,
      atEnd: next === undefined,
    };
    offset = damageEnd;
  }
}

type ScannedRecord = Extract<Scanned, { readonly type: 'record' }>;

function recordAt(window: Window, offset: number): ScannedRecord | undefined {
  const decoded = headAt(window, offset);
  if (decoded === undefined) return undefined;
  const { head, bodyBytes } = decoded;
  const bodyOffset = offset + headBytes(head.type);
  const body = window.view(bodyOffset, bodyBytes);
  if (body.length < bodyBytes || checksum(body) !== head.bodyChecksum) return undefined;
  return {
    type: 'record',
    head,
    body,
    place: { segment: window.file.segment, offset, bodyBytes },
    lengthBytes: bodyOffset + bodyBytes - offset,
  };
}

function headAt(window: Window, offset: number): DecodedHead | undefined {
  try {
    return decodeHead(window.view(offset, MAX_HEAD_BYTES), window.file.marker);
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'malformed') return undefined;
    throw error; // a newer format: this server must not touch the files
  }
}

function nextRecordOffset(window: Window, fromOffset: number): number | undefined {
  let offset = fromOffset;
  while (offset < window.file.sizeBytes) {
    const view = window.view(offset, MAX_BODY_BYTES);
    const found = view.indexOf(window.file.marker);
    if (found === -1) {
      offset += Math.max(1, view.length - MARKER_BYTES + 1);
      continue;
    }
    if (recordAt(window, offset + found) !== undefined) return offset + found;
    offset += found + 1;
  }
  return undefined;
}

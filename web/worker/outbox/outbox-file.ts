/**
 * Writes and reads outbox files (FORMAT.md, Outbox files). A record counts once it was flushed; one that couldn't be
 * written whole is cut off at once, or, after a crash, by `openTail`.
 */
import type { Checksum } from '../../../shared/checksum.ts';
import { HoldfastError, toHoldfastError } from '../../../shared/errors.ts';
import {
  RECORD_HEADER_BYTES,
  decodeOutboxRecord,
  decodeRecordHeader,
  encodeOutboxRecord,
  lengthAfter,
} from '../../../shared/format/outbox-record.ts';
import type { OutboxRecord } from '../../../shared/format/outbox-record.ts';
import type { AppendFile, OutboxFiles } from './ports.ts';

/** A record, and where it lies in its file. */
export interface PlacedRecord {
  readonly record: OutboxRecord;
  readonly startByte: number;
  readonly endByte: number;
}

/** Appends to an open file; returns its size afterwards. Throws `device-full`: the file is as it was before then. */
export async function appendRecord(file: AppendFile, record: OutboxRecord): Promise<number> {
  const before = file.sizeBytes;
  try {
    await file.append(encodeOutboxRecord(record));
  } catch (error) {
    await file.truncate(before);
    throw error;
  }
  return file.sizeBytes;
}

/** The record at `startByte`. Throws `malformed` for damage and at the file's end, `chunk-missing` without the file. */
export async function readRecord(files: OutboxFiles, name: string, startByte: number): Promise<PlacedRecord> {
  const afterHeader = startByte + RECORD_HEADER_BYTES;
  const header = await files.read(name, startByte, afterHeader);
  const endByte = afterHeader + lengthAfter(decodeRecordHeader(header));
  const record = decodeOutboxRecord(header, await files.read(name, afterHeader, endByte));
  return { record, startByte, endByte };
}

/** The records from `startByte` up to `endByte`, one after another. Throws what `readRecord` does. */
export async function* records(
  files: OutboxFiles,
  name: string,
  startByte: number,
  endByte: number,
): AsyncGenerator<PlacedRecord> {
  for (let place = startByte; place < endByte;) {
    const placed = await readRecord(files, name, place);
    yield placed;
    place = placed.endByte;
  }
}

/**
 * Opens a file that was being written when the app was ended, and cuts off what isn't sound: from the first record
 * that isn't whole on. `onChunk` hears of each chunk that is left.
 */
export async function openTail(
  files: OutboxFiles,
  name: string,
  checksum: Checksum,
  onChunk: (record: Extract<OutboxRecord, { readonly kind: 'chunk' }>) => void,
): Promise<AppendFile> {
  const file = await files.open(name);
  try {
    let place = 0;
    while (place < file.sizeBytes) {
      const next = await soundChunk(files, name, place, checksum);
      if (next === undefined) break;
      onChunk(next.record);
      place = next.endByte;
    }
    if (place < file.sizeBytes) await file.truncate(place);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** The chunk at that place; undefined if there is no sound one. Pages and snapshots are made anew. */
async function soundChunk(files: OutboxFiles, name: string, place: number, checksum: Checksum) {
  try {
    const { record, endByte } = await readRecord(files, name, place);
    if (record.kind !== 'chunk') return undefined;
    const isSound = record.pieces.every((piece) => checksum(piece.sealed) === piece.checksum);
    return isSound ? { record, endByte } : undefined;
  } catch (error) {
    if (toHoldfastError(error).code !== 'malformed') throw error;
    return undefined;
  }
}

/** The record at a place if it is of that kind. Throws `malformed`. */
export async function readKind<K extends OutboxRecord['kind']>(
  files: OutboxFiles,
  name: string,
  startByte: number,
  kind: K,
): Promise<Extract<OutboxRecord, { readonly kind: K }>> {
  const { record } = await readRecord(files, name, startByte);
  const isKind = (each: OutboxRecord): each is Extract<OutboxRecord, { readonly kind: K }> =>
    each.kind === kind;
  if (!isKind(record)) throw new HoldfastError('malformed', { detail: `no ${kind} at its place` });
  return record;
}

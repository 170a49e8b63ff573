/**
 * The blob store on disk: a folder of segment files (FORMAT.md, Segments). Appends are synchronous
 * writes straight from the caller's memory; durability is asked for apart, by `sync`.
 */
import { closeSync, fstatSync, openSync, readSync, readdirSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { checksum } from '../../checksum.ts';
import { HoldfastError } from '../../../shared/errors.ts';
import { fsyncFolder, makeFolder } from '../../durable-folder.ts';
import type { RandomBytes } from '../../ports.ts';
import { toStorageError } from '../disk-errors.ts';
import type { BlobStore, Place, Position, Scanned } from '../ports.ts';
import { MARKER_BYTES, MAX_HEAD_BYTES, decodeHead, encodeHead, headBytes } from '../segment-record.ts';
import type { DecodedHead, HeadOf, RecordHead, RecordType } from '../segment-record.ts';
import { ReadAhead } from './read-ahead.ts';
import { ScanBuffers } from './scan-buffers.ts';
import { scanSegment } from './scan-segment.ts';
import { SEGMENT_HEADER_BYTES, decodeSegmentHeader } from './segment-header.ts';
import { segmentName, segmentNumbers } from './segment-names.ts';
import { SegmentReaders } from './segment-readers.ts';
import { SegmentWriter, systemDisk } from './segment-writer.ts';
import type { DiskCalls, SegmentTarget } from './segment-writer.ts';

const MAX_OPEN_FOR_READING = 64;
const NOT_CUT = { detail: 'what a failed sync lost can’t be cut off', retryAfterMs: 3_000 };

export interface SegmentStoreOptions {
  /** Made if it is absent. */
  readonly folder: string;
  /** A segment that would grow beyond this is followed by a new one. */
  readonly segmentSizeBytes: number;
  readonly random: RandomBytes;
  /** Default: the machine's. */
  readonly disk?: DiskCalls;
}

export class SegmentStore implements BlobStore {
  readonly #options: SegmentStoreOptions;
  readonly #disk: DiskCalls;
  readonly #readers: SegmentReaders;
  readonly #markers = new Map<number, Uint8Array | undefined>();
  readonly #headBuffer = new Uint8Array(MAX_HEAD_BYTES);
  readonly #scanBuffers = new ScanBuffers();
  /** The newest segment; undefined until the first append where there is none to go on with. */
  #writer: SegmentWriter | undefined;
  /** Full segments that `sync` must still reach. */
  #unsynced: SegmentWriter[] = [];
  /**
   * Segments whose sync failed and that could not be cut yet. What stands behind their durable bytes may be in
   * memory only, though it reads like the rest: nothing is written until it is gone.
   */
  #uncut: SegmentWriter[] = [];
  #newestSegment: number;
  #generation = 0;

  private constructor(options: SegmentStoreOptions, segments: readonly number[]) {
    this.#options = options;
    this.#disk = options.disk ?? systemDisk;
    this.#readers = new SegmentReaders((segment) => this.#pathOf(segment), MAX_OPEN_FOR_READING, this.#disk);
    this.#newestSegment = segments.at(-1) ?? 0;
    const marker = this.#markerOf(this.#newestSegment);
    if (marker !== undefined) {
      this.#writer = SegmentWriter.reopen(this.#target(this.#newestSegment, marker));
    }
  }

  /** Opens the folder's newest segment for appending. Throws `storage-failed`, `format-unsupported`. */
  static open(options: SegmentStoreOptions): SegmentStore {
    try {
      makeFolder(options.folder);
      dropUnfinishedSegment(options.folder);
      fsyncFolder(options.folder); // a killed process may have made a segment, and not its name durable
      return new SegmentStore(options, segmentNumbers(readdirSync(options.folder)));
    } catch (error) {
      throw toStorageError(error);
    }
  }

  get generation(): number {
    return this.#generation;
  }

  get end(): Position {
    if (this.#writer === undefined) return { segment: this.#newestSegment + 1, offset: 0 };
    return { segment: this.#writer.segment, offset: this.#writer.writtenBytes };
  }

  append(head: RecordHead, body: Uint8Array): Place {
    try {
      this.#cutLost();
      const writer = this.#writerFor(headBytes(head.type) + body.length);
      const headPart = encodeHead(head, body.length, writer.marker, this.#headBuffer);
      const offset = writer.append([headPart, body]);
      return { segment: writer.segment, offset, bodyBytes: body.length };
    } catch (error) {
      throw toStorageError(error);
    }
  }

  async sync(): Promise<void> {
    const full = [...this.#unsynced];
    const newest = this.#writer?.dirty === true ? [this.#writer] : [];
    await this.#syncAll([...full, ...newest]);
    this.#unsynced = this.#unsynced.filter((writer) => !full.includes(writer));
    for (const writer of full) writer.close();
  }

  async read<T extends RecordType>(type: T, place: Place, target: Uint8Array): Promise<HeadOf<T>> {
    const headPart = Buffer.allocUnsafe(headBytes(type));
    try {
      const bytesRead = await this.#readers.read(place.segment, place.offset, [headPart, target]);
      if (bytesRead !== headPart.length + place.bodyBytes) throw damaged(place);
    } catch (error) {
      throw isLost(error) ? damaged(place, error) : toStorageError(error);
    }
    return this.#checked(type, place, headPart, target);
  }

  *scan(from: Position): Generator<Scanned, void, undefined> {
    for (const segment of this.segments().filter((number) => number >= from.segment)) {
      const offset = segment === from.segment ? from.offset : 0;
      this.#makeDurable(segment);
      yield* this.#scanFile(segment, Math.max(offset, SEGMENT_HEADER_BYTES));
    }
  }

  async *walk(segment: number): AsyncGenerator<Scanned, void, undefined> {
    const sizeBytes = this.sizeOf(segment);
    if (sizeBytes === 0) return;
    const aheadBuffer = this.#scanBuffers.take();
    const ahead = new ReadAhead(this.#readers, segment, sizeBytes, aheadBuffer);
    const scan = this.#scanFile(segment, SEGMENT_HEADER_BYTES);
    try {
      for (let nextOffset = 0; ;) {
        await ahead.reach(nextOffset);
        const step = scan.next();
        if (step.done === true) return;
        yield step.value;
        nextOffset = endOf(step.value);
      }
    } catch (error) {
      if (this.sizeOf(segment) > 0) throw toStorageError(error);
    } finally {
      scan.return();
      this.#scanBuffers.giveBack(aheadBuffer);
    }
  }

  segments(): readonly number[] {
    return segmentNumbers(readdirSync(this.#options.folder));
  }

  sizeOf(segment: number): number {
    return statSync(this.#pathOf(segment), { throwIfNoEntry: false })?.size ?? 0;
  }

  removeSegment(segment: number): void {
    if (segment >= this.#newestSegment) {
      throw new HoldfastError('internal', { detail: 'the newest segment stays' });
    }
    try {
      this.#readers.drop(segment);
      this.#markers.delete(segment);
      unlinkSync(this.#pathOf(segment));
      fsyncFolder(this.#options.folder);
    } catch (error) {
      throw toStorageError(error);
    }
  }

  truncateEnd(position: Position): void {
    if (this.#writer?.segment !== position.segment) {
      throw new HoldfastError('internal', { detail: 'only the newest segment is ever cut' });
    }
    try {
      this.#writer.truncate(position.offset);
    } catch (error) {
      throw toStorageError(error);
    }
  }

  close(): void {
    this.#readers.close();
    this.#writer?.close();
    for (const writer of [...this.#unsynced, ...this.#uncut]) writer.close();
  }

  /**
   * What a scan finds is taken to be durable from then on. A process that was killed may have left it unsynced, also
   * in a segment that is not the newest.
   */
  #makeDurable(segment: number): void {
    const fd = openSync(this.#pathOf(segment), 'r');
    try {
      this.#disk.fsync(fd);
    } finally {
      closeSync(fd);
    }
  }

  #target(segment: number, marker: Uint8Array): SegmentTarget {
    return { path: this.#pathOf(segment), segment, marker, disk: this.#disk };
  }

  #pathOf(segment: number): string {
    return join(this.#options.folder, segmentName(segment));
  }

  #writerFor(recordBytes: number): SegmentWriter {
    const writer = this.#writer;
    if (writer !== undefined && hasRoom(writer, recordBytes, this.#options.segmentSizeBytes)) return writer;
    const segment = this.#newestSegment + 1;
    const marker = this.#options.random(MARKER_BYTES);
    const next = SegmentWriter.create(this.#target(segment, marker));
    this.#markers.set(segment, marker);
    this.#newestSegment = segment;
    if (writer !== undefined) this.#unsynced.push(writer);
    this.#writer = next;
    return next;
  }

  async #syncAll(writers: readonly SegmentWriter[]): Promise<void> {
    const generation = this.#generation;
    try {
      for (const writer of writers) await writer.sync();
    } catch (error) {
      if (generation === this.#generation) this.#loseUnsynced();
      throw toStorageError(error);
    }
  }

  #loseUnsynced(): void {
    this.#generation++;
    const writers = this.#writer === undefined ? this.#unsynced : [...this.#unsynced, this.#writer];
    this.#writer = undefined;
    this.#unsynced = [];
    this.#uncut.push(...writers);
    this.#tryToCutLost();
  }

  /** Throws `storage-failed` while the disk keeps what was lost. */
  #cutLost(): void {
    this.#tryToCutLost();
    if (this.#uncut.length > 0) throw new HoldfastError('storage-failed', NOT_CUT);
  }

  #tryToCutLost(): void {
    this.#uncut = this.#uncut.filter((writer) => {
      if (!writer.retreat()) return true;
      writer.close();
      return false;
    });
  }

  #checked<T extends RecordType>(type: T, place: Place, headPart: Uint8Array, body: Uint8Array): HeadOf<T> {
    const { head, bodyBytes } = this.#decode(place, headPart);
    const sound = head.type === type && bodyBytes === place.bodyBytes && checksum(body) === head.bodyChecksum;
    if (!sound) throw damaged(place);
    return head as HeadOf<T>;
  }

  #decode(place: Place, headPart: Uint8Array): DecodedHead {
    try {
      const marker = this.#markerOf(place.segment);
      if (marker === undefined) throw damaged(place);
      return decodeHead(headPart, marker);
    } catch (cause) {
      throw damaged(place, cause);
    }
  }

  #markerOf(segment: number): Uint8Array | undefined {
    if (segment === 0) return undefined;
    if (this.#markers.has(segment)) return this.#markers.get(segment);
    const marker = readMarker(this.#pathOf(segment), segment);
    this.#markers.set(segment, marker);
    return marker;
  }

  *#scanFile(segment: number, fromOffset: number): Generator<Scanned, void, undefined> {
    const fd = openSync(this.#pathOf(segment), 'r');
    const buffer = this.#scanBuffers.take();
    try {
      const sizeBytes = fstatSync(fd).size;
      const marker = this.#markerOf(segment);
      if (marker === undefined) {
        yield { type: 'damage', position: { segment, offset: 0 }, lengthBytes: sizeBytes, atEnd: false };
        return;
      }
      const { disk = systemDisk } = this.#options;
      yield* scanSegment({ fd, buffer, disk, segment, sizeBytes, marker }, fromOffset);
    } finally {
      closeSync(fd);
      this.#scanBuffers.giveBack(buffer);
    }
  }
}

function hasRoom(writer: SegmentWriter, recordBytes: number, segmentSizeBytes: number): boolean {
  return !writer.broken && writer.writtenBytes + recordBytes <= segmentSizeBytes;
}

/** Where what was scanned ends. */
function endOf(scanned: Scanned): number {
  const { offset } = scanned.type === 'damage' ? scanned.position : scanned.place;
  return offset + scanned.lengthBytes;
}

/** Whether reading again is useless: the file is gone, or the disk can't give it back. */
function isLost(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EIO');
}

function damaged(place: Place, cause?: unknown): HoldfastError {
  const detail = `segment ${place.segment}, offset ${place.offset}`;
  return new HoldfastError('storage-damaged', { detail, cause });
}

/** A newest file without a whole header holds no record: making it was cut short. */
function dropUnfinishedSegment(folder: string): void {
  const newest = segmentNumbers(readdirSync(folder)).at(-1);
  if (newest === undefined) return;
  const path = join(folder, segmentName(newest));
  const { sizeBytes, marker } = readHeader(path, newest);
  if (marker === undefined && sizeBytes <= SEGMENT_HEADER_BYTES) unlinkSync(path);
}

function readMarker(path: string, segment: number): Uint8Array | undefined {
  return readHeader(path, segment).marker;
}

function readHeader(path: string, segment: number) {
  const fd = openSync(path, 'r');
  try {
    const header = new Uint8Array(SEGMENT_HEADER_BYTES);
    readSync(fd, header, 0, header.length, 0);
    return { sizeBytes: fstatSync(fd).size, marker: decodeSegmentHeader(header, segment) };
  } finally {
    closeSync(fd);
  }
}

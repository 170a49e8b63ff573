/**
 * Writes one segment file, from its header to the size at which it is full. Keeps apart what was
 * written and what is durable, so that what never became durable can be taken back.
 */
import {
  closeSync,
  fdatasync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  readv,
  statSync,
  unlinkSync,
  writevSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { fsyncFolder } from '../../durable-folder.ts';
import { SEGMENT_HEADER_BYTES, encodeSegmentHeader } from './segment-header.ts';

/** What a disk may refuse: tests hand in disks that do. Errors are the system's. */
export interface DiskCalls {
  /** May write less than all of it. */
  readonly writev: (fd: number, parts: readonly Uint8Array[], position: number) => number;
  /** Fills the targets; returns how many bytes there were. */
  readonly readv: (fd: number, targets: readonly Uint8Array[], position: number) => Promise<number>;
  /** For scans, which don't wait: into `target` from `targetOffset` on; returns how many bytes there were. */
  readonly read: (
    fd: number,
    target: Uint8Array,
    targetOffset: number,
    length: number,
    position: number,
  ) => number;
  readonly fdatasync: (fd: number) => Promise<void>;
  readonly ftruncate: (fd: number, sizeBytes: number) => void;
  readonly fsync: (fd: number) => void;
}

const readvAsync = promisify(readv);

export const systemDisk: DiskCalls = {
  writev: writevSync,
  readv: async (fd, targets, position) => (await readvAsync(fd, targets, position)).bytesRead,
  read: readSync,
  fdatasync: promisify(fdatasync),
  ftruncate: ftruncateSync,
  fsync: fsyncSync,
};

/** Which file, and how it is reached. */
export interface SegmentTarget {
  readonly path: string;
  readonly segment: number;
  readonly marker: Uint8Array;
  readonly disk: DiskCalls;
}

export class SegmentWriter {
  readonly segment: number;
  readonly marker: Uint8Array;
  readonly #disk: DiskCalls;
  readonly #fd: number;
  #writtenBytes: number;
  #durableBytes: number;
  /** A record could not be taken back: nothing may follow it. */
  #broken = false;

  private constructor(fd: number, { segment, marker, disk }: SegmentTarget, sizeBytes: number) {
    this.#fd = fd;
    this.#disk = disk;
    this.segment = segment;
    this.marker = marker;
    this.#writtenBytes = sizeBytes;
    this.#durableBytes = sizeBytes;
  }

  /** Makes the file of a new segment, durable with its name. Throws the system's error. */
  static create(target: SegmentTarget): SegmentWriter {
    const { path, segment, marker, disk } = target;
    const header = encodeSegmentHeader(segment, marker);
    const fd = createFile(path, disk);
    try {
      writeAll(disk, fd, [header], 0);
      disk.fsync(fd);
      fsyncFolder(dirname(path));
    } catch (error) {
      closeSync(fd);
      unlinkSync(path);
      throw error;
    }
    return new SegmentWriter(fd, target, header.length);
  }

  /** Goes on behind what the file holds, all of which counts as durable after a recovery. */
  static reopen(target: SegmentTarget): SegmentWriter {
    const fd = openSync(target.path, 'r+');
    target.disk.fsync(fd);
    return new SegmentWriter(fd, target, fstatSync(fd).size);
  }

  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  get dirty(): boolean {
    return this.#writtenBytes > this.#durableBytes;
  }

  get broken(): boolean {
    return this.#broken;
  }

  /** Writes `parts` behind one another; returns the offset of the first. Throws the system's error. */
  append(parts: readonly Uint8Array[]): number {
    const offset = this.#writtenBytes;
    try {
      this.#writtenBytes += writeAll(this.#disk, this.#fd, parts, offset);
    } catch (error) {
      this.#cutAt(offset);
      throw error;
    }
    return offset;
  }

  /** Resolves when all that was written before the call is durable. */
  async sync(): Promise<void> {
    const writtenBytes = this.#writtenBytes;
    await this.#disk.fdatasync(this.#fd);
    this.#durableBytes = Math.max(this.#durableBytes, writtenBytes);
  }

  /** Takes back all that is not durable; false if the disk doesn't let it. Nothing can be written afterwards. */
  retreat(): boolean {
    this.#cutAt(this.#durableBytes);
    this.#broken = true;
    return !this.dirty;
  }

  /** Cuts the file, which holds nothing of use behind `offset`. */
  truncate(offset: number): void {
    this.#disk.ftruncate(this.#fd, offset);
    this.#disk.fsync(this.#fd);
    this.#writtenBytes = offset;
    this.#durableBytes = Math.min(this.#durableBytes, offset);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #cutAt(offset: number): void {
    try {
      this.#disk.ftruncate(this.#fd, offset);
      this.#writtenBytes = offset;
    } catch {
      // The torn record stays, as damage that every scan steps over; the next one goes to a new file.
      this.#broken = true;
    }
  }
}

/**
 * A new file, or one without a record that an earlier attempt had to leave behind. Throws the system's error,
 * EEXIST for a file that holds more.
 */
function createFile(path: string, disk: DiskCalls): number {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? Infinity) > SEGMENT_HEADER_BYTES) {
    return openSync(path, 'wx+', 0o600);
  }
  const fd = openSync(path, 'r+');
  disk.ftruncate(fd, 0);
  return fd;
}

/** Writes every byte of `parts` at `position`; returns how many. */
function writeAll(disk: DiskCalls, fd: number, parts: readonly Uint8Array[], position: number): number {
  let rest = [...parts];
  let total = 0;
  while (rest.length > 0) {
    const written = disk.writev(fd, rest, position + total);
    total += written;
    rest = behind(rest, written);
  }
  return total;
}

function behind(parts: readonly Uint8Array[], skipBytes: number): Uint8Array[] {
  let skip = skipBytes;
  const rest: Uint8Array[] = [];
  for (const part of parts) {
    if (skip < part.length) rest.push(part.subarray(skip));
    skip = Math.max(0, skip - part.length);
  }
  return rest;
}

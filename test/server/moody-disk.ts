/** A disk that refuses when a test says so. */
import { systemDisk } from '../../server/store/disk/segment-writer.ts';
import type { DiskCalls } from '../../server/store/disk/segment-writer.ts';

type Call = keyof DiskCalls;

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** A disk whose named calls fail with `code` while it says so. */
export class MoodyDisk implements DiskCalls {
  failing = new Set<Call>();
  code = 'ENOSPC';
  /** The most that one call of writev writes. */
  maxWriteBytes = Infinity;

  readonly writev: DiskCalls['writev'] = (fd, parts, position) => {
    const first = parts[0] ?? new Uint8Array();
    if (!this.failing.has('writev')) {
      return this.maxWriteBytes === Infinity
        ? systemDisk.writev(fd, parts, position)
        : systemDisk.writev(fd, [first.subarray(0, this.maxWriteBytes)], position);
    }
    systemDisk.writev(fd, [first.subarray(0, 10)], position); // what a full disk leaves behind
    throw systemError(this.code);
  };

  /** Bytes of any file that can't be read. */
  unreadable = { start: 0, end: 0 };

  readonly read: DiskCalls['read'] = (fd, target, targetOffset, length, position) => {
    const { start, end } = this.unreadable;
    if (position < end && position + length > start) throw systemError('EIO');
    return systemDisk.read(fd, target, targetOffset, length, position);
  };

  readonly fdatasync: DiskCalls['fdatasync'] = (fd) =>
    this.failing.has('fdatasync') ? Promise.reject(systemError(this.code)) : systemDisk.fdatasync(fd);

  readonly readv: DiskCalls['readv'] = (fd, targets, position) =>
    this.failing.has('readv')
      ? Promise.reject(systemError(this.code))
      : systemDisk.readv(fd, targets, position);

  readonly fsync = systemDisk.fsync;

  readonly ftruncate: DiskCalls['ftruncate'] = (fd, sizeBytes) => {
    if (this.failing.has('ftruncate')) throw systemError('EIO');
    systemDisk.ftruncate(fd, sizeBytes);
  };
}

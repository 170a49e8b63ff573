/** Damages records on disk, as failing disks do. */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { segmentName } from '../../server/store/disk/segment-names.ts';
import type { Position } from '../../server/store/ports.ts';

/** Flips a bit of what stands `behindBytes` behind a record's start in a store's folder. */
export function harmRecord(folder: string, { segment, offset }: Position, behindBytes = 150): void {
  const fd = openSync(join(folder, 'segments', segmentName(segment)), 'r+');
  const byte = Buffer.alloc(1);
  readSync(fd, byte, 0, 1, offset + behindBytes);
  byte.writeUInt8(byte.readUInt8(0) ^ 1);
  writeSync(fd, byte, 0, 1, offset + behindBytes);
  closeSync(fd);
}

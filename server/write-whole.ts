/** Small files that are there whole or not at all, durably, and readable by their owner only. */
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { fsyncFolder } from './store/disk/segment-writer.ts';

/** Writes `text` in place of what the file held. Throws the system's error. */
export function writeWhole(path: string, text: string): void {
  const partPath = `${path}.part`;
  const fd = openSync(partPath, 'w', 0o600);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(partPath, path);
  fsyncFolder(dirname(path));
}

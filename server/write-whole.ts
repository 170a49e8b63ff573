/** Small files that are there whole or not at all, durably, and readable by their owner only. */
import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fsyncFolder } from './durable-folder.ts';

/** Writes `content` in place of what the file held. Throws the system's error. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const partPath = `${path}.part`;
  const fd = openSync(partPath, 'w', 0o600);
  try {
    writeFileSync(fd, content);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(partPath, path);
  fsyncFolder(dirname(path));
}

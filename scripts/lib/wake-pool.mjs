/**
 * Imported before each test file in Node: no file of tests hangs in a call of the disk that the thread pool has
 * forgotten (server/store/disk/wakeful-disk.ts says why it may).
 */
import { stat } from 'node:fs';

const EVERY_MS = 1_000;

setInterval(() => {
  stat('/', () => undefined);
}, EVERY_MS).unref();

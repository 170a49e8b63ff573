/** Quiet before a timed case: what an earlier one left to be written must not slow the next. */
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const QUIET_MS = 500;

/** Resolves when the system's dirty pages are on its disks. */
export async function settle(): Promise<void> {
  await promisify(execFile)('sync');
  await sleep(QUIET_MS);
}

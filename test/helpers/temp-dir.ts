/** Folders that exist for one test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Whatever runs a function when a test ends: node:test's context, `after` in a suite. */
export interface CleanUp {
  after(fn: () => void | Promise<void>): void;
}

/** A new empty folder, removed with its contents when the test ends. */
export async function tempDir(test: CleanUp): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-test-'));
  test.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  return folder;
}

/**
 * How many tests each part of a run passed and failed. The runners differ in what they print, so each writes
 * its counts to a file that the whole run reads; a part that wrote none has crashed and counts as one failure.
 */
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** @typedef {{ passed: number, failed: number }} Counts */

/** Names the file for a runner that another process started. Not HOLDFAST_…: a server refuses what it doesn't know. */
export const COUNTS_FILE = 'TEST_COUNTS_FILE';

/**
 * Adds counts to the file that the environment names; without one, nobody asked.
 * @param {Counts} counts
 */
export async function reportCounts(counts) {
  const file = process.env[COUNTS_FILE];
  if (file === undefined) return;
  await mkdir(path.dirname(file), { recursive: true });
  await appendFile(file, `${JSON.stringify(counts)}\n`);
}

/**
 * The sum of what was reported.
 * @param {string} file
 * @returns {Promise<Counts | undefined>} undefined if nothing was
 */
export async function readCounts(file) {
  const text = await readFile(file, 'utf8').catch(() => '');
  if (text === '') return undefined;
  return text
    .trim()
    .split('\n')
    .map((line) => /** @type {Counts} */ (JSON.parse(line)))
    .reduce(addCounts);
}

/**
 * @param {Counts} a
 * @param {Counts} b
 * @returns {Counts}
 */
export function addCounts(a, b) {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed };
}

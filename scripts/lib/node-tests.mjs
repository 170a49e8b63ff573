/** Runs test files with node:test, compiled on the fly. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from './paths.mjs';
import { installed, run, Stop } from './run.mjs';

/** No test file may hang the run. */
const TIMEOUT_MS = 600_000;
const WAKE_POOL = './scripts/lib/wake-pool.mjs';

/**
 * The test files below folders of test/, leaving out the folders named.
 * @param {string} folder
 * @param {readonly string[]} [without]
 * @returns {Promise<string[]>} relative to the project, sorted
 */
export async function testFiles(folder, without = []) {
  const names = await readdir(path.join(ROOT, folder), { recursive: true });
  return names
    .filter(
      (name) => name.endsWith('.test.ts') && !without.some((left) => name.startsWith(`${left}${path.sep}`)),
    )
    .map((name) => path.join(folder, name))
    .sort();
}

/**
 * Runs test files and resolves with the exit code.
 * @param {readonly string[]} files
 * @param {{ concurrency: number, wrapper?: readonly string[], preload?: readonly string[], timeoutMs?: number }} options
 *   `wrapper` is a command line of Node's that gets node's own as its last arguments; `preload` are modules for each
 *   test file's process
 * @returns {Promise<number>}
 */
export async function runNodeTests(
  files,
  { concurrency, wrapper = [], preload = [], timeoutMs = TIMEOUT_MS },
) {
  if (files.length === 0) throw new Stop('There is no such test file.');
  return run(process.execPath, [
    ...wrapper,
    ...(wrapper.length === 0 ? [] : [process.execPath]),
    '--import',
    'tsx',
    ...[WAKE_POOL, ...preload].flatMap((module) => ['--import', module]),
    '--test',
    `--test-concurrency=${concurrency}`,
    `--test-timeout=${timeoutMs}`,
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=./scripts/lib/node-test-counts.mjs',
    '--test-reporter-destination=stderr',
    ...files,
  ]);
}

/** c8 as a wrapper: coverage of everything that the tests run, server processes included. */
export const WITH_COVERAGE = installed(
  'c8/bin/c8.js',
  '--reporter=json',
  '--reports-dir=coverage/node',
  '--temp-directory=node_modules/.cache/c8',
  '--exclude-after-remap',
  '--include={shared,server,web}/**/*.ts',
);

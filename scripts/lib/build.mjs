/**
 * Builds what runs: the server's JavaScript (dist/node) and the page (dist/web, with compressed copies).
 * A stamp beside each holds a hash of everything that went into it, so that an unchanged tree builds nothing.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { precompress } from './precompress.mjs';
import { ROOT } from './paths.mjs';
import { installed, run, Stop } from './run.mjs';

/** @typedef {{ name: string, output: string, inputs: string[], build: () => Promise<number> }} Target */

/** @type {Target[]} */
const TARGETS = [
  {
    name: 'server',
    output: 'dist/node',
    inputs: ['server', 'shared', 'tsconfig.base.json', 'package-lock.json'],
    build: () => run(process.execPath, installed('typescript/bin/tsc', '-b', 'server')),
  },
  {
    name: 'page',
    output: 'dist/web',
    inputs: ['web', 'shared', 'public', 'tsconfig.base.json', 'vite.config.ts', 'package-lock.json'],
    build: buildPage,
  },
];

/**
 * Builds the targets that are stale, or all. Throws Stop if one fails.
 * @param {{ force?: boolean }} [options]
 */
export async function ensureBuilt({ force = false } = {}) {
  for (const target of TARGETS) await buildIfStale(target, force);
}

/**
 * @param {Target} target
 * @param {boolean} force
 */
async function buildIfStale({ name, output, inputs, build }, force) {
  const stampFile = path.join(ROOT, `${output}.stamp`);
  const stamp = await hashOf(inputs);
  if (!force && (await readStamp(stampFile)) === stamp) return;
  console.log(`Building the ${name} …`);
  if ((await build()) !== 0) throw new Stop(`Building the ${name} failed; the lines above say why.`);
  await writeFile(stampFile, stamp);
}

/**
 * Builds beside the folder that a server may be serving, then takes its place.
 * @returns {Promise<number>}
 */
async function buildPage() {
  const fresh = path.join(ROOT, `dist/web-${process.pid}`);
  const served = path.join(ROOT, 'dist/web');
  const options = ['--logLevel', 'warn', '--outDir', fresh];
  const code = await run(process.execPath, installed('vite/bin/vite.js', 'build', ...options));
  if (code === 0) {
    console.log(await precompress(fresh));
    await rm(served, { recursive: true, force: true });
    await rename(fresh, served);
  }
  await rm(fresh, { recursive: true, force: true });
  return code;
}

/**
 * @param {string} file
 * @returns {Promise<string>} empty if there is none
 */
async function readStamp(file) {
  return await readFile(file, 'utf8').catch(() => '');
}

/**
 * One hash over names and contents of files and folders.
 * @param {readonly string[]} inputs relative to the project
 * @returns {Promise<string>}
 */
async function hashOf(inputs) {
  const hash = createHash('sha256');
  for (const input of inputs) {
    for (const file of await filesBelow(path.join(ROOT, input))) {
      hash.update(`${path.relative(ROOT, file)}\0`);
      hash.update(
        createHash('sha256')
          .update(await readFile(file))
          .digest(),
      );
    }
  }
  return hash.digest('hex');
}

/**
 * @param {string} start a file or folder
 * @returns {Promise<string[]>} sorted
 */
async function filesBelow(start) {
  /** @type {import('node:fs').Dirent[]} */
  let found;
  try {
    found = await readdir(start, { recursive: true, withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return [start];
    throw error;
  }
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

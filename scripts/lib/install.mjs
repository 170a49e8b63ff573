/**
 * Brings node_modules to what package-lock.json says. Only Node's own modules: it runs on a clean clone.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from './paths.mjs';
import { run, Stop } from './run.mjs';

const OLDEST_NODE = { major: 20, minor: 19 };
/** Which binary interface of Node the native modules were built for. */
const ABI_STAMP = path.join(ROOT, 'node_modules/.cache/holdfast/node-abi');

/** Throws Stop unless this Node is new enough. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE.major || (major === OLDEST_NODE.major && minor < OLDEST_NODE.minor)) {
    throw new Stop(
      `Holdfast needs Node.js ${OLDEST_NODE.major}.${OLDEST_NODE.minor} or newer; this is ${process.versions.node}.`,
    );
  }
}

/** Runs `npm ci` if node_modules is missing, differs from the lock file, or was built for another Node. */
export async function ensureInstalled() {
  if (await isInstalled()) return;
  console.log('Installing dependencies (npm ci) …');
  const [npm = 'npm', ...args] = npmCommand();
  // The build needs development dependencies, whatever NODE_ENV says.
  const code = await run(npm, [...args, 'ci', '--include=dev', '--no-audit', '--no-fund']);
  if (code !== 0) {
    throw new Stop(
      'Installing dependencies failed; the lines above say why. Where no ready-made SQLite module can be ' +
        'downloaded it is compiled, which needs python3, make and a C++ compiler.',
    );
  }
  await mkdir(path.dirname(ABI_STAMP), { recursive: true });
  await writeFile(ABI_STAMP, process.versions.modules);
}

/**
 * The npm that started this, through this Node (so that it works on Windows too), or else the one on the PATH.
 * @returns {string[]}
 */
function npmCommand() {
  const script = process.env.npm_execpath;
  return script?.endsWith('npm-cli.js') === true ? [process.execPath, script] : ['npm'];
}

/** @returns {Promise<boolean>} */
async function isInstalled() {
  const [wanted, present, abi] = await Promise.all([
    readLock('package-lock.json'),
    readLock('node_modules/.package-lock.json'),
    readIfThere(ABI_STAMP),
  ]);
  if (wanted === undefined || present === undefined) return false;
  if (abi !== undefined && abi !== process.versions.modules) return false;
  return Object.entries(wanted).every(
    ([name, entry]) => name === '' || entry.optional === true || present[name]?.version === entry.version,
  );
}

/**
 * @param {string} name
 * @returns {Promise<Record<string, { version?: string, optional?: boolean }> | undefined>}
 */
async function readLock(name) {
  const text = await readIfThere(path.join(ROOT, name));
  return text === undefined ? undefined : JSON.parse(text).packages;
}

/**
 * @param {string} file
 * @returns {Promise<string | undefined>}
 */
async function readIfThere(file) {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Installs the browsers that the tests drive, where that is possible. Only Node's own modules: it runs
 * before anything is installed.
 */
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { findChromium } from './chromium.mjs';
import { run, Stop } from './run.mjs';

/** @typedef {{ name: string, packages: string[], required?: boolean, isThere: () => Promise<boolean> }} Browser */

/**
 * Each browser that the tests drive, and Debian's packages that bring it.
 * @type {Browser[]}
 */
const BROWSERS = [
  {
    name: 'Chromium',
    packages: ['chromium'],
    required: true,
    isThere: () => Promise.resolve(findChromium() !== undefined),
  },
  { name: 'Firefox', packages: ['firefox-esr'], isThere: () => hasCommands(['firefox-esr']) },
  {
    name: 'WebKit',
    packages: ['webkit2gtk-driver', 'xvfb'],
    isThere: () => hasCommands(['WebKitWebDriver', 'Xvfb']),
  },
];

/** Throws Stop if there is no Chromium and none can be installed; says which other browsers are left out. */
export async function ensureBrowsers() {
  const missing = await missingOf(BROWSERS);
  if (missing.length === 0) return;
  if (await canInstall()) await aptInstall(missing);
  for (const { name, packages, required } of await missingOf(missing)) {
    const install = `install ${packages.join(' and ')}`;
    if (required === true) throw new Stop(`The tests need ${name}: ${install}, or set CHROME_PATH to it.`);
    console.log(`${name} is left out of this run: ${install} to test in it.`);
  }
}

/** @returns {Promise<boolean>} */
async function canInstall() {
  return process.getuid?.() === 0 && (await hasCommands(['apt-get']));
}

/**
 * @param {readonly Browser[]} browsers
 * @returns {Promise<Browser[]>}
 */
async function missingOf(browsers) {
  const there = await Promise.all(browsers.map((browser) => browser.isThere()));
  return browsers.filter((_, index) => there[index] !== true);
}

/** @param {readonly Browser[]} browsers */
async function aptInstall(browsers) {
  const quiet = { DEBIAN_FRONTEND: 'noninteractive' };
  console.log(`Installing ${browsers.map(({ name }) => name).join(', ')} …`);
  await run('apt-get', ['update', '-qq'], quiet);
  for (const { packages } of browsers) {
    // One by one: a package that can't be had must not keep the others out.
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], quiet);
  }
}

/**
 * Whether all of these are on the PATH.
 * @param {readonly string[]} commands
 * @returns {Promise<boolean>}
 */
async function hasCommands(commands) {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const isThere = (/** @type {string} */ command) =>
    Promise.any(folders.map((folder) => access(path.join(folder, command), constants.X_OK))).then(
      () => true,
      () => false,
    );
  return (await Promise.all(commands.map(isThere))).every(Boolean);
}

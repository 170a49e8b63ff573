/** Where Chromium is and how it is started for tests. Only Node's own modules: it runs before anything is installed. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const FOLDERS = ['/usr/bin', '/usr/local/bin', '/snap/bin', '/Applications/Google Chrome.app/Contents/MacOS'];

/** Quiet, alone on a machine without a screen; a root user (a container) gets no sandbox from Chromium. */
export const CHROMIUM_ARGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

/**
 * The executable: CHROME_PATH if set, else the first that is installed.
 * @returns {string | undefined}
 */
export function findChromium() {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), ...FOLDERS];
  const candidates = folders.flatMap((folder) =>
    [...NAMES, 'Google Chrome'].map((name) => path.join(folder, name)),
  );
  return process.env.CHROME_PATH ?? candidates.find(isExecutable);
}

/**
 * @param {string} file
 * @returns {boolean}
 */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

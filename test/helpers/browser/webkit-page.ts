/**
 * WebKit (WebKitGTK's MiniBrowser) over plain WebDriver, on a screen of its own. Its automated sessions keep
 * nothing: each starts with an empty profile, in memory.
 */
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { endProcessTree } from '../end-process-tree.ts';
import { freePort } from '../free-port.ts';
import type { CleanUp } from '../temp-dir.ts';
import { waitFor } from '../wait.ts';
import { findCommand } from './find-command.ts';
import { Page } from './page.ts';
import { openHttpSession } from './webdriver-http.ts';
import { openDriver } from './webdriver.ts';

const BROWSER_FOLDERS = ['x86_64', 'aarch64'].flatMap((machine) =>
  ['4.1', '6.0', '4.0'].map((version) => `/usr/lib/${machine}-linux-gnu/webkit2gtk-${version}`),
);

/** The programs that make up an automated WebKit. */
export interface WebKitPrograms {
  readonly driver: string;
  readonly browser: string;
  readonly screen: string;
}

/** All of them, if they are there. */
export function findWebKit(): WebKitPrograms | undefined {
  const driver = findCommand(['WebKitWebDriver']);
  const browser = findCommand(['MiniBrowser'], BROWSER_FOLDERS);
  const screen = findCommand(['Xvfb']);
  if (driver === undefined || browser === undefined || screen === undefined) return undefined;
  return { driver, browser, screen };
}

/** Starts WebKit and resolves with its page. `homeDir` is its home folder. It is ended when the test ends. */
export async function openWebKitPage(
  test: CleanUp,
  { driver, browser, screen }: WebKitPrograms,
  { homeDir, downloadDir }: { readonly homeDir: string; readonly downloadDir: string },
): Promise<Page> {
  const display = await startScreen(test, screen);
  await mkdir(path.join(homeDir, '.config'), { recursive: true });
  await writeFile(path.join(homeDir, '.config/user-dirs.dirs'), `XDG_DOWNLOAD_DIR="${downloadDir}"\n`);
  const port = await freePort();
  const child = spawn(driver, [`--port=${port}`, '--host=local'], {
    stdio: 'ignore',
    env: {
      ...process.env,
      DISPLAY: display,
      HOME: homeDir,
      XDG_CONFIG_HOME: path.join(homeDir, '.config'),
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
      WEBKIT_DISABLE_DMABUF_RENDERER: '1',
    },
  });
  test.after(() => endProcessTree(child));
  const options = { 'webkitgtk:browserOptions': { binary: browser, args: ['--automation'] } };
  const url = `http://127.0.0.1:${port}`;
  await waitFor('WebKitWebDriver to listen', async () => {
    const answer = await fetch(`${url}/status`).catch(() => undefined);
    return answer?.ok === true ? true : undefined;
  });
  return new Page(await openDriver(await openHttpSession(url, { alwaysMatch: options })));
}

/** A screen in memory; resolves with its name. */
async function startScreen(test: CleanUp, executable: string): Promise<string> {
  const options = ['-displayfd', '3', '-screen', '0', '1280x1000x24', '-nolisten', 'tcp'];
  const child = spawn(executable, options, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  test.after(() => endProcessTree(child));
  let written = '';
  (child.stdio[3] as Readable).setEncoding('utf8').on('data', (text: string) => (written += text));
  const number = await waitFor('Xvfb to start', () => /^(\d+)\n/.exec(written)?.[1]);
  return `:${number}`;
}

/** Firefox over Marionette, which it speaks itself. Downloads are saved to disk, as a person's would be. */
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { endProcessTree } from '../end-process-tree.ts';
import type { CleanUp } from '../temp-dir.ts';
import { waitFor } from '../wait.ts';
import { findCommand } from './find-command.ts';
import { openMarionetteSession } from './marionette.ts';
import { Page } from './page.ts';
import type { PageDriver } from './page.ts';
import { openDriver } from './webdriver.ts';

const STARTS_WITHIN_MS = 60_000;

/** The executable, if there is one. */
export function findFirefox(): string | undefined {
  return findCommand(['firefox-esr', 'firefox']);
}

/**
 * Starts Firefox with an empty profile in `profileDir` and resolves with its page; downloads go into
 * `downloadDir`. It is ended when the test ends.
 */
export async function openFirefoxPage(
  test: CleanUp,
  executable: string,
  { profileDir, downloadDir }: { readonly profileDir: string; readonly downloadDir: string },
): Promise<Page> {
  await mkdir(profileDir, { recursive: true });
  await writeFile(path.join(profileDir, 'user.js'), preferences(downloadDir));
  const child = spawn(executable, ['--headless', '--marionette', '--profile', profileDir, '--no-remote'], {
    stdio: 'ignore',
    env: { ...process.env, MOZ_HEADLESS_WIDTH: '1280', MOZ_HEADLESS_HEIGHT: '900' },
  });
  test.after(() => endProcessTree(child));
  const port = await waitFor('Firefox to listen', () => readPort(profileDir), STARTS_WITHIN_MS);
  const driver = await openDriver(await openMarionetteSession(port));
  return new Page({
    ...driver,
    navigate: async (url) => {
      await driver.navigate(url);
      // Marionette takes the blank document of a new process for it, too.
      await waitFor(`a document of ${url}`, () => isAt(driver, new URL(url).origin));
    },
  });
}

async function isAt(driver: PageDriver, origin: string): Promise<true | undefined> {
  const now = await driver.evaluate('location.origin').catch(() => undefined);
  return now === origin ? true : undefined;
}

/** Where it listens, once it tells. */
async function readPort(profileDir: string): Promise<number | undefined> {
  const text = await readFile(path.join(profileDir, 'MarionetteActivePort'), 'utf8').catch(() => '');
  return text === '' ? undefined : Number(text);
}

function preferences(downloadDir: string): string {
  const values = {
    'marionette.port': 0, // a free one
    'browser.download.dir': downloadDir,
    'browser.download.folderList': 2,
    'browser.download.useDownloadDir': true,
    'browser.download.always_ask_before_handling_new_types': false,
    'browser.shell.checkDefaultBrowser': false,
    'datareporting.policy.dataSubmissionEnabled': false,
    'app.update.auto': false,
    'remote.prefs.recommended': true,
  };
  return Object.entries(values)
    .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
    .join('');
}

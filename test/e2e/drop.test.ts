/**
 * Whole trees dropped on the page arrive whole: with the browser's file handles, and by the traversal that
 * every browser has. Names stay as they are, and folders that are empty are kept.
 */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import type { CDPSession, Locator, Page } from 'playwright-core';
import { launchPlaywright } from '../helpers/chromium.ts';
import { signUp } from '../helpers/browser/sign-up.ts';
import { startServer } from '../helpers/server.ts';
import { suiteCleanUp } from '../helpers/suite-clean-up.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const SLOW_MS = 60_000;
const COMPOSED = 'caf\u00e9.txt';
const DECOMPOSED = 'cafe\u0301.txt';

describe('a tree that is dropped', () => {
  const suite = suiteCleanUp();
  let folder: string;
  let page: Page;
  let devtools: CDPSession;

  before(async () => {
    folder = await tempDir(suite);
    await mkdir(path.join(folder, 'Trip', 'inner', 'empty'), { recursive: true });
    await writeFile(path.join(folder, 'Trip', COMPOSED), 'one');
    await writeFile(path.join(folder, 'Trip', DECOMPOSED), 'two');
    await writeFile(path.join(folder, 'Trip', 'inner', 'deep #1 %.txt'), 'three');
    await writeFile(path.join(folder, 'beside.txt'), 'four');
    const server = await startServer(suite);
    const context = await launchPlaywright(suite, path.join(folder, 'profile'));
    page = await context.newPage();
    devtools = await context.newCDPSession(page);
    await signUp(page, `${server.url}/#/first-run/${await server.firstRunToken()}`);
  });

  const id = (testId: string): Locator => page.getByTestId(testId);

  async function drop(...paths: readonly string[]): Promise<void> {
    const box = await id('drop-zone').boundingBox();
    assert.ok(box);
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const data = { items: [], files: paths.map((each) => path.join(folder, each)), dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      await devtools.send('Input.dispatchDragEvent', { type, x, y, data });
    }
  }

  /** Names of the entries that the snapshot of the job just done has in a folder. */
  async function entriesOf(...folders: readonly string[]): Promise<readonly string[]> {
    await id('open-snapshot').first().click({ timeout: SLOW_MS });
    for (const name of folders)
      await page.locator(`[data-testid="entry-row"][data-name="${name}"] .name`).click();
    await id('crumb').nth(folders.length).waitFor();
    await id('entry-row').first().waitFor();
    const names = await id('entry-row').evaluateAll((rows) =>
      rows.map((row) => (row instanceof HTMLElement ? (row.dataset.name ?? '') : '')),
    );
    await id('nav-backup').click();
    await id('job-dismiss').first().click();
    return names.sort();
  }

  async function checkTrip(): Promise<void> {
    await drop('Trip');
    assert.deepEqual(await entriesOf(), [DECOMPOSED, COMPOSED, 'inner'].sort());
    await drop('Trip');
    assert.deepEqual(await entriesOf('inner'), ['deep #1 %.txt', 'empty']);
  }

  it('as one folder, with handles', checkTrip);

  it('as one folder, where the browser has no handles', async () => {
    await page.evaluate(() => {
      Reflect.deleteProperty(DataTransferItem.prototype, 'getAsFileSystemHandle');
    });
    await checkTrip();
  });

  it('as several items, in one source named after the folder', async () => {
    await drop('Trip', 'beside.txt');
    // Nothing of it lies where it lay in the source “Trip”: the app asks before it would mix the two.
    await id('match-new').click();
    assert.equal(await page.getByTestId('job').getByRole('heading').textContent(), 'Trip (2)');
    assert.deepEqual(await entriesOf(), ['Trip', 'beside.txt']);
  });
});

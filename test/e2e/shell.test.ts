/**
 * The app as something that one keeps: it opens without the server and says so, a new version waits for the
 * person's word, and it obeys its own content security policy throughout.
 */
import assert from 'node:assert/strict';
import { appendFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { signUp } from '../helpers/browser/sign-up.ts';
import { launchPlaywright } from '../helpers/chromium.ts';
import { startServer } from '../helpers/server.ts';
import type { RunningServer } from '../helpers/server.ts';
import { suiteCleanUp } from '../helpers/suite-clean-up.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const BUILT = fileURLToPath(new URL('../../dist/web', import.meta.url));
const SLOW_MS = 60_000;

describe('the app in the browser', () => {
  const suite = suiteCleanUp();
  let folder: string;
  let webDir: string;
  let server: RunningServer;
  let context: BrowserContext;
  let page: Page;
  const complaints: string[] = [];

  before(async () => {
    folder = await tempDir(suite);
    webDir = path.join(folder, 'web');
    await cp(BUILT, webDir, { recursive: true });
    server = await startServer(suite, { env: { HOLDFAST_WEB_DIR: webDir } });
    context = await launchPlaywright(suite, path.join(folder, 'profile'));
    page = await context.newPage();
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    await signUp(page, `${server.url}/#/first-run/${await server.firstRunToken()}`);
  });

  const id = (testId: string): Locator => page.getByTestId(testId);

  it('takes the used invitation out of the address and the history', async () => {
    assert.equal(new URL(page.url()).hash, '#/backup');
    const entries = await page.evaluate(() => history.length);
    await page.goBack();
    assert.doesNotMatch(page.url(), /first-run/);
    await page.goForward();
    assert.ok(entries <= 3);
  });

  it('saves a restored file to disk with its name and bytes, through the service worker', async () => {
    const source = path.join(folder, 'Letters');
    await mkdir(source);
    await writeFile(path.join(source, 'für Ada; 100 %.txt'), 'Liebe Ada');
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await id('folder-input').setInputFiles(source);
    await id('open-snapshot').click({ timeout: SLOW_MS });
    await id('entry-row').locator('.check').click();
    await id('restore-selection').click();
    const downloading = page.waitForEvent('download');
    await id('restore-file').click();
    const download = await downloading;
    assert.equal(download.suggestedFilename(), 'für Ada; 100 %.txt');
    assert.match(download.url(), /\/download\/[0-9a-f-]{36}\//);
    assert.equal(await readFile(await download.path(), 'utf8'), 'Liebe Ada');
    await id('restore-report').waitFor();
    await page.keyboard.press('Escape');
  });

  it('opens without the server, says that it is offline, and shows what was backed up', async () => {
    await server.kill();
    await page.goto(`${server.url}/#/snapshots`);
    await page.reload();
    await id('offline-banner').waitFor({ timeout: SLOW_MS });
    assert.notEqual(await id('connection-state').getAttribute('data-kind'), 'online');
    assert.equal(await id('snapshot-row').count(), 1);
    await server.restart();
    await id('offline-banner').waitFor({ state: 'hidden', timeout: SLOW_MS });
    assert.equal(await id('connection-state').getAttribute('data-kind'), 'online');
  });

  it('never answers the server’s own addresses from a cache', async () => {
    const answers = await page.evaluate(async () => {
      const cached = await Promise.all(
        ['/ws', '/healthz', '/readyz'].map(async (url) => (await caches.match(url)) === undefined),
      );
      return cached.every((isAbsent) => isAbsent) && (await fetch('/readyz')).ok;
    });
    assert.ok(answers);
  });

  it('reloads as a new version only after the person agreed', async () => {
    await appendFile(path.join(webDir, 'sw.js'), '\n// a newer version\n');
    for (const suffix of ['br', 'gz']) await rm(path.join(webDir, `sw.js.${suffix}`), { force: true });
    await server.restart();
    await page.evaluate(async () => {
      document.documentElement.dataset.old = 'true';
      await (await navigator.serviceWorker.ready).update();
    });
    await id('update-banner').waitFor({ timeout: SLOW_MS });
    assert.equal(await page.locator('html[data-old]').count(), 1);
    await id('apply-update').click();
    await page.locator('html:not([data-old])').waitFor({ state: 'attached', timeout: SLOW_MS });
    await id('nav-backup').waitFor({ timeout: SLOW_MS });
    assert.equal(await id('update-banner').count(), 0);
  });

  it('did all of this within its content security policy', () => {
    assert.deepEqual(complaints, []);
  });
});

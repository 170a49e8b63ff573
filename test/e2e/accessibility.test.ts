/**
 * Everyone can use it: axe finds nothing serious on any page in either theme, Lighthouse agrees, and the
 * browser finds nothing that keeps the app from being installed. All on the built page from the real server.
 */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import lighthouse from 'lighthouse';
import type { BrowserContext, Page } from 'playwright-core';
import { axeFindings } from '../helpers/browser/axe.ts';
import { answerWords } from '../helpers/browser/sign-up.ts';
import { launchPlaywright } from '../helpers/chromium.ts';
import { freePort } from '../helpers/free-port.ts';
import { startServer } from '../helpers/server.ts';
import type { RunningServer } from '../helpers/server.ts';
import { suiteCleanUp } from '../helpers/suite-clean-up.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const account = { name: 'Ada', password: 'Violett blühn die Disteln 7' };
const SLOW_MS = 60_000;
const BEST = 95;

describe('everyone can use it', () => {
  const suite = suiteCleanUp();
  let server: RunningServer;
  let context: BrowserContext;
  let page: Page;
  let debuggingPort: number;
  let folder: string;

  before(async () => {
    folder = await tempDir(suite);
    server = await startServer(suite);
    debuggingPort = await freePort();
    context = await launchPlaywright(suite, path.join(folder, 'profile'), {
      args: [`--remote-debugging-port=${debuggingPort}`],
      viewport: { width: 1280, height: 900 },
    });
    page = await context.newPage();
  });

  const input = (testId: string) => page.getByTestId(testId).locator('input, textarea');

  async function go(hash: string, testId: string): Promise<void> {
    await page.evaluate((to) => {
      location.hash = to;
    }, hash);
    await page.getByTestId(testId).first().waitFor();
  }

  async function fillForm(): Promise<void> {
    await input('name-input').fill(account.name);
    await input('password-input').fill(account.password);
    await page.getByTestId('create-account').click();
    await page.getByTestId('recovery-words').waitFor({ timeout: SLOW_MS });
  }

  it('on the way to an account', async () => {
    await page.goto(`${server.url}/#/first-run/${await server.firstRunToken()}`);
    await page.getByTestId('create-account').waitFor();
    assert.deepEqual(await axeFindings(page), [], 'the form');
    await fillForm();
    assert.deepEqual(await axeFindings(page), [], 'the recovery words');
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    assert.equal(await colorSchemeOf(page), 'light', 'printed words are dark on white');
    await page.emulateMedia({ media: 'screen' });
    const words = await page.getByTestId('recovery-word').allTextContents();
    await page.getByTestId('words-kept').click();
    await page.getByTestId('confirm-words').waitFor();
    assert.deepEqual(await axeFindings(page), [], 'the check');
    await answerWords(page, words);
    await page.getByTestId('drop-zone').waitFor({ timeout: SLOW_MS });
  });

  it('while backing up and after', async () => {
    await page.getByTestId('backup-options').click();
    await page.getByTestId('backup-rules').waitFor();
    assert.deepEqual(await axeFindings(page), [], 'nothing backed up yet');
    await go('#/snapshots', 'nav-snapshots');
    assert.deepEqual(await axeFindings(page), [], 'no snapshots yet');
    await go('#/backup', 'drop-zone');
    await page.getByTestId('folder-input').setInputFiles(await sampleFolder(folder));
    await page.getByTestId('job-receipt').waitFor({ timeout: SLOW_MS });
    assert.deepEqual(await axeFindings(page), [], 'a backup that is done');
  });

  it('looking through snapshots and restoring', async () => {
    await go('#/snapshots', 'snapshot-row');
    assert.deepEqual(await axeFindings(page), [], 'the list of snapshots');
    await page.getByTestId('snapshot-row').first().click();
    await page.getByTestId('entry-row').first().waitFor();
    await page.getByTestId('entry-list').press(' ');
    assert.deepEqual(await axeFindings(page), [], 'the file browser');
    await page.getByTestId('restore-selection').click();
    await page.getByTestId('restore-zip').waitFor();
    assert.deepEqual(await axeFindings(page), [], 'the restore dialog');
    await page.keyboard.press('Escape');
    await page.getByTestId('restore-zip').waitFor({ state: 'hidden' });
  });

  it('looking at a file and at its versions', async () => {
    await page.locator('[data-testid="entry-row"][data-kind="file"] .name').first().click();
    await page.getByTestId('preview-text').waitFor();
    assert.deepEqual(await axeFindings(page), [], 'the preview');
    await page.getByTestId('preview-versions').click();
    await page.getByTestId('version').first().waitFor();
    assert.deepEqual(await axeFindings(page), [], 'the versions');
  });

  it('in a source’s settings', async () => {
    await go('#/backup', 'source-more');
    await page.getByTestId('source-more').click();
    await page.getByTestId('source-menu').locator('[value="settings"]').click();
    await page.getByTestId('retention-preview').waitFor();
    assert.deepEqual(await axeFindings(page), [], 'the settings');
    await page.getByTestId('settings-cancel').click();
    await page.getByTestId('settings-cancel').waitFor({ state: 'hidden' });
  });

  it('comparing, searching, removing and verifying', async () => {
    await page.getByTestId('folder-input').setInputFiles(await sampleFolder(folder, 'changed since'));
    await page.getByTestId('job-receipt').nth(1).waitFor({ timeout: SLOW_MS });
    await go('#/snapshots', 'snapshot-row');
    for (const index of [0, 1]) await page.getByTestId('choose-snapshot').nth(index).click();
    assert.deepEqual(await axeFindings(page), [], 'chosen snapshots');
    await page.getByTestId('compare-chosen').click();
    await page.getByTestId('diff-row').first().waitFor();
    assert.deepEqual(await axeFindings(page), [], 'the comparison');
    await go('#/search/notes', 'search-hit');
    assert.deepEqual(await axeFindings(page), [], 'the search');
    await go('#/snapshots', 'snapshot-row');
    await page.getByTestId('choose-snapshot').first().click();
    await page.getByTestId('remove-chosen').click();
    await go('#/trash', 'trashed');
    assert.deepEqual(await axeFindings(page), [], 'the trash');
    await go('#/check', 'damage-none');
    await page.getByTestId('verify-open').click();
    await page.getByTestId('verify-start').waitFor();
    assert.deepEqual(await axeFindings(page), [], 'the verification');
    await page.getByTestId('verify-start').click();
    await page
      .locator('[data-testid="job"][data-kind="verify"] [data-phase="done"]')
      .waitFor({ timeout: SLOW_MS });
    assert.deepEqual(await axeFindings(page), [], 'a verification that is done');
  });

  it('in settings, log, help and details', async () => {
    await go('#/settings', 'sign-out');
    await page.getByTestId('create-invite').click();
    await page.getByTestId('invite-link').waitFor();
    assert.deepEqual(await axeFindings(page), [], 'settings');
    await page.getByTestId('connection-state').click();
    await page.getByTestId('connection-details').waitFor();
    assert.deepEqual(await axeFindings(page), [], 'connection details');
    await page.keyboard.press('Escape');
    await go('#/log', 'log-level');
    assert.deepEqual(await axeFindings(page), [], 'the log');
    await page.keyboard.press('?');
    await page.getByTestId('help-dialog').getByText('Go to History').waitFor();
    assert.deepEqual(await axeFindings(page), [], 'the list of shortcuts');
    await page.keyboard.press('Escape');
    await go('#/nowhere', 'nav-backup');
    assert.deepEqual(await axeFindings(page), [], 'an address that means nothing');
  });

  it('on a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const [hash, testId] of [
      ['#/backup', 'drop-zone'],
      ['#/snapshots', 'snapshot-row'],
      ['#/search/notes', 'search-hit'],
      ['#/trash', 'trashed'],
      ['#/check', 'damage-none'],
      ['#/settings', 'sign-out'],
    ] as const) {
      await go(hash, testId);
      assert.deepEqual(await axeFindings(page), [], hash);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.equal(overflow, 0, `${hash} must not scroll sideways`);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it('as an installed app', async () => {
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    const devtools = await context.newCDPSession(page);
    const { url, errors } = await devtools.send('Page.getAppManifest');
    assert.match(url, /\/manifest\.webmanifest$/);
    assert.deepEqual(errors, []);
    assert.deepEqual(await devtools.send('Page.getInstallabilityErrors'), { installabilityErrors: [] });
  });

  it('says Lighthouse of the app that someone is signed in to', async () => {
    assert.deepEqual(await lowScores(`${server.url}/#/backup`, debuggingPort), []);
  });

  it('when signing in', async () => {
    await go('#/settings', 'sign-out');
    await page.getByTestId('sign-out').click();
    await page.getByTestId('confirm-yes').waitFor();
    assert.deepEqual(await axeFindings(page), [], 'the question');
    await page.getByTestId('confirm-yes').click();
    await page.getByTestId('sign-in').waitFor();
    await input('password-input').fill('wrong password');
    await page.getByTestId('sign-in').click();
    await page.getByTestId('problem').waitFor({ timeout: SLOW_MS });
    assert.deepEqual(await axeFindings(page), [], 'sign-in');
    await go('#/recover', 'recover-submit');
    assert.deepEqual(await axeFindings(page), [], 'recovery');
  });

  it('says Lighthouse of the sign-in page', async () => {
    assert.deepEqual(await lowScores(`${server.url}/#/sign-in`, debuggingPort), []);
  });
});

function colorSchemeOf(page: Page): Promise<string> {
  return page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
}

async function sampleFolder(parent: string, note = 'a note'): Promise<string> {
  const folder = path.join(parent, 'Sample');
  await mkdir(path.join(folder, 'inner'), { recursive: true });
  await writeFile(path.join(folder, 'notes.txt'), note);
  await writeFile(path.join(folder, 'inner', 'more.txt'), 'more');
  return folder;
}

/** Lighthouse's categories below what we promise, with the audits that cost them their points. */
async function lowScores(url: string, port: number): Promise<readonly string[]> {
  const result = await lighthouse(url, {
    port,
    output: 'json',
    logLevel: 'error',
    onlyCategories: ['accessibility', 'best-practices'],
    disableStorageReset: true,
    formFactor: 'desktop',
    screenEmulation: { disabled: true },
    throttlingMethod: 'provided',
  });
  assert.ok(result, 'Lighthouse gave no result');
  const { categories, audits, runtimeError } = result.lhr;
  assert.equal(runtimeError, undefined);
  return Object.values(categories)
    .filter(({ score }) => (score ?? 0) * 100 < BEST)
    .map(({ title, score, auditRefs }) => {
      const failed = auditRefs.map(({ id }) => audits[id]).filter((audit) => audit?.score === 0);
      return `${title} ${String(score)}: ${failed.map((audit) => audit?.title).join('; ')}`;
    });
}

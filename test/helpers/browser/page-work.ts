/** What a person does in the page besides backing up, of which nothing may stay behind in its processes. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import * as app from './app.ts';
import type { ChromiumPage } from './chromium-page.ts';
import { byId } from './page.ts';
import { readZip } from '../restored-zip.ts';
import type { SnapshotId } from '../../../shared/ids.ts';

const LIMIT_MS = 120_000;

/** Restores a snapshot of so many files as a zip, by way of the service worker and the browser's downloads. */
export async function restoreInPage(
  page: ChromiumPage,
  snapshotId: SnapshotId,
  files: number,
): Promise<void> {
  const downloading = page.nextDownload();
  await app.openSnapshot(page, snapshotId);
  await page.click(byId('restore-all'));
  await page.click(byId('restore-zip'));
  assert.deepEqual(await app.restoreDone(page, LIMIT_MS), []);
  const zip = await downloading;
  assert.equal((await readZip(zip)).files.size, files);
  await rm(zip);
  await app.closeRestore(page);
  await goBack(page);
}

/** Has the device verify every byte of a snapshot. */
export async function verifyInPage(page: ChromiumPage, snapshotId: SnapshotId): Promise<void> {
  await app.openSnapshot(page, snapshotId);
  await page.click(byId('verify-snapshot'));
  await page.click('wa-radio[value="full"]');
  await page.click(byId('verify-start'));
  await page.find(`${byId('job', { kind: 'verify' })} [data-phase="done"]`, LIMIT_MS);
  assert.equal(await page.isThere(byId('job-problems')), false);
  await goBack(page);
}

/** Resolves when the backup that has begun waits on the device. */
export async function queuedInPage(page: ChromiumPage): Promise<void> {
  await page.find(`${byId('job')} [data-phase="queued"]`, LIMIT_MS);
}

/** To where backups begin, with no jobs shown. */
async function goBack(page: ChromiumPage): Promise<void> {
  await page.click(byId('nav-backup'));
  await page.find(byId('drop-zone'));
  await app.dismissJobs(page);
}

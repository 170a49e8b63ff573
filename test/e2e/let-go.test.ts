/** Pages that were left are garbage: an app that stays open for months is walked through thousands of times. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { it } from 'node:test';
import type { SnapshotId } from '../../shared/ids.ts';
import * as app from '../helpers/browser/app.ts';
import { openChromiumPage } from '../helpers/browser/chromium-page.ts';
import { byId } from '../helpers/browser/page.ts';
import { restoreInPage, verifyInPage } from '../helpers/browser/page-work.ts';
import { startServer } from '../helpers/server.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const BACKUP_LIMIT_MS = 60_000;
const ROUNDS = 4;
/** A snapshot's page with its dialogs has 700 nodes; the frame of a download, which stays for a minute, a few. */
const MAY_STAY = 100 * ROUNDS;

it('a page on which was restored and verified leaves nothing behind', async (test) => {
  const server = await startServer(test);
  const folder = await tempDir(test);
  const page = await openChromiumPage(test, {
    userDataDir: path.join(folder, 'profile'),
    downloadDir: path.join(folder, 'downloads'),
  });
  await app.signUp(page, `${server.url}/#/first-run/${await server.firstRunToken()}`, {
    name: 'Ada',
    password: 'Violett blühn die Disteln 7',
  });
  const source = path.join(folder, 'Notes');
  await mkdir(source);
  await writeFile(path.join(source, 'a.txt'), 'Lorem');
  await page.drop(byId('drop-zone'), [source]);
  const snapshotId = (await app.backupDone(page, BACKUP_LIMIT_MS)) as SnapshotId;
  await app.dismissJobs(page);

  const round = async (): Promise<void> => {
    await restoreInPage(page, snapshotId, 1);
    await verifyInPage(page, snapshotId);
  };
  await round(); // loads what stays
  const before = await page.liveNodes();
  for (let times = 0; times < ROUNDS; times++) await round();
  const stayed = (await page.liveNodes()) - before;
  assert.ok(stayed < MAY_STAY, `${stayed} nodes more after ${ROUNDS} rounds`);
});

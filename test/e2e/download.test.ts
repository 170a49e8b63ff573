/** Downloads as the browser sees them: what a person does in its list of downloads reaches the engine. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import * as app from '../helpers/browser/app.ts';
import { openChromiumPage } from '../helpers/browser/chromium-page.ts';
import type { ChromiumPage } from '../helpers/browser/chromium-page.ts';
import { byId } from '../helpers/browser/page.ts';
import { readZip } from '../helpers/restored-zip.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { startServer } from '../helpers/server.ts';
import { suiteCleanUp } from '../helpers/suite-clean-up.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const TRANSFER_TIMEOUT_MS = 120_000;
const MIB = 1024 * 1024;
/** Far more than can be on its way between engine and disk. */
const FILE_BYTES = 200 * MIB;

describe('a download', () => {
  const suite = suiteCleanUp();
  let page: ChromiumPage;
  let snapshotId: string;

  before(async () => {
    const server = await startServer(suite);
    const folder = await tempDir(suite);
    page = await openChromiumPage(suite, {
      userDataDir: path.join(folder, 'profile'),
      downloadDir: path.join(folder, 'downloads'),
    });
    await app.signUp(page, `${server.url}/#/first-run/${await server.firstRunToken()}`, {
      name: 'Ada',
      password: 'Violett blühn die Disteln 7',
    });
    const source = path.join(folder, 'Films');
    await mkdir(source);
    const random = seededRandom(21);
    const parts = Array.from({ length: FILE_BYTES / MIB }, () => random.bytes(MIB));
    await writeFile(path.join(source, 'film.bin'), parts);
    await page.drop(byId('drop-zone'), [source]);
    snapshotId = await app.backupDone(page, TRANSFER_TIMEOUT_MS);
  });

  async function restoreZip(): Promise<void> {
    await app.openSnapshot(page, snapshotId);
    await page.click(byId('restore-all'));
    await page.click(byId('restore-zip'));
  }

  it('that is cancelled in the browser’s list stops the restore', async () => {
    const cancelling = page.cancelNextDownload();
    await restoreZip();
    await cancelling;
    const report = await page.find(byId('restore-report'), TRANSFER_TIMEOUT_MS);
    assert.equal(report.attributes['data-phase'], 'cancelled');
    await app.closeRestore(page);
  });

  it('can be started again, and is whole then', async () => {
    const downloading = page.nextDownload();
    await restoreZip();
    assert.deepEqual(await app.restoreDone(page, TRANSFER_TIMEOUT_MS), []);
    const { files } = await readZip(await downloading);
    assert.deepEqual(
      [...files.values()].map(({ sizeBytes }) => sizeBytes),
      [FILE_BYTES],
    );
  });
});

/**
 * The main flow as it runs in every browser: make an account, back 200 files up, restore them as a zip, and
 * compare. Automation outside Chromium can choose files but no folder, so they lie side by side.
 */
import assert from 'node:assert/strict';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { assertSameEntries } from '../assert-same.ts';
import { readTree, scatterTimes, writeAwkwardFiles } from '../file-tree.ts';
import { readZip } from '../restored-zip.ts';
import { seededRandom } from '../seeded-random.ts';
import { startServer } from '../server.ts';
import type { CleanUp } from '../temp-dir.ts';
import { waitFor } from '../wait.ts';
import * as app from './app.ts';
import { byId } from './page.ts';
import type { Page } from './page.ts';

const SEED = 200;
const FILES = 200;
const JOB_TIMEOUT_MS = 60_000;
const account = { name: 'Ada', password: 'Violett blühn die Disteln 7' };

export interface MainFlowOptions {
  /** For what it needs besides. */
  readonly folder: string;
  /** Where the page's downloads are saved. */
  readonly downloadDir: string;
  /** How exactly the browser tells a page when a file was changed. */
  readonly timesWithinMs: number;
}

/** Runs it in `page`. */
export async function runMainFlow(
  test: CleanUp,
  page: Page,
  { folder, downloadDir, timesWithinMs }: MainFlowOptions,
): Promise<void> {
  const source = path.join(folder, 'source');
  await writeFlatSource(source, path.join(folder, 'parts'));
  const original = await readTree(source);
  assert.equal(original.files.size, FILES);

  const server = await startServer(test);
  await app.signUp(page, `${server.url}/#/first-run/${await server.firstRunToken()}`, account);
  const names = [...original.files.keys()];
  await page.chooseFiles(
    byId('files-input'),
    names.map((name) => path.join(source, name)),
  );
  const snapshotId = await app.backupDone(page, JOB_TIMEOUT_MS);

  await app.openSnapshot(page, snapshotId);
  await page.click(byId('restore-all'));
  await page.click(byId('restore-zip'));
  assert.deepEqual(await app.restoreDone(page, JOB_TIMEOUT_MS), []);
  const wanted = [...original.files].map(([name, facts]) => {
    const modifiedAtMs = facts.modifiedAtMs - (facts.modifiedAtMs % timesWithinMs);
    return [name, { ...facts, modifiedAtMs }] as const;
  });
  assertSameEntries((await readZip(await savedZip(downloadDir))).files, new Map(wanted));
}

/** Awkward names, sizes at every bound, and small files up to 200 in all, in one folder. */
async function writeFlatSource(source: string, parts: string): Promise<void> {
  await writeAwkwardFiles(parts, SEED);
  await mkdir(source);
  for (const below of ['names', 'sizes']) {
    for (const name of await readdir(path.join(parts, below))) {
      // WebDriver takes one path a line.
      if (!name.includes('\n')) await rename(path.join(parts, below, name), path.join(source, name));
    }
  }
  const random = seededRandom(SEED);
  for (let count = (await readdir(source)).length; count < FILES; count++) {
    await writeFile(path.join(source, `${count}.bin`), random.bytes(random.integer(50_000)));
  }
  await scatterTimes(source, SEED);
}

/** The zip that the browser saves, once it is whole: browsers write under another name until then, or beside it. */
function savedZip(downloadDir: string): Promise<string> {
  return waitFor('the zip to be saved', async () => {
    const names = await readdir(downloadDir);
    const [zip, ...others] = names;
    return others.length === 0 && zip?.endsWith('.zip') === true ? path.join(downloadDir, zip) : undefined;
  });
}

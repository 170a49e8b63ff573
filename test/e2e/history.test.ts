/**
 * The past of a folder, with everything real: it is backed up, edited and backed up again; what changed is
 * told, found and looked at, an old version comes back byte for byte, and what is removed comes back from the
 * trash. Nothing of a file ever runs while it is looked at.
 */
import assert from 'node:assert/strict';
import { mkdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { signUp } from '../helpers/browser/sign-up.ts';
import { launchPlaywright } from '../helpers/chromium.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { startServer } from '../helpers/server.ts';
import { suiteCleanUp } from '../helpers/suite-clean-up.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { waitFor } from '../helpers/wait.ts';

const SLOW_MS = 60_000;
const STEP_MS = 10_000;
const OLD_NOTES = 'Dear Ada,\nthe first version.\n';
const NEW_NOTES = 'Dear Ada,\nthe second version, with more to say.\n';
/** A 10 × 10 picture. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAFUlEQVR42mNk+M9Qz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC',
  'base64',
);
const SCRIPT = 'window.scriptOfAFileRan = true; parent.scriptOfAFileRan = true;';

describe('the past of a folder', () => {
  const suite = suiteCleanUp();
  let page: Page;
  let source: string;
  let profile: string;
  const id = (testId: string) => page.getByTestId(testId);
  const row = (name: string) => page.locator(`[data-testid="entry-row"][data-name="${name}"]`);

  before(async () => {
    const folder = await tempDir(suite);
    const server = await startServer(suite);
    source = path.join(folder, 'Letters');
    profile = path.join(folder, 'profile');
    const context = await launchPlaywright(suite, profile);
    page = await context.newPage();
    page.setDefaultTimeout(STEP_MS);
    await signUp(page, `${server.url}/#/first-run/${await server.firstRunToken()}`);
    // The page that made the account is not the service worker's yet in every case: a reload makes it so.
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await page.reload();
    await id('drop-zone').waitFor({ timeout: SLOW_MS });
    await writeLetters(source);
  });

  async function backUp(): Promise<void> {
    await id('nav-backup').click();
    await id('folder-input').setInputFiles(source);
    await id('job-receipt').waitFor({ timeout: SLOW_MS });
    await id('job-dismiss').click();
    await id('job').waitFor({ state: 'detached' });
  }

  /** Opens the newest snapshot's root. */
  async function openNewest(): Promise<void> {
    await id('nav-snapshots').click();
    await id('snapshot-row').first().click();
    await id('entry-row').first().waitFor();
  }

  async function look(name: string): Promise<void> {
    await row(name).locator('.name').click();
    await page.locator('[data-testid="preview"]:not([data-kind="opening"])').waitFor();
  }

  async function closeDialog(): Promise<void> {
    await page.keyboard.press('Escape');
    await id('preview').waitFor({ state: 'hidden' });
  }

  it('is one source with two snapshots after an edit, without asking which source it is', async () => {
    await backUp();
    await edit(source);
    await backUp();
    await id('nav-snapshots').click();
    await id('snapshot-row').nth(1).waitFor();
    assert.equal(await id('source-group').count(), 1);
    assert.equal(await id('snapshot-row').count(), 2);
  });

  it('shows its sources with the time of their last backup', async () => {
    await id('nav-backup').click();
    await id('source').waitFor();
    assert.match((await id('source').textContent()) ?? '', /Letters/);
    assert.match((await id('source').textContent()) ?? '', /Backed up just now/);
  });

  it('tells what changed between the two', async () => {
    await id('nav-snapshots').click();
    await id('choose-snapshot').nth(0).click();
    await id('choose-snapshot').nth(1).click();
    await id('compare-chosen').click();
    await id('diff-row').first().waitFor();
    const changes = await id('diff-row').evaluateAll((rows) =>
      rows.map((each) => `${(each as HTMLElement).dataset.kind} ${(each as HTMLElement).dataset.path}`),
    );
    assert.deepEqual(changes.sort(), [
      'added new.txt',
      'changed notes.txt',
      'moved archive/moved.bin',
      'removed old.txt',
    ]);
    await id('diff-filter').locator('input').fill('notes');
    await id('diff-row').nth(1).waitFor({ state: 'detached' });
    assert.equal(await id('diff-row').first().getAttribute('data-kind'), 'changed');
  });

  it('is found by name in all snapshots', async () => {
    await id('nav-search').click();
    await id('search-input').locator('input').fill('OLD');
    const hit = page.locator('[data-testid="search-hit"][data-name="old.txt"]');
    await hit.waitFor();
    assert.match((await hit.textContent()) ?? '', /1 snapshot\b/);
    await id('search-input').locator('input').fill('picture');
    const picture = page.locator('[data-testid="search-hit"][data-name="picture.png"]');
    await picture.waitFor();
    assert.match((await picture.textContent()) ?? '', /2 snapshots/);
  });

  it('can be looked at: a text and a picture, decrypted on this device', async () => {
    await openNewest();
    await look('notes.txt');
    assert.equal(await id('preview-text').textContent(), NEW_NOTES);
    await closeDialog();
    await look('picture.png');
    await waitFor('the picture to be drawn', async () => {
      const width = await id('preview-image').evaluate((image) => (image as HTMLImageElement).naturalWidth);
      return width === 10 ? true : undefined;
    });
    await closeDialog();
    await look('tone.wav');
    await waitFor('the sound’s length', async () => {
      const seconds = await page
        .locator('[data-testid="preview"] audio')
        .evaluate((audio) => (audio as HTMLAudioElement).duration);
      return Math.abs(seconds - 1) < 0.01 ? true : undefined;
    });
    await closeDialog();
  });

  it('runs nothing of what is looked at', async () => {
    for (const [name, kind] of [
      ['page.html', 'text'],
      ['drawing.svg', 'image'],
      ['script.js', 'text'],
    ] as const) {
      await look(name);
      assert.equal(await id('preview').getAttribute('data-kind'), kind, name);
      await closeDialog();
    }
    assert.equal(await page.evaluate(() => 'scriptOfAFileRan' in globalThis), false);
  });

  it('has every version of a file, and the old one comes back byte for byte', async () => {
    await look('notes.txt');
    await id('preview-versions').click();
    await id('version').nth(1).waitFor();
    assert.equal(await id('version').count(), 2);
    await id('version-preview').nth(1).click();
    await id('preview-text').waitFor();
    assert.equal(await id('preview-text').textContent(), OLD_NOTES);
    await closeDialog();
    await id('version-restore').nth(1).click();
    const download = page.waitForEvent('download');
    await id('restore-file').click();
    assert.equal(await readFile(await (await download).path(), 'utf8'), OLD_NOTES);
    await id('restore-report').waitFor();
    await page.keyboard.press('Escape');
  });

  it('is verified on this device, every byte of it', async () => {
    await openNewest();
    await id('verify-snapshot').click();
    await page.locator('wa-radio[value="full"]').click();
    await id('verify-start').click();
    await page.locator('[data-testid="job"][data-kind="verify"]').waitFor();
    await page.locator('[data-testid="job-phase"][data-phase="done"]').waitFor({ timeout: SLOW_MS });
    assert.equal(await id('job-problems').count(), 0);
    await id('damage-none').waitFor();
    await id('job-dismiss').click();
  });

  it('keeps what is pinned, and what is removed comes back from the trash', async () => {
    await id('nav-snapshots').click();
    await id('choose-snapshot').nth(1).click();
    await id('pin-chosen').click();
    await page.getByText('Pinned').first().waitFor();
    await id('choose-snapshot').nth(0).click();
    await id('remove-chosen').click();
    await id('snapshot-row').nth(1).waitFor({ state: 'detached' });
    await id('to-trash').click();
    await id('trashed').waitFor();
    assert.equal(await id('trashed').getAttribute('data-days'), '30');
    await id('bring-back').click();
    await id('trashed').waitFor({ state: 'detached' });
    await id('nav-snapshots').click();
    await id('snapshot-row').nth(1).waitFor();
  });
});

async function writeLetters(source: string): Promise<void> {
  const random = seededRandom(5);
  await mkdir(source);
  const files: Readonly<Record<string, string | Buffer>> = {
    'notes.txt': OLD_NOTES,
    'old.txt': 'written long ago',
    'moved.bin': Buffer.from(random.bytes(300_000)),
    'picture.png': PICTURE,
    'page.html': `<!doctype html><body onload="${SCRIPT}"><script>${SCRIPT}</script>`,
    'drawing.svg': `<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20" onload="${SCRIPT}"><script>${SCRIPT}</script><rect width="30" height="20"/></svg>`,
    'script.js': SCRIPT,
    'tone.wav': tone(),
    'stays.bin': Buffer.from(random.bytes(2_000_000)),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(source, name), content);
}

/** A second of silence, 8,000 samples of 8 bits. */
function tone(): Buffer {
  const samples = 8_000;
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + samples, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(samples, 24);
  header.writeUInt32LE(samples, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(samples, 40);
  return Buffer.concat([header, Buffer.alloc(samples, 128)]);
}

/** A change, an addition, a removal, and a move that keeps the file's time. */
async function edit(source: string): Promise<void> {
  await writeFile(path.join(source, 'notes.txt'), NEW_NOTES);
  const later = new Date(Date.now() + 5_000);
  await utimes(path.join(source, 'notes.txt'), later, later);
  await writeFile(path.join(source, 'new.txt'), 'just written');
  await rm(path.join(source, 'old.txt'));
  await mkdir(path.join(source, 'archive'));
  await rename(path.join(source, 'moved.bin'), path.join(source, 'archive', 'moved.bin'));
}

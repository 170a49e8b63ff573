/**
 * Who gets in, what a device keeps of an unlocked vault, and what is left of it after signing out. (That the
 * app opens without the server, and updates, is in shell.test.ts.)
 */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import * as app from '../helpers/browser/app.ts';
import { openChromiumPage } from '../helpers/browser/chromium-page.ts';
import type { ChromiumPage } from '../helpers/browser/chromium-page.ts';
import { readKept } from '../helpers/browser/kept-data.ts';
import { byId } from '../helpers/browser/page.ts';
import { ownBytes, renderersOf } from '../helpers/process-tree.ts';
import { startServer } from '../helpers/server.ts';
import type { RunningServer } from '../helpers/server.ts';
import { suiteCleanUp } from '../helpers/suite-clean-up.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { waitFor } from '../helpers/wait.ts';

const BACKUP_TIMEOUT_MS = 30_000;
const KEY_STRETCHING_MS = 60_000;
/** Argon2id's, all of it written to: who holds it still has as much. */
const STRETCHING_BYTES = 128 * 1024 ** 2;
const account = { name: 'Ada', password: 'Violett blühn die Disteln 7' };
const newPassword = 'und die Gräser auch 19';

describe('a session', () => {
  const suite = suiteCleanUp();
  let server: RunningServer;
  let firstRunLink: string;
  let words: readonly string[];
  let page: ChromiumPage;

  before(async () => {
    server = await startServer(suite);
    firstRunLink = `${server.url}/#/first-run/${await server.firstRunToken()}`;
    page = await newBrowser();
    words = await app.signUp(page, firstRunLink, account);
    await backSomethingUp();
  });

  async function newBrowser(): Promise<ChromiumPage> {
    const folder = await tempDir(suite);
    return openChromiumPage(suite, { userDataDir: path.join(folder, 'profile'), downloadDir: folder });
  }

  async function backSomethingUp(): Promise<void> {
    const source = path.join(await tempDir(suite), 'Letters');
    await mkdir(source);
    await writeFile(path.join(source, 'letter.txt'), 'Liebe Ada');
    await page.drop(byId('drop-zone'), [source]);
    await app.openSnapshot(page, await app.backupDone(page, BACKUP_TIMEOUT_MS));
  }

  async function signOut(): Promise<void> {
    await page.click(byId('nav-settings'));
    await page.click(byId('sign-out'));
    await page.until('the question or the sign-in page', async () => {
      return (await page.isThere(byId('confirm-yes'))) || (await page.isThere(byId('sign-in')));
    });
    if (await page.isThere(byId('confirm-yes'))) await page.click(byId('confirm-yes'));
    await page.find(byId('sign-in'));
  }

  it('begins with a first-run link only once', async () => {
    const other = await newBrowser();
    await other.open(firstRunLink);
    await other.fill(byId('name-input'), 'Eve');
    await other.fill(byId('password-input'), account.password);
    await other.click(byId('create-account'));
    const problem = await other.find(byId('problem'), KEY_STRETCHING_MS);
    assert.equal(problem.attributes['data-code'], 'invite-invalid');
    assert.match(problem.text, /used already or has expired/);
  });

  it('gives back the memory that stretches a password', async () => {
    const most = await waitFor('no renderer to hold 128 MiB', async () => {
      const sizes = await Promise.all((await renderersOf(page.pid)).map(ownBytes));
      const largest = Math.max(...sizes);
      return largest < STRETCHING_BYTES ? largest : undefined;
    });
    assert.ok(most > 0);
  });

  it('survives a reload on a device that is kept unlocked', async () => {
    await page.reload();
    await page.find(byId('restore-all'));
    await page.find(byId('entry-row', { name: 'letter.txt' }));
  });

  it('survives a reload without the server, too', async () => {
    await page.run(() => navigator.serviceWorker.ready.then(() => undefined));
    await server.kill();
    await page.reload();
    await page.find(byId('offline-banner'));
    await page.find(byId('entry-row', { name: 'letter.txt' }));
    await server.restart();
    await page.find(byId('connection-state', { kind: 'online' }));
  });

  it('keeps keys only as ones that no script can read, and no password', async () => {
    const kept = await readKept(page);
    assert.ok(kept.keys.length > 0);
    assert.deepEqual(
      kept.keys.filter(({ extractable }) => extractable),
      [],
    );
    for (const secret of ['Disteln', ...recoveryPairs(words)]) {
      assert.ok(!kept.text.includes(secret), 'a secret is kept');
    }
  });

  it('leaves nothing of keys, vault or sources behind when it is ended', async () => {
    await signOut();
    const kept = await readKept(page);
    assert.deepEqual(kept.keys, []);
    assert.deepEqual(kept.filledStores, ['holdfast/device']);
    assert.deepEqual(kept.localStorageKeys, ['holdfast-preferences']);
    assert.deepEqual(kept.privateFiles, []);
    assert.ok(!kept.text.includes('Letters'));
    await page.reload();
    await page.find(byId('sign-in'));
  });

  it('is refused to a wrong password, and to a name that does not exist, in the same words', async () => {
    const refusals: string[] = [];
    for (const credentials of [
      { ...account, password: `${account.password}8` },
      { ...account, name: 'Nobody' },
    ]) {
      await page.reload();
      await app.trySignIn(page, server.url, credentials);
      const problem = await page.find(byId('problem'), KEY_STRETCHING_MS);
      assert.equal(problem.attributes['data-code'], 'sign-in-failed');
      refusals.push(problem.text);
    }
    assert.match(refusals[0] ?? '', /don’t match/);
    assert.equal(refusals[0], refusals[1]);
  });

  it('ends with the page on a device that is not kept unlocked', async () => {
    await page.reload();
    await page.click(byId('keep-unlocked'));
    await app.signIn(page, server.url, account);
    const kept = await readKept(page);
    assert.deepEqual(kept.keys, []);
    await page.reload();
    await page.find(byId('sign-in'));
  });

  it('is given to the recovery key, after which the old password is refused', async () => {
    await app.recover(page, server.url, { name: account.name, password: newPassword, words });
    await signOut();
    await app.trySignIn(page, server.url, account);
    await page.find(byId('problem', { code: 'sign-in-failed' }), KEY_STRETCHING_MS);
    await page.reload();
    await app.signIn(page, server.url, { ...account, password: newPassword });
  });
});

function recoveryPairs(words: readonly string[]): string[] {
  return words
    .slice(1)
    .flatMap((word, index) => [`${words[index] ?? ''} ${word}`, `${words[index] ?? ''}","${word}`]);
}

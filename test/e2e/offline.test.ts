/**
 * A person backs up without a connection, locks the vault and closes everything. What was sealed goes out later: when
 * the app is opened, still locked, or from the service worker alone. Another device then restores exactly that.
 */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import type { SnapshotInfo } from '../../web/bridge/engine-api.ts';
import { assertSameEntries } from '../helpers/assert-same.ts';
import { signUp } from '../helpers/browser/sign-up.ts';
import { launchPlaywright } from '../helpers/chromium.ts';
import { restoreFolder, startDevice } from '../helpers/engine-device.ts';
import type { Contents } from '../helpers/engine-device.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { startServer } from '../helpers/server.ts';
import type { RunningServer } from '../helpers/server.ts';
import { suiteCleanUp } from '../helpers/suite-clean-up.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { waitFor } from '../helpers/wait.ts';
import type { EngineClient } from '../worker/engine-client.ts';

const SLOW_MS = 60_000;
const FILES = 500;
const account = { name: 'Ada', password: 'Violett blühn die Disteln 7' };

describe('a backup without a connection', () => {
  const suite = suiteCleanUp();
  let folder: string;
  let server: RunningServer;
  let context: BrowserContext;
  let page: Page;
  let other: EngineClient;

  before(async () => {
    folder = await tempDir(suite);
    server = await startServer(suite);
    await open();
    await signUp(page, `${server.url}/#/first-run/${await server.firstRunToken()}`);
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    other = await startDevice(suite, server.url);
    await other.engine.signIn({ ...account, keepUnlocked: false });
  });

  async function open(): Promise<void> {
    context = await launchPlaywright(suite, path.join(folder, 'profile'));
    page = await context.newPage();
  }

  async function backUpOffline(name: string, contents: Contents): Promise<void> {
    const source = path.join(folder, name);
    for (const [file, content] of Object.entries(contents)) {
      await mkdir(path.dirname(path.join(source, file)), { recursive: true });
      await writeFile(path.join(source, file), content);
    }
    await server.kill();
    await page.getByTestId('folder-input').setInputFiles(source);
    await page
      .locator('[data-testid="job-phase"][data-phase="queued"]')
      .first()
      .waitFor({ timeout: SLOW_MS });
  }

  /** The other device needn't wait for its back-off to end. */
  async function restartServer(): Promise<void> {
    await server.restart();
    other.engine.retryNow();
  }

  async function lock(): Promise<void> {
    await page.getByTestId('account-menu').click();
    await page.getByTestId('menu-lock').click();
    await page.getByTestId('sign-in').waitFor();
  }

  async function assertArrives(name: string, contents: Contents): Promise<void> {
    const { snapshotId } = await waitFor('the snapshot to be on the server', () => snapshotOf(name), SLOW_MS);
    const { job, folder: restored } = await restoreFolder(other, snapshotId);
    assert.deepEqual([job.phase, job.problems], ['done', []]);
    assertSameEntries(texts(restored.contents()), texts(Object.entries(contents)));
  }

  async function snapshotOf(name: string): Promise<SnapshotInfo | undefined> {
    return (await other.engine.listSnapshots()).find(({ sourceName }) => sourceName === name);
  }

  it('goes out when the app is opened again, while the vault is locked', async () => {
    const contents = manyFiles(1);
    await backUpOffline('Documents', contents);
    await lock();
    await context.close();
    await restartServer();
    assert.equal(await snapshotOf('Documents'), undefined);
    await open();
    await page.goto(`${server.url}/#/sign-in`);
    await assertArrives('Documents', contents);
    await page.getByTestId('sign-in').waitFor();
  });

  it('goes out from the service worker when every tab is closed', async () => {
    await page.goto(`${server.url}/#/sign-in`);
    // The name is there: it is the one whose vault is locked.
    await page.getByTestId('password-input').locator('input').fill(account.password);
    await page.getByTestId('sign-in').click();
    await page.getByTestId('drop-zone').waitFor({ timeout: SLOW_MS });
    const contents = manyFiles(2);
    await backUpOffline('Pictures', contents);
    await lock();
    const registrationId = await serviceWorkerOf(context, page);
    const blank = await context.newPage();
    await page.close();
    await restartServer();
    assert.equal(await snapshotOf('Pictures'), undefined);
    const devtools = await context.newCDPSession(blank);
    await devtools.send('ServiceWorker.enable');
    await devtools.send('ServiceWorker.dispatchSyncEvent', {
      origin: server.url,
      registrationId,
      tag: 'holdfast-outbox',
      lastChance: false,
    });
    await assertArrives('Pictures', contents);
    assert.deepEqual(
      context.pages().filter((each) => each.url().startsWith(server.url)),
      [],
    );
  });
});

async function serviceWorkerOf(context: BrowserContext, page: Page): Promise<string> {
  const devtools = await context.newCDPSession(page);
  const registered = new Promise<string>((resolve) => {
    devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const [registration] = registrations;
      if (registration !== undefined) resolve(registration.registrationId);
    });
  });
  await devtools.send('ServiceWorker.enable');
  const registrationId = await registered;
  await devtools.detach();
  return registrationId;
}

function manyFiles(seed: number): Contents {
  const random = seededRandom(seed);
  const contents: Record<string, Uint8Array<ArrayBuffer>> = { 'large.bin': random.bytes(5_000_000) };
  for (let n = 1; n < FILES; n++) contents[`${n % 10}/${n}.bin`] = random.bytes(1 + random.integer(10_000));
  return contents;
}

function texts(contents: Iterable<readonly [string, Uint8Array]>): Map<string, string> {
  return new Map([...contents].map(([name, content]) => [name, Buffer.from(content).toString('base64')]));
}

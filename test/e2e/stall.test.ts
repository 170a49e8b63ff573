/** A server that stops answering while nothing closes the connection: its process is stopped, and goes on later. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { before, describe, it } from 'node:test';
import * as app from '../helpers/browser/app.ts';
import { openChromiumPage } from '../helpers/browser/chromium-page.ts';
import type { ChromiumPage } from '../helpers/browser/chromium-page.ts';
import { byId } from '../helpers/browser/page.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { startServer } from '../helpers/server.ts';
import type { RunningServer } from '../helpers/server.ts';
import { suiteCleanUp } from '../helpers/suite-clean-up.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const ONLINE = byId('connection-state', { kind: 'online' });
const STALLED = byId('connection-state', { code: 'stalled' });
const FILE_BYTES = 60_000_000;
/** Beyond this a silent connection is given up. */
const LONG_MS = 17_000;
const RECONNECT_MS = 70_000;
const BACKUP_TIMEOUT_MS = 120_000;

describe('a server that stops answering', () => {
  const suite = suiteCleanUp();
  let server: RunningServer;
  let page: ChromiumPage;

  before(async () => {
    server = await startServer(suite);
    const folder = await tempDir(suite);
    page = await openChromiumPage(suite, { userDataDir: path.join(folder, 'profile'), downloadDir: folder });
    const link = `${server.url}/#/first-run/${await server.firstRunToken()}`;
    await app.signUp(page, link, { name: 'Ada', password: 'Violett blühn die Disteln 7' });
    await page.find(ONLINE);
    // A stopped process can't be ended by its clean-up.
    suite.after(() => {
      go();
    });
  });

  function stop(): void {
    process.kill(server.pid(), 'SIGSTOP');
  }

  function go(): void {
    process.kill(server.pid(), 'SIGCONT');
  }

  /** Stops the server; resolves with how long the page took to say so. */
  async function untilStalled(): Promise<number> {
    const seen = page.run(whenShown, STALLED);
    const stoppedAtMs = Date.now();
    stop();
    return (await seen) - stoppedAtMs;
  }

  it('is told of in under two seconds, at whatever moment it stops, and of its return at once', async (t) => {
    const tookMs: number[] = [];
    for (let time = 0; time < 6; time++) {
      await sleep(300 + time * 170);
      tookMs.push(await untilStalled());
      go();
      await page.find(ONLINE, 3_000);
    }
    t.diagnostic(`told after ${tookMs.join(', ')} ms`);
    assert.ok(Math.max(...tookMs) < 2_000, tookMs.join());
  });

  it('has a backup wait, and go on by itself, to the end', async () => {
    const source = path.join(await tempDir(suite), 'Film');
    await mkdir(source);
    await writeFile(path.join(source, 'film.bin'), seededRandom(4).bytes(FILE_BYTES));
    await page.drop(byId('drop-zone'), [source]);
    await page.find(byId('job-phase', { phase: 'running' }));
    const tookMs = await untilStalled();
    assert.ok(tookMs < 2_000, String(tookMs));
    await page.find(byId('job-phase', { phase: 'waiting' }), 2_000);
    go();
    await app.backupDone(page, BACKUP_TIMEOUT_MS);
  });

  it('that stops for long is found again when it goes on', async () => {
    await untilStalled();
    await sleep(LONG_MS);
    go();
    await page.find(ONLINE, RECONNECT_MS);
  });
});

/** Resolves with the time at which the page shows a match, in milliseconds since 1970. */
function whenShown(selector: string): Promise<number> {
  const isShown = (root: Document | ShadowRoot): boolean =>
    root.querySelector(selector) !== null ||
    [...root.querySelectorAll('*')].some(({ shadowRoot }) => shadowRoot !== null && isShown(shadowRoot));
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (!isShown(document)) return;
      clearInterval(timer);
      resolve(Date.now());
    }, 10);
  });
}

/** Chromium as a device that backs up a folder, is killed, and comes back with the profile that it had. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SnapshotId } from '../../shared/ids.ts';
import * as app from '../helpers/browser/app.ts';
import { openChromiumPage } from '../helpers/browser/chromium-page.ts';
import type { ChromiumPage } from '../helpers/browser/chromium-page.ts';
import { byId } from '../helpers/browser/page.ts';
import type { Contents } from '../helpers/engine-device.ts';
import type { CleanUp } from '../helpers/temp-dir.ts';
import { ACCOUNT } from './account.ts';

const SIGNED_IN_LIMIT_MS = 30_000;

export class ChromiumDevice {
  readonly #test: CleanUp;
  readonly #url: string;
  readonly #folder: string;
  readonly #page: ChromiumPage;
  readonly #kill: () => Promise<void>;

  private constructor(
    test: CleanUp,
    url: string,
    parts: { readonly folder: string; readonly page: ChromiumPage; readonly kill: () => Promise<void> },
  ) {
    this.#test = test;
    this.#url = url;
    this.#folder = parts.folder;
    this.#page = parts.page;
    this.#kill = parts.kill;
  }

  /** Opens the app at `url` and signs in. */
  static async start(test: CleanUp, url: string): Promise<ChromiumDevice> {
    const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-test-faults-'));
    test.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
    const device = await ChromiumDevice.#open(test, url, folder);
    await app.signIn(device.#page, url, ACCOUNT);
    return device;
  }

  static async #open(test: CleanUp, url: string, folder: string): Promise<ChromiumDevice> {
    const ends: (() => void | Promise<void>)[] = [];
    const kill = async (): Promise<void> => {
      for (let end = ends.pop(); end !== undefined; end = ends.pop()) await end();
    };
    test.after(kill);
    const profile = { userDataDir: path.join(folder, 'profile'), downloadDir: folder };
    const page = await openChromiumPage({ after: (end) => ends.push(end) }, profile);
    return new ChromiumDevice(test, url, { folder, page, kill });
  }

  /** Of the browser's first process. */
  get pid(): number {
    return this.#page.pid;
  }

  /** For what else a person does. */
  get page(): ChromiumPage {
    return this.#page;
  }

  /** Begins a backup of these files. */
  async drop(contents: Contents): Promise<void> {
    const source = path.join(this.#folder, 'Documents');
    await rm(source, { recursive: true, force: true });
    for (const [name, content] of Object.entries(contents)) {
      await mkdir(path.dirname(path.join(source, name)), { recursive: true });
      await writeFile(path.join(source, name), content);
    }
    await app.dismissJobs(this.#page);
    await this.#page.drop(byId('drop-zone'), [source]);
    await this.#page.until('the backup to begin', async () => {
      // The other devices' sources have the same name and some of the files: the app may ask.
      if (await this.#page.isThere(byId('match-new'))) await this.#page.click(byId('match-new'));
      return this.#page.isThere(byId('job'));
    });
  }

  async done(timeoutMs: number): Promise<SnapshotId> {
    return (await app.backupDone(this.#page, timeoutMs)) as SnapshotId;
  }

  kill(): Promise<void> {
    return this.#kill();
  }

  /** After `kill`: another browser with the same profile, which is still signed in. */
  async restart(): Promise<ChromiumDevice> {
    await rm(path.join(this.#folder, 'profile', 'DevToolsActivePort'), { force: true });
    const device = await ChromiumDevice.#open(this.#test, this.#url, this.#folder);
    await device.#page.open(this.#url);
    await device.#page.find(byId('drop-zone'), SIGNED_IN_LIMIT_MS);
    return device;
  }
}

/**
 * Chromium as a device that backs up a folder, is killed, at random or at a named step of its outbox, and comes back with
 * the profile that it had.
 */
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
import { installFailpoints } from './outbox-failpoints.ts';
import { readOutbox } from './read-outbox.ts';
import type { OutboxFacts } from './read-outbox.ts';
import type { OutboxArming } from './steps.ts';

/** Of no other device's source: without a connection the app goes by the name alone. */
const FOLDER_NAME = 'Pictures';
const SIGNED_IN_LIMIT_MS = 60_000;
const OUTBOX_LIMIT_MS = 120_000;

/** Where its outbox files lie: in the private file system, or, as in browsers that can't write there in place, in IndexedDB. */
export type OutboxStorage = 'private files' | 'database';

interface DeviceParts {
  readonly folder: string;
  readonly page: ChromiumPage;
  readonly kill: () => Promise<void>;
  readonly storage: OutboxStorage;
  /** Also of workers that are still to come. */
  readonly arming: { current?: OutboxArming };
  /** Resolves when one of its workers stands still where it was told to. */
  readonly stopped: Promise<void>;
}

export class ChromiumDevice {
  readonly #test: CleanUp;
  readonly #url: string;
  readonly #folder: string;
  readonly #page: ChromiumPage;
  readonly #kill: () => Promise<void>;
  readonly #storage: OutboxStorage;
  readonly #arming: DeviceParts['arming'];
  readonly #stopped: Promise<void>;

  private constructor(test: CleanUp, url: string, parts: DeviceParts) {
    this.#test = test;
    this.#url = url;
    this.#folder = parts.folder;
    this.#page = parts.page;
    this.#kill = parts.kill;
    this.#storage = parts.storage;
    this.#arming = parts.arming;
    this.#stopped = parts.stopped;
  }

  /** Opens the app at `url` and signs in. */
  static async start(
    test: CleanUp,
    url: string,
    storage: OutboxStorage = 'private files',
  ): Promise<ChromiumDevice> {
    const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-test-faults-'));
    test.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
    const device = await ChromiumDevice.#open(test, url, folder, storage);
    await app.signIn(device.#page, url, ACCOUNT);
    return device;
  }

  static async #open(
    test: CleanUp,
    url: string,
    folder: string,
    storage: OutboxStorage,
  ): Promise<ChromiumDevice> {
    const ends: (() => void | Promise<void>)[] = [];
    const kill = async (): Promise<void> => {
      for (let end = ends.pop(); end !== undefined; end = ends.pop()) await end();
    };
    test.after(kill);
    const { promise: stopped, resolve: onCall } = withResolver();
    const arming: { current?: OutboxArming } = {};
    const source = (): string => failpoints(arming.current, storage);
    const page = await openChromiumPage(
      { after: (end) => ends.push(end) },
      {
        userDataDir: path.join(folder, 'profile'),
        downloadDir: folder,
        workerHook: { source, onCall },
      },
    );
    return new ChromiumDevice(test, url, { folder, page, kill, storage, arming, stopped });
  }

  get storage(): OutboxStorage {
    return this.#storage;
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
    const source = path.join(this.#folder, FOLDER_NAME);
    await rm(source, { recursive: true, force: true });
    for (const [name, content] of Object.entries(contents)) {
      await mkdir(path.dirname(path.join(source, name)), { recursive: true });
      await writeFile(path.join(source, name), content);
    }
    await this.#page.until(
      'the jobs before to end',
      async () => {
        await app.dismissJobs(this.#page);
        return !(await this.#page.isThere(byId('job')));
      },
      OUTBOX_LIMIT_MS,
    );
    await this.#page.drop(byId('drop-zone'), [source]);
    await Promise.race([this.#begun(), this.#stopped]);
  }

  async #begun(): Promise<void> {
    let isAnswered = false;
    await this.#page.until('the backup to begin', async () => {
      // The other devices' sources have some of the files: the app may ask, once.
      if (!isAnswered && (await this.#page.isThere(byId('match-new')))) {
        await this.#page.click(byId('match-new'));
        isAnswered = true;
      }
      return this.#page.isThere(byId('job'));
    });
  }

  async done(timeoutMs: number): Promise<SnapshotId> {
    return (await app.backupDone(this.#page, timeoutMs)) as SnapshotId;
  }

  /** Its workers stop there from now on: once in the life of the browser. */
  async arm(arming: OutboxArming): Promise<void> {
    this.#arming.current = arming;
    await this.#page.workers?.run(`armFailpoint(${JSON.stringify(arming)})`);
  }

  /** Resolves when one of them has stopped. */
  stopped(): Promise<void> {
    return this.#stopped;
  }

  /** What waits in it and what it was told to be accepted, read where it is kept. */
  async outbox(): Promise<OutboxFacts> {
    return readOutbox(this.#page);
  }

  /** Resolves, when that is so of its outbox, with it. */
  async outboxIs(what: string, isSo: (outbox: OutboxFacts) => boolean): Promise<OutboxFacts> {
    let outbox = await this.outbox();
    await this.#page
      .until(
        `the outbox to be ${what}`,
        async () => {
          outbox = await this.outbox();
          return isSo(outbox);
        },
        OUTBOX_LIMIT_MS,
      )
      .catch((cause: unknown) => {
        throw new Error(`The outbox is ${JSON.stringify(outbox)}. ${String(cause)}`, { cause });
      });
    return outbox;
  }

  /** What a browser says when the network is back. */
  async tellOnline(): Promise<void> {
    await this.#page.workers?.run("self.dispatchEvent(new Event('online'))");
  }

  kill(): Promise<void> {
    return this.#kill();
  }

  /** After `kill`: another browser with the same profile, which is still signed in. */
  async restart(storage = this.#storage): Promise<ChromiumDevice> {
    await rm(path.join(this.#folder, 'profile', 'DevToolsActivePort'), { force: true });
    const device = await ChromiumDevice.#open(this.#test, this.#url, this.#folder, storage);
    await device.#page.open(this.#url);
    await device.#page.find(byId('drop-zone'), SIGNED_IN_LIMIT_MS);
    return device;
  }
}

/** Source of the failpoints. */
function failpoints(arming: OutboxArming | undefined, storage: OutboxStorage): string {
  const args = `${JSON.stringify(arming)}, ${String(storage === 'private files')}`;
  // __name: the compiler names functions by calling it.
  return `{ const __name = (fn) => fn; (${String(installFailpoints)})(${args}); }`;
}

function withResolver(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}

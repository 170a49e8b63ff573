/**
 * A server on a data folder: holds the folder's lock, opens its store and the app over it, and does that anew when the
 * index turns out damaged while it runs. Knows no environment and no process.
 */
import { createApp } from './app.ts';
import type { App } from './app.ts';
import { loadOpaqueSetup } from './auth/opaque-setup.ts';
import { OpaqueServer } from './auth/opaque-server.ts';
import type { Config } from './config.ts';
import { openDataFolder } from './data-folder.ts';
import type { DataFolder } from './data-folder.ts';
import type { Log } from './log.ts';
import type { Clock, RandomBytes } from './ports.ts';
import { openDiskStore } from './store/open-store.ts';
import { takeDataLock } from './store/sqlite/data-lock.ts';
import { noteIndexDamage } from './store/sqlite/index-aside.ts';
import { SERVER_VERSION } from './version.ts';

/** Between attempts to open what can't be opened yet. */
const REOPEN_INTERVAL_MS = 2_000;
/** Sockets take and let go a little after they were told to. */
const SETTLE_MS = 100;

export interface ServiceParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly log: Log;
}

export class Service {
  readonly #parts: ServiceParts;
  readonly #folder: DataFolder;
  readonly #releaseLock: () => void;
  #app: App | undefined;
  /** Under way: to another index. */
  #reopening: Promise<void> | undefined;
  #stopping = false;
  #stopped: Promise<void> | undefined;

  private constructor(parts: ServiceParts) {
    this.#parts = parts;
    this.#folder = openDataFolder(parts.config.dataDir);
    this.#releaseLock = takeDataLock(this.#folder.lock).release;
  }

  /** Serves until `stop`. Throws `config-invalid`, `storage-failed`, `storage-full`, `format-unsupported`. */
  static async start(parts: ServiceParts): Promise<{ readonly service: Service; readonly app: App }> {
    const service = new Service(parts);
    return { service, app: await service.#open(parts.config) };
  }

  /** Takes no new work, finishes what was begun, closes everything. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping = true;
    await this.#reopening;
    await this.#app?.stop();
    this.#releaseLock();
  }

  async #open(config: Config): Promise<App> {
    const { clock, random, log } = this.#parts;
    const { segments, index, opaqueSetup, path } = this.#folder;
    const { segmentSizeBytes } = config;
    const { store, recovery } = await openDiskStore({
      segmentsFolder: segments,
      indexFile: index,
      segmentSizeBytes,
      vaultQuotaBytes: config.accountQuotaBytes,
      clock,
      random,
      log,
    });
    log.info({ ...recovery, dataFolder: path, version: SERVER_VERSION }, 'store opened');
    const needed = (await store.accounts.count()) > 0;
    const opaque = await OpaqueServer.create((make) => loadOpaqueSetup({ path: opaqueSetup, needed }, make));
    const onIndexDamage = () => {
      if (this.#stopping) return;
      this.#reopening ??= this.#reopen().finally(() => {
        this.#reopening = undefined;
      });
    };
    try {
      this.#app = await createApp({ config, store, opaque, clock, random, log, onIndexDamage });
      return this.#app;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** Clients are told that the server restarts, and come back to the same port. */
  async #reopen(): Promise<void> {
    const { config, log } = this.#parts;
    const app = this.#app;
    if (app === undefined) return;
    log.error({}, 'the index turned out damaged: the server opens its data folder anew');
    noteIndexDamage(this.#folder.index);
    this.#app = undefined;
    await this.#rest(SETTLE_MS); // the answer that tells of it is on its way
    await app.stop();
    await this.#rest(SETTLE_MS);
    while (!this.#stopping && !(await this.#tryToOpen({ ...config, port: app.port }))) {
      await this.#rest(REOPEN_INTERVAL_MS);
    }
  }

  async #tryToOpen(config: Config): Promise<boolean> {
    try {
      await this.#open(config);
      return true;
    } catch (error) {
      this.#parts.log.error({ err: error }, 'the data folder can’t be opened yet');
      return false;
    }
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#parts.clock.after(ms, resolve);
    });
  }
}

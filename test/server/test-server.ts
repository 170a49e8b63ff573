/** A real server for tests: this process, a folder of its own, a free port on 127.0.0.1. */
import { randomFillSync } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { createApp } from '../../server/app.ts';
import type { App } from '../../server/app.ts';
import { loadOpaqueSetup } from '../../server/auth/opaque-setup.ts';
import { OpaqueServer } from '../../server/auth/opaque-server.ts';
import { loadConfig } from '../../server/config.ts';
import type { Config } from '../../server/config.ts';
import { openDataFolder } from '../../server/data-folder.ts';
import type { DataFolder } from '../../server/data-folder.ts';
import { createLog } from '../../server/log.ts';
import type { Log } from '../../server/log.ts';
import type { Clock, RandomBytes } from '../../server/ports.ts';
import type { BlobStore, Store } from '../../server/store/ports.ts';
import { systemDisk } from '../../server/store/disk/segment-writer.ts';
import type { DiskCalls } from '../../server/store/disk/segment-writer.ts';
import { SegmentStore } from '../../server/store/disk/segment-store.ts';
import { recover } from '../../server/store/recovery.ts';
import { SqliteCatalog } from '../../server/store/sqlite/sqlite-catalog.ts';
import { RecordStore } from '../../server/store/store.ts';
import type { CleanUp } from '../helpers/temp-dir.ts';

export const testRandom: RandomBytes = (length) => randomFillSync(new Uint8Array(length));

/** The machine's clock, which a test may put forward. */
export class TestClock implements Clock {
  aheadMs = 0;

  nowMs(): number {
    return Date.now() + this.aheadMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = setTimeout(run, delayMs);
    return () => {
      clearTimeout(timer);
    };
  }
}

export interface TestServerOptions {
  /** Goes on with the folder of an earlier one. */
  readonly dataDir?: string;
  readonly config?: Partial<Config>;
  readonly log?: Log;
  /** Puts something between the store and its segments. */
  readonly disk?: DiskCalls;
  readonly onIndexDamage?: () => void;
  readonly wrapBlobs?: (blobs: BlobStore) => BlobStore;
}

export interface TestServer {
  readonly app: App;
  readonly port: number;
  readonly store: Store;
  readonly clock: TestClock;
  readonly folder: DataFolder;
  /** The administrator's invitation; undefined where an account exists. */
  readonly firstRunToken: string | undefined;
  readonly stop: () => Promise<void>;
}

/** It stops when the test ends, and its folder goes. */
export async function startTestServer(test: CleanUp, options: TestServerOptions = {}): Promise<TestServer> {
  const folder = openDataFolder(options.dataDir ?? mkdtempSync(join(tmpdir(), 'holdfast-test-')));
  const config = { ...loadConfig({ HOLDFAST_PORT: '0', HOLDFAST_HOST: '127.0.0.1' }), ...options.config };
  const clock = new TestClock();
  const store = await openTestStore(folder, config, clock, options);
  const opaque = await OpaqueServer.create((make) =>
    loadOpaqueSetup({ path: folder.opaqueSetup, needed: false }, make),
  );
  const log = options.log ?? createLog('silent');
  const onIndexDamage = options.onIndexDamage ?? (() => undefined);
  const app = await createApp({ config, store, opaque, clock, random: testRandom, log, onIndexDamage });
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= app.stop());
  test.after(async () => {
    await stop();
    await rm(folder.path, { recursive: true, force: true });
  });
  return {
    app,
    port: app.port,
    store,
    clock,
    folder,
    firstRunToken: app.firstRunUrl?.split('/').at(-1),
    stop,
  };
}

/** Cleans up when all tests of a file have ended. To be called while the file is loaded. */
export function wholeFile(): CleanUp {
  const tasks: (() => void | Promise<void>)[] = [];
  after(async () => {
    for (const task of tasks.toReversed()) await task();
  });
  return {
    after: (task) => {
      tasks.push(task);
    },
  };
}

async function openTestStore(
  folder: DataFolder,
  { segmentSizeBytes, accountQuotaBytes: vaultQuotaBytes }: Config,
  clock: Clock,
  { disk = systemDisk, wrapBlobs = (blobs) => blobs }: TestServerOptions,
): Promise<Store> {
  const blobs = SegmentStore.open({ folder: folder.segments, segmentSizeBytes, random: testRandom, disk });
  const catalog = SqliteCatalog.open(folder.index);
  await recover(blobs, catalog, { cutTornEnd: true, clock });
  return new RecordStore({ blobs: wrapBlobs(blobs), catalog, clock, random: testRandom, vaultQuotaBytes });
}

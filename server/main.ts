/**
 * Starts the server: reads the environment, takes the data folder's lock, prints where to go, and
 * answers signals.
 */
import { createApp } from './app.ts';
import type { App } from './app.ts';
import { loadOpaqueSetup } from './auth/opaque-setup.ts';
import { OpaqueServer } from './auth/opaque-server.ts';
import { loadConfig } from './config.ts';
import { openDataFolder } from './data-folder.ts';
import { createLog } from './log.ts';
import type { Log } from './log.ts';
import { openDiskStore } from './store/open-store.ts';
import { takeDataLock } from './store/sqlite/data-lock.ts';
import { exitWithSentence, systemClock, systemRandom } from './system.ts';
import { SERVER_VERSION } from './version.ts';

async function start(): Promise<{ readonly app: App; readonly log: Log; readonly release: () => void }> {
  const config = loadConfig();
  const log = createLog(config.logLevel);
  const folder = openDataFolder(config.dataDir);
  const lock = takeDataLock(folder.lock);
  const { store, recovery } = await openDiskStore({
    segmentsFolder: folder.segments,
    indexFile: folder.index,
    segmentSizeBytes: config.segmentSizeBytes,
    clock: systemClock,
    random: systemRandom,
  });
  log.info({ ...recovery, dataFolder: folder.path, version: SERVER_VERSION }, 'store opened');
  const needed = (await store.accounts.count()) > 0;
  const opaque = await OpaqueServer.create((make) =>
    loadOpaqueSetup({ path: folder.opaqueSetup, needed }, make),
  );
  const app = await createApp({ config, store, opaque, clock: systemClock, random: systemRandom, log });
  return { app, log, release: lock.release };
}

function announce({ url, firstRunUrl }: App): void {
  process.stdout.write(`Holdfast ${SERVER_VERSION} is at ${url}\n`);
  if (firstRunUrl !== undefined) {
    process.stdout.write(
      `There is no account yet. Make the first one, an administrator's, here:\n${firstRunUrl}\n`,
    );
  }
}

/** The first signal stops the server in order; a second one at once. */
function stopOnSignals(app: App, log: Log, release: () => void): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, 'stopping');
    app.stop().then(
      () => {
        release();
        process.exit(0);
      },
      (error: unknown) => {
        log.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

try {
  const { app, log, release } = await start();
  stopOnSignals(app, log, release);
  announce(app);
} catch (error) {
  exitWithSentence(error);
}

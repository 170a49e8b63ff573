/** Starts the server: reads the environment, prints where to go, and answers signals. */
import type { App } from './app.ts';
import { loadConfig } from './config.ts';
import { createLog } from './log.ts';
import type { Log } from './log.ts';
import { Service } from './service.ts';
import { exitWithSentence, systemClock, systemRandom } from './system.ts';
import { SERVER_VERSION } from './version.ts';

function announce({ url, firstRunUrl }: App): void {
  process.stdout.write(`Holdfast ${SERVER_VERSION} is at ${url}\n`);
  if (firstRunUrl !== undefined) {
    process.stdout.write(
      `There is no account yet. Make the first one, an administrator's, here:\n${firstRunUrl}\n`,
    );
  }
}

/** The first signal stops the server in order; a second one at once. */
function stopOnSignals(service: Service, log: Log): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, 'stopping');
    service.stop().then(
      () => process.exit(0),
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
  const config = loadConfig();
  const log = createLog(config.logLevel);
  const { service, app } = await Service.start({ config, clock: systemClock, random: systemRandom, log });
  stopOnSignals(service, log);
  announce(app);
} catch (error) {
  exitWithSentence(error);
}

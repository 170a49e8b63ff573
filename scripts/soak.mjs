/** `npm run soak [-- --minutes N]`: a day's work in 20 minutes, or in N; says whether memory or open files grow. */
import { parseArgs } from 'node:util';
import { ensureBuilt } from './lib/build.mjs';
import { runNodeTests } from './lib/node-tests.mjs';
import { runMain } from './lib/run.mjs';

const MINUTE_MS = 60_000;
/** For what comes before and after. */
const SPARE_MINUTES = 10;

await runMain(async () => {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '20' } } });
  process.env.SOAK_MINUTES = values.minutes;
  await ensureBuilt();
  const timeoutMs = (Number(values.minutes) + SPARE_MINUTES) * MINUTE_MS;
  return runNodeTests(['test/soak/soak.test.ts'], { concurrency: 1, timeoutMs });
});

/**
 * `npm run faults [seed]`: 500 rounds in which a backup meets a faulty line and the server, the client or Chromium is
 * killed, Chromium mostly at a step of its outbox. The seed is printed; FAULTS_ROUNDS sets another number of rounds, and
 * FAULTS_CHROMIUM_EVERY every how manyth is one of Chromium's.
 */
import { randomInt } from 'node:crypto';
import { ensureBuilt } from './lib/build.mjs';
import { runNodeTests } from './lib/node-tests.mjs';
import { runMain } from './lib/run.mjs';

/** Many times what a slow machine takes. */
const TIMEOUT_MS = 6 * 3_600_000;

await runMain(async () => {
  const [seed = String(randomInt(2 ** 20))] = process.argv.slice(2);
  process.env.FAULTS_SEED = seed;
  process.env.FAULTS_ROUNDS ??= '500';
  process.env.FAULTS_CHROMIUM_EVERY ??= '5';
  console.log(`Seed ${seed}`);
  await ensureBuilt();
  return runNodeTests(['test/faults/faults.test.ts'], { concurrency: 1, timeoutMs: TIMEOUT_MS });
});

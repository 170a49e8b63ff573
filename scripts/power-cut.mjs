/**
 * `npm run power-cut [seed]`: 10,000 power cuts at random moments of the store's life, in several ways each. The seed is
 * printed; HOLDFAST_POWER_CUTS sets another number of cuts.
 */
import { randomInt } from 'node:crypto';
import { runNodeTests } from './lib/node-tests.mjs';
import { runMain } from './lib/run.mjs';

/** Many times what a slow machine takes. */
const TIMEOUT_MS = 3 * 3_600_000;

await runMain(async () => {
  const [seed = String(randomInt(2 ** 20))] = process.argv.slice(2);
  process.env.HOLDFAST_POWER_SEED = seed;
  process.env.HOLDFAST_POWER_CUTS ??= '10000';
  console.log(`Seed ${seed}`);
  return runNodeTests(['test/power-cut/power-cut.test.ts'], { concurrency: 1, timeoutMs: TIMEOUT_MS });
});

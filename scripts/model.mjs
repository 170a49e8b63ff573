/**
 * `npm run model [seed]`: 20,000 random lives of versions against the model, ten times as many as the tests run. The
 * seed is printed; each of the ten rounds counts it up.
 */
import { runNodeTests } from './lib/node-tests.mjs';
import { runMain } from './lib/run.mjs';

/** Ten times what a slow machine takes for a round. */
const TIMEOUT_MS = 2 * 3_600_000;

await runMain(async () => {
  const [seed] = process.argv.slice(2);
  process.env.HOLDFAST_MODEL_ROUNDS ??= '10';
  if (seed !== undefined) process.env.HOLDFAST_MODEL_SEED = seed;
  return runNodeTests(['test/model/life-of-versions.test.ts'], { concurrency: 1, timeoutMs: TIMEOUT_MS });
});

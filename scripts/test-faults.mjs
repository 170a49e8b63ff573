/** `npm run test:faults`: some rounds of faults, always the same; `npm run faults` is the long run. */
import { ensureBuilt } from './lib/build.mjs';
import { runNodeTests } from './lib/node-tests.mjs';
import { runMain } from './lib/run.mjs';

await runMain(async () => {
  await ensureBuilt();
  return runNodeTests(['test/faults/faults.test.ts'], { concurrency: 1 });
});

/** `npm run large`: a file of 6 GiB backed up, changed, and restored as a download. Minutes, and 18 GB of disk. */
import { ensureBuilt } from './lib/build.mjs';
import { runNodeTests } from './lib/node-tests.mjs';
import { runMain } from './lib/run.mjs';

await runMain(async () => {
  await ensureBuilt();
  return runNodeTests(['test/large/large.test.ts'], { concurrency: 1 });
});

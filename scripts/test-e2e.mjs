/** `npm run test:e2e [file …]`: the built page and server in real browsers; all of the tests or those named. */
import { ensureBuilt } from './lib/build.mjs';
import { runNodeTests, testFiles } from './lib/node-tests.mjs';
import { runMain } from './lib/run.mjs';

await runMain(async () => {
  const named = process.argv.slice(2);
  await ensureBuilt();
  // One at a time: browsers that share two cores time each other out.
  return runNodeTests(named.length > 0 ? named : await testFiles('test/e2e'), { concurrency: 1 });
});

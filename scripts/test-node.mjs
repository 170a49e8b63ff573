/** `npm run test:node [file …]`: the tests that run in Node, with coverage; all of them or those named. */
import { ensureBuilt } from './lib/build.mjs';
import { runNodeTests, testFiles, WITH_COVERAGE } from './lib/node-tests.mjs';
import { runMain } from './lib/run.mjs';

await runMain(async () => {
  const named = process.argv.slice(2);
  await ensureBuilt();
  const files =
    named.length > 0
      ? named
      : await testFiles('test', ['browser', 'e2e', 'bench', 'large', 'model', 'faults', 'soak']);
  // One more than there are cores on a small machine: many wait for lines and clocks.
  return runNodeTests(files, {
    concurrency: 3,
    wrapper: WITH_COVERAGE,
    preload: ['./scripts/lib/quick-passwords.mjs'],
  });
});

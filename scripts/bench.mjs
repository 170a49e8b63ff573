/** `npm run bench [-- options]`: the benchmarks of test/bench against the built server; its README.md says what they are. */
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled, requireNode } from './lib/install.mjs';
import { run, runMain } from './lib/run.mjs';

await runMain(async () => {
  requireNode();
  await ensureInstalled();
  await ensureBuilt();
  return run(process.execPath, ['--import', 'tsx', 'test/bench/main.ts', ...process.argv.slice(2)]);
});

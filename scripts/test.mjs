/**
 * `npm test`: everything, from a clean clone. Installs what is missing, then runs all stages even if one
 * fails. The last line is always `N passed, N failed`.
 */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { ensureBrowsers } from './lib/browsers.mjs';
import { addCounts, COUNTS_FILE, readCounts } from './lib/counts.mjs';
import { measureCoverage } from './lib/coverage.mjs';
import { ensureInstalled, requireNode } from './lib/install.mjs';
import { ROOT } from './lib/paths.mjs';
import { installed, run, runMain } from './lib/run.mjs';

const STAGES = [
  { name: 'check', args: ['scripts/check.mjs'] },
  { name: 'test:node', args: ['scripts/test-node.mjs'] },
  // Without coverage, which would make it three times as slow; the same lives each time: "npm run model" looks for new ones.
  {
    name: 'test:model',
    args: ['scripts/model.mjs'],
    env: { HOLDFAST_MODEL_ROUNDS: '1', HOLDFAST_MODEL_SEED: '1' },
  },
  { name: 'test:browser', args: installed('@web/test-runner/dist/bin.js') },
  { name: 'test:e2e', args: ['scripts/test-e2e.mjs'] },
];

await runMain(async () => {
  requireNode();
  await ensureInstalled();
  await ensureBrowsers();
  await rm(path.join(ROOT, 'coverage'), { recursive: true, force: true });

  let total = { passed: 0, failed: 0 };
  const summary = [];
  for (const stage of STAGES) {
    console.log(`\n=== ${stage.name}`);
    const startedAtMs = Date.now();
    const counts = await runStage(stage);
    total = addCounts(total, counts);
    const seconds = Math.round((Date.now() - startedAtMs) / 1000);
    summary.push(`${stage.name.padEnd(12)} ${counts.passed} passed, ${counts.failed} failed in ${seconds} s`);
  }

  const { table, reached } = await measureCoverage();
  total = addCounts(total, reached ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });
  console.log(`\n${table}\n\n${summary.join('\n')}\n`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
});

/**
 * Runs one stage. One that fails without a failed test (a crash, a build error) counts as one failure.
 * @param {{ name: string, args: string[], env?: Record<string, string> }} stage
 * @returns {Promise<import('./lib/counts.mjs').Counts>}
 */
async function runStage({ name, args, env }) {
  const file = path.join(ROOT, 'coverage/counts', `${name.replace(':', '-')}.jsonl`);
  const code = await run(process.execPath, args, { ...env, [COUNTS_FILE]: file });
  const counts = (await readCounts(file)) ?? { passed: 0, failed: 0 };
  const crashed = code !== 0 && counts.failed === 0;
  return crashed ? addCounts(counts, { passed: 0, failed: 1 }) : counts;
}

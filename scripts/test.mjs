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
import { installed, runMain, runQuietly } from './lib/run.mjs';

/** @typedef {{ name: string, args: string[], env?: Record<string, string>, priority?: number }} Stage */

/** First, as all lanes want it. */
const BUILD = { name: 'build', args: ['scripts/build.mjs'] };

/**
 * Each lane's stages run one after the other, the lanes beside each other: what drives browsers waits much of its time,
 * and in that the last lane computes.
 * @type {readonly (readonly Stage[])[]}
 */
const LANES = [
  [
    { name: 'check', args: ['scripts/check.mjs'] },
    { name: 'test:node', args: ['scripts/test-node.mjs'] },
  ],
  [
    { name: 'test:browser', args: installed('@web/test-runner/dist/bin.js') },
    { name: 'test:e2e', args: ['scripts/test-e2e.mjs'] },
  ],
  [
    // Without coverage, which would make it three times as slow; the same lives each time: `npm run model` looks for new ones.
    {
      name: 'test:model',
      args: ['scripts/model.mjs'],
      env: { HOLDFAST_MODEL_ROUNDS: '1', HOLDFAST_MODEL_SEED: '1' },
      priority: 5,
    },
  ],
];

/**
 * For the lane that has nothing left first.
 * @type {readonly Stage[]}
 */
const REST = [{ name: 'test:faults', args: ['scripts/test-faults.mjs'] }];

await runMain(async () => {
  requireNode();
  // Browsers take as long as all else that is installed, and come from elsewhere.
  const [built] = await Promise.all([installAndBuild(), ensureBrowsers()]);
  const rest = [...REST];
  const lanes = await Promise.all(LANES.map((stages) => runLane(stages, rest)));
  const results = [built, ...lanes.flat()];

  const { table, reached } = await measureCoverage();
  const coverage = reached ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  const total = results.map(({ counts }) => counts).reduce(addCounts, coverage);
  console.log(`\n${table}\n\n${results.map(({ line }) => line).join('\n')}\n`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
});

async function installAndBuild() {
  await ensureInstalled();
  await rm(path.join(ROOT, 'coverage'), { recursive: true, force: true });
  return runStage(BUILD);
}

/**
 * Runs a lane's own stages, and then what is left of those for any lane.
 * @param {readonly Stage[]} own
 * @param {Stage[]} rest what a lane begins goes out of it
 * @returns {Promise<{ counts: import('./lib/counts.mjs').Counts, line: string }[]>}
 */
async function runLane(own, rest) {
  const results = [];
  for (const stage of own) results.push(await runStage(stage));
  for (let next = rest.shift(); next !== undefined; next = rest.shift()) results.push(await runStage(next));
  return results;
}

/**
 * Runs one stage and shows what it said when it ends. One that fails without a failed test (a crash, a build error)
 * counts as one failure.
 * @param {Stage} stage
 */
async function runStage({ name, args, env, priority = 0 }) {
  console.log(`… ${name}`);
  const startedAtMs = Date.now();
  const file = path.join(ROOT, 'coverage/counts', `${name.replace(':', '-')}.jsonl`);
  const { code, output } = await runQuietly(process.execPath, args, {
    env: { ...env, [COUNTS_FILE]: file },
    priority,
  });
  console.log(`\n=== ${name}\n${output.trimEnd()}\n`);
  const told = (await readCounts(file)) ?? { passed: 0, failed: 0 };
  const crashed = code !== 0 && told.failed === 0;
  const counts = crashed ? addCounts(told, { passed: 0, failed: 1 }) : told;
  const seconds = Math.round((Date.now() - startedAtMs) / 1000);
  const line = `${name.padEnd(12)} ${counts.passed} passed, ${counts.failed} failed in ${seconds} s`;
  return { counts, line };
}

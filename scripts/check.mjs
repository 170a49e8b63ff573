/**
 * `npm run check`: formatting, lint, types of every realm, unused code. Two steps run at a time; what a step
 * says is shown when it ends.
 */
import { reportCounts } from './lib/counts.mjs';
import { installed, runMain, runQuietly } from './lib/run.mjs';

const CACHE = 'node_modules/.cache';
const ESLINT_CACHE = ['--cache', '--cache-strategy', 'content', '--cache-location', `${CACHE}/eslint/`];
const PRETTIER_CACHE = [
  '--cache',
  '--cache-strategy',
  'content',
  '--cache-location',
  `${CACHE}/prettier/.prettier-cache`,
];

/** The slowest first. */
const STEPS = [
  { name: 'lint', args: installed('eslint/bin/eslint.js', ...ESLINT_CACHE, '--max-warnings=0', '.') },
  { name: 'types', args: installed('typescript/bin/tsc', '-b') },
  { name: 'unused code', args: installed('knip/bin/knip.js', '--cache', '--no-progress') },
  {
    name: 'formatting',
    args: installed('prettier/bin/prettier.cjs', ...PRETTIER_CACHE, '--check', '--log-level=warn', '.'),
  },
];

await runMain(async () => {
  const waiting = [...STEPS];
  let failed = 0;
  const work = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const startedAtMs = Date.now();
      const { code, output } = await runQuietly(process.execPath, step.args);
      const took = `${((Date.now() - startedAtMs) / 1000).toFixed(1)} s`;
      console.log(`${code === 0 ? '✔' : '✖'} ${step.name} (${took})`);
      if (output.trim() !== '') console.log(output.trimEnd());
      if (code !== 0) failed += 1;
    }
  };
  await Promise.all([work(), work()]);
  await reportCounts({ passed: STEPS.length - failed, failed });
  return failed === 0 ? 0 : 1;
});

/**
 * Random lives of the real store over a disk that loses what was not synced: blocks of files in any combination, names
 * of files, SQLite's log. At random moments the power fails, in several ways each; the store that recovers from what is
 * left has all that was acknowledged, nothing half of the rest, and an index as one made anew.
 *
 * A slice here, with the same seed each time; `npm run power-cut` cuts 10,000 times. HOLDFAST_POWER_SEED and
 * HOLDFAST_POWER_CUTS choose.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { runPowerCuts } from './run-power-cut.ts';
import { SABOTAGE } from './sabotage.ts';

const { HOLDFAST_POWER_SEED = '1', HOLDFAST_POWER_CUTS = '250' } = process.env;
/** Runs within which each fault must show. */
const SABOTAGED_CUTS = 400;
const SHOWN_EVERY_CUTS = 1_000;

// In memory, where there is such a folder: what a sync does is simulated.
if (existsSync('/dev/shm')) process.env.TMPDIR = '/dev/shm';

test(`of ${HOLDFAST_POWER_CUTS} power cuts none loses what was acknowledged (seed ${HOLDFAST_POWER_SEED})`, async (t) => {
  let shown = 0;
  const report = await runPowerCuts({
    seed: Number(HOLDFAST_POWER_SEED),
    cutPoints: Number(HOLDFAST_POWER_CUTS),
    onProgress: ({ cutPoints, states }) => {
      if (cutPoints < shown + SHOWN_EVERY_CUTS) return;
      shown = cutPoints;
      console.log(`${cutPoints} cut points, ${states} states, nothing lost so far`);
    },
  });
  const { cutPoints, states, lives, losses } = report;
  t.diagnostic(
    `seed ${HOLDFAST_POWER_SEED}: ${cutPoints} cut points in ${lives} lives, ${states} states, ${losses.length} losses`,
  );
  assert.equal(losses.length, 0, losses[0]);
});

for (const [fault, { seed, sabotage }] of Object.entries(SABOTAGE)) {
  test(`the power cuts notice when ${fault}`, async (t) => {
    const { losses, cutPoints } = await runPowerCuts({ seed, cutPoints: SABOTAGED_CUTS, sabotage });
    assert.notEqual(losses.length, 0, 'nobody noticed');
    t.diagnostic(`after ${cutPoints} cut points: ${losses[0]?.split('\n')[0] ?? ''}`);
  });
}

/**
 * The whole life of versions against a model (model.ts). A run is 30 to 40 random steps: two devices of one vault
 * edit, rename and delete files and back them up, each with a mirror that may be behind; snapshots are put away by
 * policy or by hand, pinned and brought back; time passes; garbage collection, compaction and scrub run, alone or
 * beside backups. The server ends between any two of its steps, inside of jobs and recovery too: killed, or by a
 * power cut that takes what was not synced from segments and the last transactions from the index, or all of it.
 * Now and then a bit of a chunk rots.
 *
 * Real: the store with its segments and SQLite index, recovery, rebuild, the three jobs, and of the client the
 * mirror, the chain of snapshots with its seals and mark statements, the plan of a backup, reference pages, commit and
 * retention. Not real: reading and cutting of files, sealing of chunks, and the wire, which have tests of their own.
 * Fsync is noted and not done: only what was noted survives a power cut.
 *
 * What is looked at after which step, and what at the end, stands in checks.ts and space.ts; `sabotage.ts` shows that
 * it notices what it should.
 *
 * One round here; `npm run model` runs ten. A failure says how to repeat it: HOLDFAST_MODEL_SEED and
 * HOLDFAST_MODEL_PATH.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runModel } from './run-model.ts';
import { SABOTAGE } from './sabotage.ts';

const RUNS = 2_000;
const {
  HOLDFAST_MODEL_ROUNDS = '1',
  HOLDFAST_MODEL_SEED = String(Date.now() % 2 ** 31),
  HOLDFAST_MODEL_PATH,
} = process.env;

/** Runs within which each fault must show, and a seed with which it does. */
const SABOTAGED_RUNS = 400;
const SABOTAGED_SEED = 7;

for (let round = 0; round < Number(HOLDFAST_MODEL_ROUNDS); round++) {
  const seed = Number(HOLDFAST_MODEL_SEED) + round;
  test(`in ${RUNS} random lives every retained version restores, and space is freed (seed ${seed})`, async () => {
    const failure = await runModel({ runs: RUNS, seed, path: HOLDFAST_MODEL_PATH, shrinks: true });
    if (failure !== undefined) throw failure;
  });
}

for (const [fault, sabotage] of Object.entries(SABOTAGE)) {
  test(`the model notices when ${fault}`, async (t) => {
    const failure = await runModel({ runs: SABOTAGED_RUNS, seed: SABOTAGED_SEED, shrinks: false, sabotage });
    assert.ok(failure !== undefined, 'nobody noticed');
    t.diagnostic(failure.message.split('\n')[0] ?? '');
  });
}

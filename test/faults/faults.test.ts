/**
 * Backups over a line that cuts, stalls, repeats and loses bytes, to a server that is killed at named steps and at
 * random, from clients that are killed, too: Chromium at named steps of its outbox. A slice here, always with the same
 * seed; `npm run faults` runs 500 rounds. FAULTS_SEED, FAULTS_ROUNDS and FAULTS_CHROMIUM_EVERY choose.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runFaults } from './run-faults.ts';

const { FAULTS_SEED = '1', FAULTS_ROUNDS = '20', FAULTS_CHROMIUM_EVERY = '5' } = process.env;

test(`after each of ${FAULTS_ROUNDS} crashes all that was acknowledged is there (seed ${FAULTS_SEED})`, async (t) => {
  const report = await runFaults(t, {
    seed: Number(FAULTS_SEED),
    rounds: Number(FAULTS_ROUNDS),
    chromiumEvery: Number(FAULTS_CHROMIUM_EVERY),
    // At once: a long run is to be watched.
    onRound: (text) => {
      console.log(text);
    },
  });
  const faults = Object.entries(report.faults).map(([kind, count]) => `${kind} ${count}`);
  console.log(
    `Seed ${FAULTS_SEED}: ${report.rounds} rounds, ${report.losses} losses. Faults: ${faults.sort().join(', ')}`,
  );
  assert.equal(report.losses, 0);
});

test('a server that acknowledges before it has indexed is noticed', async (t) => {
  process.env.FAULTS_SABOTAGE = 'index later';
  t.after(() => {
    delete process.env.FAULTS_SABOTAGE;
  });
  await assert.rejects(runFaults(t, { seed: 1, rounds: 10, chromiumEvery: Infinity }));
});

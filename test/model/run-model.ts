/** Runs the model's property and says what breaks it in a way that a person can read and repeat. */
import fc from 'fast-check';
import { keyringsOf } from '../../shared/crypto/vault-keys.ts';
import { testKeyring } from '../helpers/vault.ts';
import { anyRun } from './any-steps.ts';
import { printed } from './steps.ts';
import { useSynchronousCrypto } from './synchronous-crypto.ts';
import { World } from './world.ts';
import type { WorldOptions } from './world.ts';

const MIN_STEPS = 30;
const MAX_STEPS = 33;

export interface ModelOptions {
  readonly runs: number;
  readonly seed: number;
  /** Repeats the run at this place of the seed's, which a failure named. */
  readonly path?: string | undefined;
  /** Whether a run that fails is made shorter. */
  readonly shrinks: boolean;
  readonly sabotage?: WorldOptions['sabotage'];
}

/** What broke it, with its steps; undefined if nothing did. */
export async function runModel(options: ModelOptions): Promise<Error | undefined> {
  const { runs, seed, path, shrinks, sabotage } = options;
  const restoreCrypto = useSynchronousCrypto();
  try {
    const world = { keyrings: keyringsOf([await testKeyring()]), ...(sabotage && { sabotage }) };
    const property = fc.asyncProperty(anyRun(MIN_STEPS, MAX_STEPS), (steps) => World.run(steps, world));
    const parameters = { numRuns: runs, seed, endOnFailure: !shrinks, ...(path !== undefined && { path }) };
    const result = await fc.check(property, parameters);
    return result.failed ? failureOf(result, seed) : undefined;
  } finally {
    restoreCrypto();
  }
}

type Result = fc.RunDetails<[Parameters<typeof printed>[0]]>;

function failureOf(
  { counterexample, counterexamplePath, errorInstance, numRuns }: Result,
  seed: number,
): Error {
  const again = `HOLDFAST_MODEL_SEED=${seed} HOLDFAST_MODEL_PATH=${counterexamplePath ?? ''}`;
  const steps = printed(counterexample?.[0] ?? []);
  return new Error(`Run ${numRuns} broke it: ${String(errorInstance)}\n${steps}\nAgain: ${again}`, {
    cause: errorInstance,
  });
}

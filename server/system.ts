/** The machine's own clock and randomness, and how a command ends that can't go on. */
import { randomFillSync } from 'node:crypto';
import { toHoldfastError } from '../shared/errors.ts';
import type { Clock, RandomBytes } from './ports.ts';

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
};

export const systemRandom: RandomBytes = (length) => randomFillSync(new Uint8Array(length));

/** Says in one sentence what is wrong and ends the process. */
export function exitWithSentence(cause: unknown): never {
  const { detail, message } = toHoldfastError(cause);
  process.stderr.write(`${detail ?? message}\n`);
  process.exit(1);
}

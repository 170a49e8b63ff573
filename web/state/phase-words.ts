/** A job's phase in the words that a person reads and a screen reader says. */
import type { JobPhase } from '../bridge/engine-api.ts';

const PHASE_WORDS: Readonly<Record<JobPhase, string>> = {
  scanning: 'Looking through files',
  running: 'Under way',
  paused: 'Paused',
  waiting: 'Waiting for the server',
  committing: 'Finishing',
  done: 'Done',
  queued: 'Sealed on this device; goes out when the server is there',
  cancelled: 'Stopped',
  failed: 'Failed',
};

export function phaseWords(phase: JobPhase): string {
  return PHASE_WORDS[phase];
}

/** A job as a person reads it. Pure. */
import { phaseWords } from '../state/phase-words.ts';
import type { EngineProblem, JobProgress } from '../state/types.ts';
import { formatBytes, formatDuration } from './format.ts';

type Kind = JobProgress['kind'];

export const NOUNS: Readonly<Record<Kind, string>> = {
  backup: 'backup',
  restore: 'restore',
  verify: 'verification',
};

/** What stopping it means. */
export function stopWords(kind: Kind, title: string): string {
  switch (kind) {
    case 'backup':
      return `What is complete of “${title}” is kept as a partial snapshot, and the next backup goes on from it; unless you discard it.`;
    case 'restore':
      return `Files of “${title}” that are already restored stay where they are.`;
    case 'verify':
      return `Nothing is lost. The rest of “${title}” stays unchecked.`;
  }
}

export function sizesWords(sizes: JobProgress['sizes']): string {
  if (sizes === undefined) return 'What is not counted as sent was there already.';
  const { readBytes, newBytes, storedBytes } = sizes;
  return `${formatBytes(readBytes)} were read. What is new, folders and names included, is ${formatBytes(newBytes)}, stored as ${formatBytes(storedBytes)}.`;
}

/** How fast it is; nothing moves while it is held. */
export function speedWords({ phase, bytesPerSecond }: JobProgress): string {
  return phase === 'paused' || phase === 'waiting' ? '–' : `${formatBytes(bytesPerSecond)}/s`;
}

export function timeLeft(progress: JobProgress): string {
  if (progress.phase !== 'running' || progress.secondsLeft === undefined) return '–';
  return `about ${formatDuration(progress.secondsLeft)}`;
}

/** Where it is; of one that waits, what for. */
export function placeWords({ phase, problem }: JobProgress): string {
  return phase === 'waiting' && problem !== undefined ? waitWords(problem) : phaseWords(phase);
}

/** Only what is not the server's to give: for the rest the phase has the words. */
function waitWords({ code }: EngineProblem): string {
  if (code === 'metered') return 'Waiting for another network';
  return code === 'device-full' ? 'Waiting for room on this device' : phaseWords('waiting');
}

/** Numbers of a job that more than one element shows. Pure. */
import type { JobProgress } from '../state/types.ts';
import { percentOf } from './format.ts';

/** A job's progress by bytes, or by files where there are no bytes; 100 only when it is done. */
export function jobPercent(progress: JobProgress): number {
  if (progress.phase === 'done') return 100;
  const { bytesDone, bytesTotal, filesDone, filesTotal } = progress;
  const percent = bytesTotal > 0 ? percentOf(bytesDone, bytesTotal) : percentOf(filesDone, filesTotal);
  return Math.min(99, percent);
}

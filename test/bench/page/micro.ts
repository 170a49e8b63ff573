/** The small measurements, in a worker as the engine has it. */
import { PATHS } from '../tasks.ts';
import type { Figures } from '../tasks.ts';
import { askWorker } from './worker-answer.ts';

/** Runs the micro cases in a worker. */
export async function runMicro(): Promise<Figures> {
  const worker = new Worker(new URL('../page-worker/micro.ts', import.meta.url), { type: 'module' });
  return askWorker(worker, new URL(PATHS.rendererRss, location.href).href);
}

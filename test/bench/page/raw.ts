/** The raw limit: the file over a WebSocket with no crypto, from a worker. */
import type { Figures } from '../tasks.ts';
import { askWorker } from './worker-answer.ts';

/** Sends RANDOM_FILE to the raw server at `url`. Gives `ms`, from the first read to the last acknowledgement. */
export async function sendRaw(url: string): Promise<Figures> {
  const worker = new Worker(new URL('../page-worker/raw-send.ts', import.meta.url), { type: 'module' });
  return askWorker(worker, url);
}

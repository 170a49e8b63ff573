/** Runs one of the bench's workers: one request, one answer. */
import type { Figures } from '../tasks.ts';
import type { WorkerAnswer } from '../worker-answer.ts';

/** Posts `request` to `worker` and gives its answer; the worker is ended. Rejects with what it failed with. */
export async function askWorker(worker: Worker, request: unknown): Promise<Figures> {
  try {
    return await new Promise<Figures>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>) => {
        if (data.ok) resolve(data.figures);
        else reject(new Error(data.problem));
      };
      worker.onerror = (event) => {
        reject(new Error(event.message || 'a worker of the bench could not start'));
      };
      worker.postMessage(request);
    });
  } finally {
    worker.terminate();
  }
}

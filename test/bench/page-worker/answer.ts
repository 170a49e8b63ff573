/** The worker's side of one request and one answer. */
import type { Figures } from '../tasks.ts';
import type { WorkerAnswer } from '../worker-answer.ts';

/** Answers the one message that this worker gets with what `work` gives or fails with. */
export function answerWith<T>(work: (request: T) => Promise<Figures>): void {
  self.onmessage = ({ data }: MessageEvent<T>) => {
    work(data).then(
      (figures) => {
        send({ ok: true, figures });
      },
      (error: unknown) => {
        send({ ok: false, problem: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      },
    );
  };
}

function send(answer: WorkerAnswer): void {
  self.postMessage(answer);
}

/** Runs tasks one after another, in the order of asking. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Rejects at once when `signal` aborts, however long those before take; the task is left out if it hasn't begun. */
  async run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const begin = async (): Promise<T> => {
      signal?.throwIfAborted();
      return task();
    };
    const turn = this.#last.then(begin, begin);
    // The next turn begins whether this one succeeds or not; its own caller hears of the failure.
    this.#last = turn.catch(() => undefined);
    return signal === undefined ? turn : untilAborted(turn, signal);
  }
}

async function untilAborted<T>(turn: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    turn.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', stop);
    });
  });
}

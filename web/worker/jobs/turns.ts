/** Runs tasks one after another, in the order of asking. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  async run<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task, task);
    // The next turn begins whether this one succeeds or not; its own caller hears of the failure.
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

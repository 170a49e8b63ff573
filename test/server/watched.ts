/** Whether something still runs, to do other things as long as it does. */

export interface Watched<T> {
  readonly running: boolean;
  readonly result: Promise<T>;
}

export function watched<T>(work: Promise<T>): Watched<T> {
  const state = { running: true };
  const result = work.finally(() => (state.running = false));
  return {
    get running() {
      return state.running;
    },
    result,
  };
}

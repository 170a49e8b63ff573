/** Runs tasks at the same time, as many as there are places; the first failure ends all. */
import { Credit } from '../connection/credit.ts';

export class Crew {
  readonly #places = new Credit();
  readonly #running = new Set<Promise<void>>();

  constructor(places: number) {
    this.#places.grant(places);
  }

  /** Resolves when `task` has begun on its `share` of places. Throws what a task before has failed with. */
  async start(share: number, task: () => Promise<void>): Promise<void> {
    await this.#places.take(share);
    const running = task()
      .then(
        () => {
          this.#places.grant(share);
        },
        (error: unknown) => {
          this.#places.fail(error);
        },
      )
      .finally(() => {
        this.#running.delete(running);
      });
    this.#running.add(running);
  }

  /** Resolves when none runs any more, whatever came of them. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** Resolves when all are done. Throws what the first one to fail has failed with. */
  async done(): Promise<void> {
    await this.idle();
    await this.#places.take(0);
  }
}

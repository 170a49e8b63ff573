/** Runs one thing at a time that a person asked for: whether it is under way, and why it failed. */
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { problemOf, type EngineProblem } from '../../state/types.ts';

export class Task implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  #running = false;
  #problem: EngineProblem | undefined;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  get running(): boolean {
    return this.#running;
  }

  /** Why the last run failed. */
  get problem(): EngineProblem | undefined {
    return this.#problem;
  }

  hostConnected(): void {
    this.#problem = undefined;
  }

  /** Shows a problem that was found without running anything; undefined clears it. */
  show(problem: EngineProblem | undefined): void {
    this.#problem = problem;
    this.#host.requestUpdate();
  }

  /** Runs `work` unless something runs already. Resolves to whether it succeeded. */
  async run(work: () => Promise<void>): Promise<boolean> {
    if (this.#running) return false;
    this.#set(true, undefined);
    try {
      await work();
      this.#set(false, undefined);
      return true;
    } catch (error) {
      this.#set(false, problemOf(error));
      return false;
    }
  }

  #set(running: boolean, problem: EngineProblem | undefined): void {
    this.#running = running;
    this.#problem = problem;
    this.#host.requestUpdate();
  }
}

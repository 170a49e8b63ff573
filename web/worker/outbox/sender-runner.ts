/** Runs the sender in the engine: at the start, whenever the queue changes or the device is online again, and by a timer. */
import type { Clock } from '../ports.ts';
import type { Queue } from './queue.ts';
import type { Sender } from './sender.ts';

const LOOK_EVERY_MS = 60_000;

export interface SenderRunnerEvents {
  /** Before each look at the queue; never rejects. */
  prepare(): Promise<void>;
  onFailure(error: unknown): void;
}

export class SenderRunner {
  readonly #sender: Sender;
  readonly #clock: Clock;
  readonly #events: SenderRunnerEvents;
  readonly #life = new AbortController();
  #wake = new AbortController();
  #isAsked = true;

  constructor(sender: Sender, queue: Queue, clock: Clock, events: SenderRunnerEvents) {
    this.#sender = sender;
    this.#clock = clock;
    this.#events = events;
    queue.onChange(() => {
      this.look();
    });
  }

  /** Runs until `stop`. */
  async run(): Promise<void> {
    const { signal } = this.#life;
    while (!signal.aborted) {
      await this.#drain(signal);
      await this.#rest(signal);
    }
  }

  /** There may be something to send. */
  look(): void {
    this.#isAsked = true;
    this.#wake.abort();
  }

  /** The device is online again. */
  retryNow(): void {
    this.#sender.retryNow();
    this.look();
  }

  stop(): void {
    this.#life.abort();
    this.#wake.abort();
  }

  async #drain(signal: AbortSignal): Promise<void> {
    this.#isAsked = false;
    await this.#events.prepare();
    try {
      await this.#sender.drain(signal);
    } catch (error) {
      if (!signal.aborted) this.#events.onFailure(error);
    }
  }

  async #rest(signal: AbortSignal): Promise<void> {
    if (this.#isAsked || signal.aborted) return;
    this.#wake = new AbortController();
    await this.#clock.sleep(LOOK_EVERY_MS, this.#wake.signal).catch(() => undefined);
  }
}

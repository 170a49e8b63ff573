/**
 * Asks for a sign of life at every beat, and tells how long there was none. A silence is told as soon as it is
 * worth it, whenever the last beat was.
 */
import type { Clock } from '../ports.ts';

const BEAT_MS = 800;
/** A person hears of a silence in less than two seconds; a beat, its answer and a full queue take less than this. */
const WORTH_SAYING_MS = 1_500;
/** Silence after which a connection is given up although nothing closed it. */
const GIVE_UP_MS = 15_000;
/** A timer that is so late says that this thread stood still: what has come meanwhile is looked at first. */
const LATE_MS = 250;

export interface HeartbeatEvents {
  /** Sends a ping; its answer comes by `heard`, as everything does. */
  beat(): void;
  /** How long the other side has been silent, once that is worth saying, then 0. */
  onSilence(silentMs: number): void;
  onDead(): void;
}

export class Heartbeat {
  readonly #clock: Clock;
  readonly #life: AbortSignal;
  readonly #events: HeartbeatEvents;
  #heardAtMs: number;
  #isSilent = false;

  /** Beats from `start` on until `life` aborts. */
  constructor(clock: Clock, life: AbortSignal, events: HeartbeatEvents) {
    this.#clock = clock;
    this.#life = life;
    this.#events = events;
    this.#heardAtMs = clock.nowMs();
  }

  start(): void {
    void this.#beat();
    void this.#watch();
  }

  /** Something has come. */
  heard(): void {
    this.#heardAtMs = this.#clock.nowMs();
    if (!this.#isSilent) return;
    this.#isSilent = false;
    this.#events.onSilence(0);
  }

  async #beat(): Promise<void> {
    while (!this.#life.aborted) {
      this.#events.beat();
      await this.#sleep(BEAT_MS);
    }
  }

  async #watch(): Promise<void> {
    while (!this.#life.aborted) {
      const silentMs = this.#clock.nowMs() - this.#heardAtMs;
      if (silentMs >= GIVE_UP_MS) this.#events.onDead();
      else if (silentMs >= WORTH_SAYING_MS) this.#silence(silentMs);
      const waitMs = silentMs < WORTH_SAYING_MS ? WORTH_SAYING_MS - silentMs : BEAT_MS;
      if ((await this.#sleep(waitMs)) > LATE_MS) await this.#sleep(LATE_MS);
    }
  }

  #silence(silentMs: number): void {
    this.#isSilent = true;
    this.#events.onSilence(silentMs);
  }

  /** Gives how late it woke; at once when life is over. */
  async #sleep(ms: number): Promise<number> {
    const untilMs = this.#clock.nowMs() + ms;
    await this.#clock.sleep(ms, this.#life).catch(() => undefined);
    return this.#clock.nowMs() - untilMs;
  }
}

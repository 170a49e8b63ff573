/** The product's engine in its workers, with what a case waits for: a job's end, an event. */
import type { EngineEvent, JobProgress } from '../../../web/bridge/engine-api.ts';
import { startEngine } from '../../../web/bridge/engine-client.ts';
import type { EngineClient } from '../../../web/bridge/engine-client.ts';
import type { JobId } from '../../../shared/ids.ts';
import { PATHS } from '../tasks.ts';
import type { Mark } from '../tasks.ts';

const STANDSTILL_MS = 60_000;
const POLL_EVERY_MS = 10;
const EVENTS_KEPT = 20;
const ENDED: readonly string[] = ['done', 'queued', 'failed', 'cancelled'];

const ACCOUNT = { name: 'bench', password: 'a long password for the benchmark' } as const;

export interface SeenJob {
  readonly job: JobProgress;
  readonly seenAtMs: number;
}

export class WatchedEngine {
  readonly #client: EngineClient;
  readonly #latest = new Map<JobId, SeenJob>();
  readonly #said: string[] = [];
  readonly #counts = new Map<EngineEvent['type'], number>();

  private constructor(client: EngineClient) {
    this.#client = client;
  }

  /** Starts it against a server and runs `work` with it. `startMs`: how long `start` took, the vault opened if there is one. */
  static async run<T>(
    serverUrl: string,
    work: (watched: WatchedEngine, startMs: number) => Promise<T>,
  ): Promise<T> {
    const client = startEngine((detail) => {
      throw new Error(detail);
    });
    const watched = new WatchedEngine(client);
    try {
      const startedAtMs = performance.now();
      await client.engine.start({ serverUrl, deviceName: 'Benchmark' });
      const startMs = performance.now() - startedAtMs;
      await client.engine.subscribe((event) => {
        watched.#hear(event);
      });
      return await work(watched, startMs);
    } finally {
      client.dispose();
    }
  }

  get engine(): EngineClient['engine'] {
    return this.#client.engine;
  }

  async signUp(inviteToken: string, { keepUnlocked = false } = {}): Promise<void> {
    const { recoveryWords, askPositions } = await this.engine.prepareAccount({ inviteToken, ...ACCOUNT });
    const answers = askPositions.map((position) => ({ position, word: recoveryWords[position - 1] ?? '' }));
    await this.engine.createAccount({ answers, keepUnlocked });
  }

  /** How many events of a type were heard. */
  count(type: EngineEvent['type']): number {
    return this.#counts.get(type) ?? 0;
  }

  /** Resolves with a job when it has ended. Rejects when it stands still, with what the engine said last. */
  async ended(jobId: JobId): Promise<SeenJob> {
    const find = (): SeenJob | undefined => this.#latest.get(jobId);
    const progress = (): string => show([find()?.job.bytesDone, find()?.job.filesDone]);
    return this.#until('The job', progress, () => {
      const seen = find();
      return seen !== undefined && ENDED.includes(seen.job.phase) ? seen : undefined;
    });
  }

  /** Resolves once more than `before` events of a type were heard. */
  async heard(type: EngineEvent['type'], before: number): Promise<void> {
    await this.#until(
      `The ${type} event`,
      () => '',
      () => (this.count(type) > before ? true : undefined),
    );
  }

  async #until<T>(what: string, progress: () => string, look: () => T | undefined): Promise<T> {
    let before = '';
    let movedAtMs = performance.now();
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      const nowMs = performance.now();
      if (progress() !== before) movedAtMs = nowMs;
      before = progress();
      if (nowMs - movedAtMs > STANDSTILL_MS)
        throw new Error(
          [`${what} stands still`, ...this.#latest.values(), ...this.#said].map(show).join('\n'),
        );
      await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS));
    }
  }

  #hear(event: EngineEvent): void {
    this.#counts.set(event.type, this.count(event.type) + 1);
    if (event.type === 'job')
      this.#latest.set(event.job.jobId, { job: event.job, seenAtMs: performance.now() });
    else this.#said.push(show(event));
    this.#said.splice(0, Math.max(0, this.#said.length - EVENTS_KEPT));
  }
}

/** Tells the bench's process of a moment, and goes on when it has answered. */
export async function mark(name: Mark): Promise<void> {
  await fetch(`${PATHS.mark}?name=${name}`, { method: 'POST' });
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

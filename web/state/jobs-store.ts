/** The backups and restores of this visit: progress, recent speed, and what a person may do to them. */
import type { EngineApi, JobPhase, JobProgress } from '../bridge/engine-api.ts';
import type { JobId } from '../../shared/ids.ts';
import { Value, type Observable } from './observable.ts';

export interface SpeedSample {
  readonly atMs: number;
  readonly bytesPerSecond: number;
}

/** A job, and its speed of the last minutes for the chart. */
export interface Job {
  readonly progress: JobProgress;
  readonly speeds: readonly SpeedSample[];
}

type JobsEngine = Pick<EngineApi, 'pauseJob' | 'resumeJob' | 'cancelJob'>;

const FINAL: ReadonlySet<JobPhase> = new Set(['done', 'queued', 'cancelled', 'failed']);
const SAMPLES_KEPT = 180;
const SAMPLE_EVERY_MS = 900;

/** Whether a job in `phase` has come to its end. */
export function isOver(phase: JobPhase): boolean {
  return FINAL.has(phase);
}

export class JobsStore {
  readonly #engine: JobsEngine;
  readonly #nowMs: () => number;
  readonly #jobs = new Value<readonly Job[]>([]);
  readonly #dismissed = new Set<JobId>();

  constructor(engine: JobsEngine, nowMs: () => number) {
    this.#engine = engine;
    this.#nowMs = nowMs;
  }

  /** Newest first. */
  get jobs(): Observable<readonly Job[]> {
    return this.#jobs;
  }

  get isBusy(): boolean {
    return this.#jobs.value.some(({ progress }) => !isOver(progress.phase));
  }

  find(jobId: JobId): Job | undefined {
    return this.#jobs.value.find(({ progress }) => progress.jobId === jobId);
  }

  /** Takes what the engine tells of a job. */
  set(progress: JobProgress): void {
    if (this.#dismissed.has(progress.jobId)) return;
    const old = this.find(progress.jobId);
    const job = { progress, speeds: this.#sampled(old?.speeds ?? [], progress) };
    this.#jobs.update((jobs) =>
      old === undefined ? [job, ...jobs] : jobs.map((each) => (each === old ? job : each)),
    );
  }

  /** Forgets a job that is over. */
  dismiss(jobId: JobId): void {
    this.#dismissed.add(jobId);
    this.#jobs.update((jobs) => jobs.filter(({ progress }) => progress.jobId !== jobId));
  }

  clear(): void {
    this.#jobs.set([]);
  }

  pause(jobId: JobId): Promise<void> {
    return this.#engine.pauseJob(jobId);
  }

  resume(jobId: JobId): Promise<void> {
    return this.#engine.resumeJob(jobId);
  }

  /** Stops it. A backup keeps what is complete, unless it is to be discarded. */
  cancel(jobId: JobId, options: { readonly discard?: boolean } = {}): Promise<void> {
    return options.discard === true
      ? this.#engine.cancelJob(jobId, { discard: true })
      : this.#engine.cancelJob(jobId);
  }

  /** Stops every job that is not over. Rejects as the engine does for the first that fails. */
  async cancelAll(): Promise<void> {
    const running = this.#jobs.value.filter(({ progress }) => !isOver(progress.phase));
    await Promise.all(running.map(({ progress }) => this.cancel(progress.jobId)));
  }

  /** The first job that is not over. */
  get running(): Job | undefined {
    return this.#jobs.value.find(({ progress }) => !isOver(progress.phase));
  }

  #sampled(speeds: readonly SpeedSample[], progress: JobProgress): readonly SpeedSample[] {
    const atMs = this.#nowMs();
    const last = speeds.at(-1);
    if (isOver(progress.phase) || (last !== undefined && atMs - last.atMs < SAMPLE_EVERY_MS)) return speeds;
    const bytesPerSecond =
      progress.phase === 'paused' || progress.phase === 'waiting' ? 0 : progress.bytesPerSecond;
    return [...speeds.slice(1 - SAMPLES_KEPT), { atMs, bytesPerSecond }];
  }
}

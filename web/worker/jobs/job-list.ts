/** The jobs of this page's life: started, found, told of the connection, cancelled together. */
import { HoldfastError } from '../../../shared/errors.ts';
import { randomId } from '../../../shared/ids.ts';
import type { JobId } from '../../../shared/ids.ts';
import type { JobProgress } from '../../bridge/engine-api.ts';
import type { Clock, Random } from '../ports.ts';
import { Job } from './job.ts';

const KEPT = 50;

export class JobList {
  readonly #ports: { readonly clock: Clock; readonly random: Random };
  readonly #report: (progress: JobProgress) => void;
  readonly #jobs = new Map<JobId, Job>();
  #isConnected = false;
  #hold: HoldfastError | undefined;

  constructor(
    ports: { readonly clock: Clock; readonly random: Random },
    report: (progress: JobProgress) => void,
  ) {
    this.#ports = ports;
    this.#report = report;
  }

  /** Starts `work` as a job and returns its id at once. */
  start(
    kind: JobProgress['kind'],
    title: string,
    work: (job: Job) => Promise<JobProgress['receipt']>,
  ): JobId {
    const jobId = randomId<JobId>(this.#ports.random);
    const job = new Job({ jobId, kind, title }, this.#ports.clock, this.#report);
    job.connected(this.#isConnected);
    job.hold(this.#hold);
    this.#jobs.set(jobId, job);
    this.#forgetOldest();
    void job.run(work);
    return jobId;
  }

  find(jobId: JobId): Job | undefined {
    return this.#jobs.get(jobId);
  }

  list(): JobProgress[] {
    return [...this.#jobs.values()].map((job) => job.progress());
  }

  cancelAll(reason = new HoldfastError('cancelled')): void {
    for (const job of this.#jobs.values()) job.cancel(reason);
  }

  connected(isConnected: boolean): void {
    this.#isConnected = isConnected;
    for (const job of this.#jobs.values()) job.connected(isConnected);
  }

  /** Something other than the connection has all jobs wait, or no longer. */
  hold(reason: HoldfastError | undefined): void {
    this.#hold = reason;
    for (const job of this.#jobs.values()) job.hold(reason);
  }

  #forgetOldest(): void {
    const ended = [...this.#jobs].filter(([, job]) => job.hasEnded).map(([jobId]) => jobId);
    for (const jobId of ended.slice(0, Math.max(0, this.#jobs.size - KEPT))) this.#jobs.delete(jobId);
  }
}

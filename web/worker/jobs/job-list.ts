/**
 * The jobs of this page's life: started, found, told of the connection, cancelled together. Of those that have ended
 * only what is told of them is kept: a job's signals hold all that its work was made of.
 */
import { CollectionNudge } from '../../../shared/collection-nudge.ts';
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
  readonly #running = new Map<JobId, Job>();
  readonly #ended: JobProgress[] = [];
  readonly #nudge = new CollectionNudge();
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
    this.#running.set(jobId, job);
    void job.run(work).then(() => {
      this.#end(jobId, job);
    });
    return jobId;
  }

  /** Undefined for one that has ended. */
  find(jobId: JobId): Job | undefined {
    return this.#running.get(jobId);
  }

  /** In the order in which they began: all that run, and the last that have ended. */
  list(): JobProgress[] {
    const running = [...this.#running.values()].map((job) => job.progress());
    return [...this.#ended, ...running].sort((a, b) => a.startedAtMs - b.startedAtMs);
  }

  cancelAll(reason = new HoldfastError('cancelled')): void {
    for (const job of this.#running.values()) job.cancel(reason);
  }

  connected(isConnected: boolean): void {
    this.#isConnected = isConnected;
    for (const job of this.#running.values()) job.connected(isConnected);
  }

  /** Something other than the connection has all jobs wait, or no longer. */
  hold(reason: HoldfastError | undefined): void {
    this.#hold = reason;
    for (const job of this.#running.values()) job.hold(reason);
  }

  #end(jobId: JobId, job: Job): void {
    this.#running.delete(jobId);
    this.#ended.push(job.progress());
    if (this.#ended.length > KEPT) this.#ended.shift();
    this.#nudge.now();
  }
}

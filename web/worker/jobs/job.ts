/**
 * A job: what a backup or restore has in common. Counts progress and tells the page a few times a second,
 * pauses, is cancelled, ends once.
 */
import { HoldfastError, toHoldfastError } from '../../../shared/errors.ts';
import type { JobId } from '../../../shared/ids.ts';
import type { JobPhase, JobProgress } from '../../bridge/engine-api.ts';
import type { Clock } from '../ports.ts';
import { problemOf } from '../problems.ts';
import { Gate } from './gate.ts';
import { Speedometer } from './speed.ts';

const REPORT_EVERY_MS = 200;
const PROBLEMS_KEPT = 1_000;
const ENDED: readonly JobPhase[] = ['done', 'cancelled', 'failed'];

const NEEDS_CONNECTION: readonly JobPhase[] = ['scanning', 'running', 'committing'];

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class Job {
  readonly gate = new Gate();
  readonly #controller = new AbortController();
  readonly #clock: Clock;
  readonly #report: (progress: JobProgress) => void;
  readonly #speed = new Speedometer();
  readonly #problems: JobProgress['problems'][number][] = [];
  readonly #progress: Mutable<JobProgress>;
  #reportedAtMs = 0;
  #isConnected = true;

  constructor(
    identity: { readonly jobId: JobId; readonly kind: JobProgress['kind']; readonly title: string },
    clock: Clock,
    report: (progress: JobProgress) => void,
  ) {
    this.#clock = clock;
    this.#report = report;
    this.#progress = {
      ...identity,
      phase: 'scanning',
      startedAtMs: clock.nowMs(),
      filesTotal: 0,
      filesDone: 0,
      bytesTotal: 0,
      bytesDone: 0,
      bytesTransferred: 0,
      bytesPerSecond: 0,
      problems: this.#problems,
      problemsTotal: 0,
    };
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get hasEnded(): boolean {
    return ENDED.includes(this.#progress.phase);
  }

  progress(): JobProgress {
    const { phase } = this.#progress;
    const waits = !this.#isConnected && NEEDS_CONNECTION.includes(phase);
    return { ...this.#progress, phase: waits ? 'waiting' : phase, problems: [...this.#problems] };
  }

  /** Runs `work` to the job's end; never rejects: how it ended is in the progress. */
  async run(work: (job: Job) => Promise<JobProgress['receipt']>): Promise<void> {
    try {
      const receipt = await work(this);
      this.#end('done', receipt === undefined ? {} : { receipt });
    } catch (error) {
      const failure = toHoldfastError(this.signal.aborted ? this.signal.reason : error);
      this.#end(failure.code === 'cancelled' ? 'cancelled' : 'failed', { problem: problemOf(failure) });
    }
  }

  count(totals: { readonly files: number; readonly bytes: number }): void {
    this.#progress.filesTotal = totals.files;
    this.#progress.bytesTotal = totals.bytes;
    this.#tell();
  }

  add(done: { readonly files?: number; readonly bytes?: number; readonly transferredBytes?: number }): void {
    this.#progress.filesDone += done.files ?? 0;
    this.#progress.bytesDone += done.bytes ?? 0;
    this.#progress.bytesTransferred += done.transferredBytes ?? 0;
    this.#tell();
  }

  at(path: readonly string[]): void {
    this.#progress.currentPath = path.join('/');
  }

  enter(phase: JobPhase): void {
    if (this.hasEnded || this.#progress.phase === phase) return;
    this.#progress.phase = phase;
    this.#tellNow();
  }

  /** Notes a file that could not be done; the job goes on. */
  problem(error: unknown, path: readonly string[]): void {
    this.#progress.problemsTotal += 1;
    if (this.#problems.length < PROBLEMS_KEPT) this.#problems.push(problemOf(error, path));
    this.#tell();
  }

  pause(): void {
    if (this.hasEnded) return;
    this.gate.close();
    this.enter('paused');
  }

  resume(): void {
    if (!this.gate.isClosed) return;
    this.gate.open();
    this.enter('running');
  }

  cancel(reason = new HoldfastError('cancelled')): void {
    if (!this.hasEnded) this.#controller.abort(reason);
  }

  /** The connection came or went: what runs waits without it. */
  connected(isConnected: boolean): void {
    if (this.hasEnded || this.#isConnected === isConnected) return;
    this.#isConnected = isConnected;
    this.#tellNow();
  }

  #end(phase: 'done' | 'cancelled' | 'failed', more: Partial<JobProgress>): void {
    Object.assign(this.#progress, more, { phase, endedAtMs: this.#clock.nowMs() });
    delete this.#progress.currentPath;
    this.#tellNow();
  }

  #tell(): void {
    if (this.#clock.nowMs() - this.#reportedAtMs >= REPORT_EVERY_MS) this.#tellNow();
  }

  #tellNow(): void {
    const nowMs = this.#clock.nowMs();
    this.#reportedAtMs = nowMs;
    this.#speed.note(nowMs, this.#progress.bytesDone);
    const bytesPerSecond = this.#speed.bytesPerSecond();
    this.#progress.bytesPerSecond = bytesPerSecond;
    const bytesLeft = this.#progress.bytesTotal - this.#progress.bytesDone;
    if (bytesPerSecond > 0 && bytesLeft >= 0) this.#progress.secondsLeft = bytesLeft / bytesPerSecond;
    this.#report(this.progress());
  }
}

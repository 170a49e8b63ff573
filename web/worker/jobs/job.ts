/**
 * A job: what a backup or restore has in common. Counts progress and tells the page a few times a second,
 * pauses, is cancelled, ends once.
 */
import { HoldfastError, toHoldfastError } from '../../../shared/errors.ts';
import type { JobId } from '../../../shared/ids.ts';
import type {
  BackupSizes,
  EngineProblem,
  JobPhase,
  JobProgress,
  RestoreReport,
} from '../../bridge/engine-api.ts';
import type { Clock } from '../ports.ts';
import { problemOf } from '../problems.ts';
import { Gate } from './gate.ts';
import { Speedometer } from './speed.ts';

const REPORT_EVERY_MS = 200;
const PROBLEMS_KEPT = 1_000;
const ENDED: readonly JobPhase[] = ['done', 'queued', 'cancelled', 'failed'];

const NO_SIZES: BackupSizes = { readBytes: 0, newBytes: 0, storedBytes: 0 };
const NOTHING_RESTORED: RestoreReport = {
  written: 0,
  verifiedBytes: 0,
  keptBoth: 0,
  replaced: 0,
  skipped: 0,
  resumed: 0,
  failed: 0,
};

const NEEDS_CONNECTION: readonly JobPhase[] = ['scanning', 'running', 'committing'];

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class Job {
  readonly gate = new Gate();
  readonly #controller = new AbortController();
  readonly #stopping = new AbortController();
  readonly #clock: Clock;
  readonly #report: (progress: JobProgress) => void;
  readonly #speed = new Speedometer();
  readonly #problems: JobProgress['problems'][number][] = [];
  readonly #progress: Mutable<JobProgress>;
  #reportedAtMs = 0;
  #path: readonly string[] = [];
  #isCut = false;
  #isQueued = false;
  #worksOffline = false;
  #isCounted = false;
  #isConnected = true;
  #hold: HoldfastError | undefined;
  #trouble: HoldfastError | undefined;
  #shortage: EngineProblem | undefined;

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

  /** Aborts when the work is to end early with what is complete. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  get hasEnded(): boolean {
    return ENDED.includes(this.#progress.phase);
  }

  progress(): JobProgress {
    const { phase, filesTotal, filesDone, bytesTotal, bytesDone } = this.#progress;
    return {
      ...this.#progress,
      phase: this.#waits() ? 'waiting' : phase,
      // Totals are told by the snapshot before until they are counted.
      filesTotal: Math.max(filesTotal, filesDone),
      bytesTotal: Math.max(bytesTotal, bytesDone),
      ...this.#waitsFor(),
      ...(this.#path.length === 0 ? {} : { currentPath: this.#path.join('/') }),
      problems: [...this.#problems],
    };
  }

  /** Runs `work` to the job's end; never rejects: how it ended is in the progress. */
  async run(work: (job: Job) => Promise<JobProgress['receipt']>): Promise<void> {
    try {
      const receipt = await work(this);
      const ended = receipt === undefined ? {} : { receipt };
      if (this.#isCut) this.#endWith(this.stopping.reason, ended);
      else this.#end(this.#isQueued ? 'queued' : 'done', ended);
    } catch (error) {
      this.#endWith(this.signal.aborted ? this.signal.reason : error, {});
    }
  }

  #endWith(error: unknown, more: Partial<JobProgress>): void {
    const failure = toHoldfastError(error);
    const phase = failure.code === 'cancelled' ? 'cancelled' : 'failed';
    this.#end(phase, { ...more, problem: problemOf(failure) });
  }

  /** How much there is to do; exact totals aren't replaced any more. */
  count(totals: { readonly files: number; readonly bytes: number }, isExact = false): void {
    if (this.#isCounted || this.hasEnded) return;
    this.#isCounted = isExact;
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

  /** What a backup read and stored, besides what `add` counts. */
  addSizes(sizes: Partial<BackupSizes>): void {
    const { readBytes, newBytes, storedBytes } = this.#progress.sizes ?? NO_SIZES;
    this.#progress.sizes = {
      readBytes: readBytes + (sizes.readBytes ?? 0),
      newBytes: newBytes + (sizes.newBytes ?? 0),
      storedBytes: storedBytes + (sizes.storedBytes ?? 0),
    };
  }

  /** What became of more of a restore's files. */
  addRestored(more: Partial<RestoreReport>): void {
    const report = { ...(this.#progress.report ?? NOTHING_RESTORED) };
    for (const name of Object.keys(report) as (keyof RestoreReport)[]) report[name] += more[name] ?? 0;
    this.#progress.report = report;
  }

  at(path: readonly string[]): void {
    this.#path = path;
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

  cancel(reason: unknown = new HoldfastError('cancelled')): void {
    if (!this.hasEnded) this.#controller.abort(reason);
  }

  /**
   * Has a backup end early and keep what is complete. Cancels what can't: other jobs, one that waits for the
   * server, and one that is stopping already.
   */
  stop(reason: unknown = new HoldfastError('cancelled')): void {
    if (this.hasEnded) return;
    if (!this.#canKeepPart() || this.stopping.aborted) this.cancel(reason);
    else {
      this.#stopping.abort(reason);
      this.gate.open();
    }
  }

  /** The work has ended early: what it returns is only a part. */
  wasCut(): void {
    this.#isCut = true;
  }

  /** The work goes on without the server from now on, and ends on this device. */
  worksOffline(): void {
    this.#worksOffline = true;
    this.#tellNow();
  }

  /** What the work made waits in the queue. */
  wasQueued(): void {
    this.#isQueued = true;
  }

  /** This device has no room, or has again: what runs waits, and says why. */
  shortOf(problem: EngineProblem | undefined): void {
    if (this.hasEnded || this.#shortage?.missingBytes === problem?.missingBytes) return;
    this.#shortage = problem;
    this.#tellNow();
  }

  /** The connection came or went: what runs waits without it. */
  connected(isConnected: boolean): void {
    if (this.hasEnded || this.#isConnected === isConnected) return;
    this.#isConnected = isConnected;
    this.#tellNow();
  }

  /** Traffic rests for `reason`, or no longer: what runs waits, and says why. */
  hold(reason: HoldfastError | undefined): void {
    if (this.hasEnded || this.#hold?.code === reason?.code) return;
    this.#hold = reason;
    this.#tellNow();
  }

  /** The server is there and can't do what is asked of it, or can again: what runs waits, and says why. */
  troubled(reason: HoldfastError | undefined): void {
    if (this.hasEnded || this.#trouble?.code === reason?.code) return;
    this.#trouble = reason;
    this.#tellNow();
  }

  #end(phase: 'done' | 'queued' | 'cancelled' | 'failed', more: Partial<JobProgress>): void {
    Object.assign(this.#progress, more, { phase, endedAtMs: this.#clock.nowMs() });
    this.#path = [];
    this.#tellNow();
  }

  #canKeepPart(): boolean {
    return this.#progress.kind === 'backup' && (this.#isConnected || this.#worksOffline);
  }

  #waits(): boolean {
    if (!NEEDS_CONNECTION.includes(this.#progress.phase)) return false;
    if (this.#worksOffline) return this.#shortage !== undefined;
    return !this.#isConnected || this.#held() !== undefined;
  }

  /** Why nothing moves although there is a connection. */
  #held(): HoldfastError | undefined {
    return this.#hold ?? (this.#isConnected ? this.#trouble : undefined);
  }

  #waitsFor(): { readonly problem?: EngineProblem } {
    if (this.hasEnded) return {};
    if (this.#worksOffline) return this.#shortage === undefined ? {} : { problem: this.#shortage };
    const held = this.#held();
    return held === undefined ? {} : { problem: problemOf(held) };
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

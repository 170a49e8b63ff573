/**
 * Backs sources up when they are due, while the app is open. Of a browser's tabs one does it: the one that holds
 * the lock. Looks at the clock every few seconds rather than setting long timers, which stand still while a
 * device sleeps.
 */
import { HoldfastError, toHoldfastError } from '../../../shared/errors.ts';
import type { SourceId } from '../../../shared/ids.ts';
import type { ServiceContext } from '../service-context.ts';
import { problemOf } from '../problems.ts';
import { FolderWatch } from './folder-watch.ts';
import { accessTo } from './folder-access.ts';
import { dueAtMs } from './schedule.ts';
import type { KnownSource, SourceBook } from './source-book.ts';

const LOOK_EVERY_MS = 12_000;

/** Starts a backup; resolves when it has ended, with what it failed with. */
export type RunBackup = (source: KnownSource) => Promise<HoldfastError | undefined>;

export class ScheduleRunner {
  readonly #context: ServiceContext;
  readonly #book: SourceBook;
  readonly #backUp: RunBackup;
  readonly #watch: FolderWatch;
  readonly #running = new Set<SourceId>();

  constructor(context: ServiceContext, book: SourceBook, backUp: RunBackup) {
    this.#context = context;
    this.#book = book;
    this.#backUp = backUp;
    this.#watch = new FolderWatch(context.ports);
  }

  /** Runs until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { ports, vault } = this.#context;
    try {
      await ports.locks.hold(`holdfast/schedule/${vault.session.vaultId}`, signal, async () => {
        for (;;) {
          await this.#look(signal);
          await ports.clock.sleep(LOOK_EVERY_MS, signal);
        }
      });
    } catch (error) {
      if (!signal.aborted)
        this.#context.log('error', `Schedules stand still: ${toHoldfastError(error).message}`);
    } finally {
      this.#watch.close();
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const sources = await this.#book.all();
    await this.#watch.follow(sources);
    for (const source of sources) {
      signal.throwIfAborted();
      if (this.#isDue(source) && !this.#running.has(source.sourceId)) await this.#begin(source);
    }
  }

  #isDue({ sourceId, settings, remembered, lastAtMs }: KnownSource): boolean {
    if (remembered?.handle === undefined) return false;
    if (settings.schedule.kind === 'on-change') return this.#watch.isQuietAfterChange(sourceId);
    const dueMs = dueAtMs(settings.schedule, lastAtMs);
    return dueMs !== undefined && dueMs <= this.#context.ports.clock.nowMs();
  }

  async #begin(source: KnownSource): Promise<void> {
    const { sourceId, remembered } = source;
    if ((await accessTo(remembered?.handle)) !== 'ready') {
      const problem = problemOf(new HoldfastError('permission-needed'));
      if (remembered?.problem?.code !== problem.code) await this.#book.note(sourceId, { problem });
      return;
    }
    this.#running.add(sourceId);
    this.#watch.taken(sourceId);
    void this.#run(source);
  }

  async #run(source: KnownSource): Promise<void> {
    const { sourceId } = source;
    const triedAtMs = this.#context.ports.clock.nowMs();
    try {
      const failure = await this.#backUp(source);
      const problem = failure === undefined ? {} : { problem: problemOf(failure) };
      await this.#book.note(sourceId, { triedAtMs, ...problem });
    } catch (error) {
      this.#context.log('error', toHoldfastError(error).message);
    } finally {
      this.#running.delete(sourceId);
    }
  }
}

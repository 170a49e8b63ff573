/** What the page may ask about sources (sources-api.ts), and the schedules that run while the app is open. */
import { HoldfastError } from '../../../shared/errors.ts';
import type { JobId, SourceId } from '../../../shared/ids.ts';
import type { BackupMode, SourceInfo, SourcesApi } from '../../bridge/sources-api.ts';
import type { Backups } from '../backup/backups.ts';
import { whileConnected } from '../connection/while-connected.ts';
import type { ServiceContext } from '../service-context.ts';
import { definedOnly } from './defined-only.ts';
import { accessTo } from './folder-access.ts';
import { likeness, sampleOf } from './match.ts';
import type { SampledFolder } from './match.ts';
import { RulesCounter } from './rules-count.ts';
import { ScheduleRunner } from './schedule-runner.ts';
import { dueAtMs } from './schedule.ts';
import type { KnownSource, SourceBook, SourceToSave } from './source-book.ts';

/** Less says nothing: half the world has a `README.md`. */
const LEAST_LIKENESS = 0.1;
/** A backup waits for the answer: without a connection it is to begin all the same. */
const MATCH_PATIENCE_MS = 1_500;

export class Sources implements SourcesApi {
  readonly #context: ServiceContext;
  readonly #backups: Backups;
  readonly #book: SourceBook;
  readonly #counter: RulesCounter;

  constructor(context: ServiceContext, book: SourceBook, backups: Backups) {
    this.#context = context;
    this.#book = book;
    this.#backups = backups;
    this.#counter = new RulesCounter(context.ports.clock);
  }

  readonly countRules: SourcesApi['countRules'] = async (picked, rules, onCount) =>
    this.#counter.count(picked, rules, onCount);

  /** Runs the schedules until `signal` aborts. */
  async runSchedules(signal: AbortSignal): Promise<void> {
    const runner = new ScheduleRunner(this.#context, this.#book, async (source) => this.#ended(source));
    await runner.run(signal);
  }

  async listSources(): Promise<SourceInfo[]> {
    return Promise.all((await this.#book.all()).map(async (source) => this.#info(source)));
  }

  async saveSource(source: SourceToSave): Promise<SourceId> {
    return this.#book.save(source);
  }

  async forgetSource(sourceId: SourceId): Promise<void> {
    await this.#book.forget(sourceId);
  }

  async sourceHandle(sourceId: SourceId): Promise<FileSystemDirectoryHandle | undefined> {
    return (await this.#book.find(sourceId))?.remembered?.handle;
  }

  async backUpSource(sourceId: SourceId, mode: BackupMode): Promise<JobId> {
    const source = await this.#book.find(sourceId);
    const access = await accessTo(source?.remembered?.handle);
    if (source === undefined || access === 'pick') throw new HoldfastError('source-not-here');
    if (access === 'ask') throw new HoldfastError('permission-needed');
    return this.#start(source, mode, () => {
      void this.#book.note(sourceId, {});
    });
  }

  async matchSource(
    ...[picked]: Parameters<SourcesApi['matchSource']>
  ): Promise<{ readonly sourceId: SourceId; readonly likeness: number }[]> {
    const sample = await sampleOf(picked);
    const matches = [];
    for (const source of await this.#book.all())
      matches.push({ sourceId: source.sourceId, likeness: await this.#likeness(sample, source) });
    return matches
      .filter((match) => match.likeness >= LEAST_LIKENESS)
      .sort((a, b) => b.likeness - a.likeness);
  }

  /** Throws `offline` if the source's folders aren't on this device and there is no connection. */
  async #likeness(sample: SampledFolder, { newest }: KnownSource): Promise<number> {
    const { vault, link, ports } = this.#context;
    const found = await whileConnected(
      { link, clock: ports.clock, patienceMs: MATCH_PATIENCE_MS },
      vault.signal,
      async (signal) => likeness(sample, newest?.description.root ?? [], vault.folders, signal),
    );
    if (found === undefined) throw new HoldfastError('offline');
    return found;
  }

  /** Backs up by the schedule; resolves at the end with what it failed with. */
  async #ended(source: KnownSource): Promise<HoldfastError | undefined> {
    return new Promise((resolve) => {
      this.#start(source, 'incremental', resolve);
    });
  }

  #start(source: KnownSource, mode: BackupMode, onEnded: (failure?: HoldfastError) => void): JobId {
    const { sourceId, name, settings, remembered } = source;
    if (remembered?.handle === undefined) throw new HoldfastError('source-not-here');
    const picked = { kind: 'handle', handle: remembered.handle } as const;
    return this.#backups.start({ sourceId, sourceName: name, settings, mode, picked }, onEnded);
  }

  async #info({ sourceId, name, settings, remembered, newest, lastAtMs }: KnownSource): Promise<SourceInfo> {
    const handle = remembered?.handle;
    return {
      sourceId,
      name,
      settings,
      access: await accessTo(handle),
      canWatch: this.#context.ports.watchFolder !== undefined,
      ...definedOnly({
        lastBackupAtMs: newest?.record.receivedAtMs,
        nextBackupAtMs: handle && dueAtMs(settings.schedule, lastAtMs),
        problem: remembered?.problem,
      }),
    };
  }
}

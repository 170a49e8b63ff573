/**
 * Runs the long jobs in the background: collecting garbage and then compacting at a steady interval, and beside
 * them a scrub when it is time for one. What fails is logged and tried again at the next interval.
 */
import { HoldfastError } from '../../shared/errors.ts';
import type { VaultId } from '../../shared/ids.ts';
import type { Log } from '../log.ts';
import type { Clock, RandomBytes } from '../ports.ts';
import type { Upkeep } from '../store/upkeep-ports.ts';
import { Compaction } from './compaction.ts';
import { GarbageCollector } from './garbage.ts';
import { Scrub } from './scrub.ts';

/** After the start, when clients have come back. */
const FIRST_RUN_MS = 60_000;

export interface MaintenanceOptions {
  readonly upkeep: Upkeep;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly log: Log;
  readonly intervalMs: number;
  readonly trashGraceMs: number;
  readonly garbageGraceMs: number;
  readonly minDeadShare: number;
  readonly compactionBytesPerSecond: number;
  readonly scrubIntervalMs: number;
  readonly scrubBytesPerSecond: number;
  /** Something of the vault was erased or found damaged. */
  readonly onVaultChanged: (vaultId: VaultId) => void;
  readonly onIndexDamage: () => void;
}

export class Maintenance {
  readonly #options: MaintenanceOptions;
  readonly #stopping = new AbortController();
  readonly #garbage: GarbageCollector;
  readonly #compaction: Compaction;
  readonly #scrub: Scrub;
  #callOff: () => void;
  #tidying: Promise<void> | undefined;
  #scrubbing: Promise<void> | undefined;

  /** Begins at once, with a first run a little later. */
  constructor(options: MaintenanceOptions) {
    this.#options = options;
    const parts = { ...options, signal: this.#stopping.signal };
    this.#garbage = new GarbageCollector(parts);
    this.#compaction = new Compaction({ ...parts, bytesPerSecond: options.compactionBytesPerSecond });
    this.#scrub = new Scrub({ ...parts, bytesPerSecond: options.scrubBytesPerSecond });
    this.#callOff = this.#after(Math.min(FIRST_RUN_MS, options.intervalMs));
  }

  /** Has everything checked from now on, unless that is under way. */
  async startScrub(): Promise<void> {
    await this.#scrub.begin();
    this.#scrubbing ??= this.#runScrub();
  }

  /** When the last scrub ended; 0 for never. */
  async scrubbedAtMs(): Promise<number> {
    return (await this.#options.upkeep.catalog.upkeep.scrubState()).finishedAtMs;
  }

  /** Resolves when no job runs any more; a scrub goes on after the next start. */
  async stop(): Promise<void> {
    this.#callOff();
    this.#stopping.abort();
    await this.#tidying;
    await this.#scrubbing;
  }

  #after(delayMs: number): () => void {
    return this.#options.clock.after(delayMs, () => {
      this.#tidying = this.#tidy();
    });
  }

  async #tidy(): Promise<void> {
    const { log, intervalMs } = this.#options;
    await this.#attempt('tidying', async () => {
      log.info(await this.#garbage.run(), 'garbage collected');
      log.info(await this.#compaction.run(), 'segments compacted');
      if (await this.#isScrubDue()) await this.startScrub();
    });
    if (!this.#stopping.signal.aborted) this.#callOff = this.#after(intervalMs);
  }

  async #runScrub(): Promise<void> {
    await this.#attempt('scrub', async () => {
      this.#options.log.info(await this.#scrub.run(), 'scrub ended');
    });
    this.#scrubbing = undefined;
  }

  /** Also when one was under way as the server stopped. */
  async #isScrubDue(): Promise<boolean> {
    const { upkeep, clock, scrubIntervalMs } = this.#options;
    const { nextSegment, finishedAtMs } = await upkeep.catalog.upkeep.scrubState();
    const sinceMs = clock.nowMs() - finishedAtMs;
    // Also when it ended in the future: the clock was wrong then or is now.
    return nextSegment !== undefined || sinceMs >= scrubIntervalMs || sinceMs < 0;
  }

  async #attempt(what: string, job: () => Promise<void>): Promise<void> {
    try {
      await job();
    } catch (error) {
      const code = error instanceof HoldfastError ? error.code : 'internal';
      if (code === 'shutting-down') return;
      this.#options.log.error({ err: error }, `${what} failed`);
      if (code === 'index-damaged') this.#options.onIndexDamage();
    }
  }
}

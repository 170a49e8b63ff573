/**
 * Lives of a store that end in power cuts, one after another on the same disk. Each life is recorded whole; the power is
 * then cut at many moments of it, in several ways, and the store recovered from what is left. The next life goes on
 * from one of these.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { VaultId } from '../../shared/ids.ts';
import type { Clock } from '../../server/ports.ts';
import type { DiskCalls } from '../../server/store/disk/segment-writer.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import type { SeededRandom } from '../helpers/seeded-random.ts';
import { AfterCut, FATES } from './after-cut.ts';
import type { Fate } from './after-cut.ts';
import { DiskTape } from './disk-tape.ts';
import { Ledger } from './expected.ts';
import { OpenedStore } from './opened-store.ts';
import type { OpenOptions } from './opened-store.ts';
import { RecordedDisk } from './recorded-disk.ts';
import { recorded, recordedCatalog } from './recorded-catalog.ts';
import { verify } from './verify.ts';
import { Workload } from './workload.ts';

const VAULT_ID = 'ab'.repeat(16) as VaultId;
const LIVES = 6;
const STEPS_IN_A_LIFE = 10;
const CUTS_IN_A_LIFE = 30;

/** A fault between the store and its disk, which must show. */
export interface Sabotage {
  readonly wrap?: NonNullable<OpenOptions['wrap']>;
  readonly disk?: (calls: DiskCalls) => DiskCalls;
  readonly forgetsFolderSyncs?: boolean;
  readonly forgetsIndexSyncs?: boolean;
}

export interface PowerCutOptions {
  readonly seed: number;
  /** Stops when so many were looked at. */
  readonly cutPoints: number;
  readonly sabotage?: Sabotage;
  /** Stops then at the latest. */
  readonly untilMs?: number;
  readonly onProgress?: (report: PowerCutReport) => void;
}

export interface PowerCutReport {
  readonly cutPoints: number;
  readonly states: number;
  readonly lives: number;
  /** What was lost, half there or wrong, with what repeats it. */
  readonly losses: readonly string[];
}

export async function runPowerCuts(options: PowerCutOptions): Promise<PowerCutReport> {
  const report = { cutPoints: 0, states: 0, lives: 0, losses: [] as string[] };
  const isOver = () =>
    report.cutPoints >= options.cutPoints ||
    report.losses.length > 0 ||
    Date.now() > (options.untilMs ?? Infinity);
  for (let chain = 0; !isOver(); chain++) {
    await new Chain(options, chain, report).run(isOver);
    options.onProgress?.(report);
  }
  return report;
}

interface Counts {
  cutPoints: number;
  states: number;
  lives: number;
  readonly losses: string[];
}

/** Several lives on one disk. */
class Chain {
  readonly #options: PowerCutOptions;
  readonly #name: string;
  readonly #report: Counts;
  readonly #random: SeededRandom;
  readonly #clock = new ManualClock();
  readonly #folder = mkdtempSync(join(tmpdir(), 'holdfast-test-power-'));
  #root = join(this.#folder, 'start');
  #ledger: Ledger;
  #tape: DiskTape;
  #kept = 0;

  constructor(options: PowerCutOptions, chain: number, report: Counts) {
    this.#options = options;
    this.#name = `seed ${options.seed}, chain ${chain}`;
    this.#report = report;
    this.#random = seededRandom(options.seed * 1_000 + chain);
    this.#ledger = new Ledger(() => 0);
    mkdirSync(this.#root);
    this.#tape = DiskTape.startingWith(this.#root);
  }

  async run(isOver: () => boolean): Promise<void> {
    try {
      for (let life = 0; life < LIVES && !isOver(); life++) await this.#live(life, isOver);
    } finally {
      rmSync(this.#folder, { recursive: true });
    }
  }

  async #live(life: number, isOver: () => boolean): Promise<void> {
    const begin = this.#tape.length;
    const disk = new RecordedDisk(this.#root, this.#tape, this.#random, this.#options.sabotage);
    const ledger = new Ledger(() => disk.tape.length, this.#ledger.until(Infinity));
    await this.#record(disk, ledger, isOver);
    this.#report.lives++;
    const end = disk.tape.length;
    const cuts = Array.from({ length: CUTS_IN_A_LIFE }, () => begin + this.#random.integer(end - begin + 1));
    for (const cut of cuts) {
      if (isOver()) return;
      this.#report.cutPoints++;
      for (const fate of this.#someFates()) await this.#cut(disk, ledger, cut, fate, `life ${life}`);
    }
    this.#goOn(disk, ledger, begin);
  }

  /** One life, to its end. */
  async #record(disk: RecordedDisk, ledger: Ledger, isOver: () => boolean): Promise<void> {
    const { sabotage } = this.#options;
    const dataDir = join(this.#root, 'data');
    const random = (length: number) => this.#random.bytes(length);
    const wrap: OpenOptions['wrap'] = (parts) => {
      const catalog = recordedCatalog(parts.catalog, disk, join(dataDir, 'index.sqlite'));
      const seen = { blobs: recorded(parts.blobs, () => undefined), catalog };
      return sabotage?.wrap?.(seen) ?? seen;
    };
    const calls = sabotage?.disk?.(disk.calls) ?? disk.calls;
    disk.start();
    try {
      const opened = await OpenedStore.open({ dataDir, clock: this.#clock, random, disk: calls, wrap });
      const known = ledger.expectedAt(Infinity);
      const workload = { vaultId: VAULT_ID, opened, ledger, clock: this.#clock, random: this.#random, known };
      try {
        if (!isOver()) await new Workload(workload).run(STEPS_IN_A_LIFE);
      } finally {
        disk.stop();
        await opened.close();
      }
    } finally {
      disk.stop();
    }
  }

  #someFates(): Fate[] {
    const [a, b] = [this.#random.integer(FATES.length), this.#random.integer(FATES.length)];
    return [...new Set([FATES[a], FATES[b]])].filter((fate) => fate !== undefined);
  }

  async #cut(disk: RecordedDisk, ledger: Ledger, cut: number, fate: Fate, where: string): Promise<void> {
    this.#report.states++;
    const folder = join(this.#folder, 'left');
    const expected = ledger.expectedAt(cut);
    try {
      new AfterCut(disk.tape, cut, fate, this.#random).writeTo(folder);
      const dataDir = join(folder, 'data');
      if (this.#random.integer(8) === 0) {
        expected.hasIndex = false;
        for (const suffix of ['', '-wal']) rmSync(join(dataDir, `index.sqlite${suffix}`), { force: true });
      }
      const opened = await OpenedStore.open({
        dataDir,
        clock: this.#clock,
        random: (n) => this.#random.bytes(n),
      });
      await verify(opened, VAULT_ID, expected);
    } catch (error) {
      const moment = `${this.#name}, ${where}, step ${cut} of ${disk.tape.length}, ${fate}`;
      this.#report.losses.push(`${moment}: ${inspect(error)}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** The next life begins where the power was cut in this one, or the process killed. */
  #goOn({ tape }: RecordedDisk, ledger: Ledger, begin: number): void {
    const cut = begin + this.#random.integer(tape.length - begin + 1);
    const isKilled = this.#random.integer(3) === 0;
    const fate = isKilled ? 'nothing is lost' : (FATES[this.#random.integer(FATES.length)] ?? 'all is lost');
    this.#root = join(this.#folder, `life-${++this.#kept}`);
    new AfterCut(tape, cut, fate, this.#random).writeTo(this.#root);
    this.#tape = isKilled ? tape.until(cut) : DiskTape.startingWith(this.#root);
    this.#ledger = new Ledger(() => 0, ledger.until(cut));
  }
}

class ManualClock implements Clock {
  #nowMs = 1_800_000_000_000;

  nowMs(): number {
    return this.#nowMs;
  }

  step(ms: number): void {
    this.#nowMs += ms;
  }

  after(): () => void {
    throw new Error('nothing waits here');
  }
}

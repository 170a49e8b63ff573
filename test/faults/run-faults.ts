/**
 * Rounds of a backup over a line with faults while the server, the client's process or Chromium is killed, each with
 * what must be so afterwards: the backup has ended by itself, its files come back equal, so do those of a snapshot from
 * long ago, the index is as one made anew (also right after the server recovered it), and no segment is full of bytes
 * that nobody needs.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobProgress } from '../../web/bridge/engine-api.ts';
import type { SnapshotId } from '../../shared/ids.ts';
import { assertSameEntries } from '../helpers/assert-same.ts';
import {
  acceptedSnapshot,
  backUp,
  restoreFolder,
  seenSnapshot,
  snapshotOf,
  startDevice,
} from '../helpers/engine-device.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import type { SeededRandom } from '../helpers/seeded-random.ts';
import type { CleanUp } from '../helpers/temp-dir.ts';
import { picked, signUp } from '../worker/engine-client.ts';
import type { EngineClient } from '../worker/engine-client.ts';
import { ACCOUNT } from './account.ts';
import { auditRest, auditServer } from './audit.ts';
import { bundled } from './bundle.ts';
import { ChromiumRounds } from './chromium-rounds.ts';
import { startClient } from './client-process.ts';
import { contentsOf } from './contents.ts';
import { FaultyServer } from './faulty-server.ts';
import { startFaultyProxy } from './faulty-proxy.ts';
import type { FaultyProxy } from './faulty-proxy.ts';
import { SERVER_STEPS } from './steps.ts';

const FIRST_MODIFIED_AT_MS = 1_700_000_000_000;
/** Every so many rounds it is the client's process that is killed. */
const CLIENT_EVERY = 8;
/** What hasn't come by then is no longer waited for: then the server is killed all the same. */
const STEP_LIMIT_MS = 4_000;
const UNATTENDED_LIMIT_MS = 120_000;

export interface FaultsOptions {
  readonly seed: number;
  readonly rounds: number;
  /** Every so many rounds Chromium backs up. */
  readonly chromiumEvery: number;
  readonly onRound?: (text: string) => void;
}

export interface FaultsReport {
  rounds: number;
  /** Kills and faults of the line by kind. */
  readonly faults: Record<string, number>;
  losses: number;
}

/** A round whose backup is accepted: what was done to it, and what it became. */
export interface DoneRound {
  readonly kind: string;
  readonly snapshotId: SnapshotId;
}

export async function runFaults(test: CleanUp, options: FaultsOptions): Promise<FaultsReport> {
  const run = await FaultsRun.begin(test, options);
  return run.all();
}

class FaultsRun {
  readonly #test: CleanUp;
  readonly #options: FaultsOptions;
  readonly #random: SeededRandom;
  readonly #server: FaultyServer;
  readonly #proxy: FaultyProxy;
  readonly #client: EngineClient;
  readonly #report: FaultsReport = { rounds: 0, faults: {}, losses: 0 };
  /** Restored again and again, whatever was freed and moved meanwhile. */
  readonly #kept: { readonly snapshotId: SnapshotId; readonly round: number }[] = [];
  readonly #chromium: ChromiumRounds;
  readonly #clientMain: string;

  private constructor(
    test: CleanUp,
    options: FaultsOptions,
    parts: {
      readonly server: FaultyServer;
      readonly proxy: FaultyProxy;
      readonly client: EngineClient;
      readonly clientMain: string;
    },
  ) {
    this.#test = test;
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#server = parts.server;
    this.#proxy = parts.proxy;
    this.#client = parts.client;
    this.#clientMain = parts.clientMain;
    this.#chromium = new ChromiumRounds(test, {
      proxy: this.#proxy,
      random: this.#random,
      contentsOf: (round) => contentsOf(options.seed, round),
      killServer: async (activity) => this.#killServer(activity),
    });
  }

  static async begin(test: CleanUp, options: FaultsOptions): Promise<FaultsRun> {
    const server = await FaultyServer.start(test);
    const proxy = await startFaultyProxy(test, server.url, seededRandom(options.seed + 1));
    const client = await startDevice(test, proxy.url);
    await signUp(client, { inviteToken: server.firstRunToken, ...ACCOUNT });
    const clientMain = await bundled(test, 'client-main.ts');
    return new FaultsRun(test, options, { server, proxy, client, clientMain });
  }

  async all(): Promise<FaultsReport> {
    await this.#check(snapshotOf(await this.#backUp(0)), 0);
    for (let round = 1; round <= this.#options.rounds; round++) {
      const startedAt = performance.now();
      const done = await this.#round(round);
      await this.#check(done.snapshotId, round);
      this.#report.rounds++;
      this.#report.faults[done.kind] = (this.#report.faults[done.kind] ?? 0) + 1;
      this.#options.onRound?.(`${round}: ${done.kind}, ${Math.round(performance.now() - startedAt)} ms`);
    }
    await auditRest(this.#server);
    Object.assign(this.#report.faults, this.#proxy.counts);
    return this.#report;
  }

  async #round(round: number): Promise<DoneRound> {
    if (round % this.#options.chromiumEvery === 0) return this.#chromium.next(round);
    if (round % CLIENT_EVERY === 0) return this.#clientRound(round);
    return this.#serverRound(round);
  }

  async #serverRound(round: number): Promise<DoneRound> {
    this.#proxy.setFaults(true);
    const backup = this.#backUp(round);
    const kind = await this.#killServer(backup);
    const snapshotId = await this.#unattended(
      backup.then(async (job) => acceptedSnapshot(this.#client, job)),
    );
    return { kind, snapshotId };
  }

  /** At a named step, or at some moment of `activity`. */
  async #killServer(activity: Promise<unknown>): Promise<string> {
    const step = SERVER_STEPS[this.#random.integer(SERVER_STEPS.length + 2)];
    if (step === undefined) {
      await sleep(this.#random.integer(1_500));
      return this.#die('kill at random');
    }
    this.#server.arm({ step, count: 1 + this.#random.integer(3) });
    const died = this.#server.ended();
    await Promise.race([died, activity.catch(() => undefined)]);
    await this.#makeGarbage();
    const isDead = await Promise.race([died.then(() => true), sleep(STEP_LIMIT_MS, false)]);
    return this.#die(isDead ? step : 'kill at random');
  }

  async #die(kind: string): Promise<string> {
    await this.#server.kill();
    await this.#server.start();
    return kind;
  }

  /** Puts all but the newest and the kept snapshots into the trash, from where they go at once. */
  async #makeGarbage(): Promise<void> {
    if (!this.#server.isRunning) return;
    const snapshots = await this.#client.engine.listSnapshots();
    const kept = new Set(this.#kept.map(({ snapshotId }) => snapshotId));
    const newest = Math.max(...snapshots.map(({ receivedAtMs }) => receivedAtMs));
    const old = snapshots.filter(
      ({ snapshotId, receivedAtMs, mark }) =>
        receivedAtMs < newest && mark !== 'trashed' && !kept.has(snapshotId),
    );
    // It may fail, as the server may die of it.
    const marking = this.#client.engine.markSnapshots(
      old.map(({ snapshotId }) => snapshotId),
      'trashed',
    );
    await Promise.race([marking.catch(() => undefined), this.#server.ended(), sleep(STEP_LIMIT_MS)]);
  }

  /** The client's process dies while it backs up; the next one does all of it. */
  async #clientRound(round: number): Promise<DoneRound> {
    this.#proxy.setFaults(true);
    const of = { url: this.#proxy.url, seed: this.#options.seed, round };
    const first = startClient(this.#test, this.#clientMain, of);
    await Promise.race([first.signedIn, once(first.child, 'exit')]);
    await sleep(this.#random.integer(800));
    first.child.kill('SIGKILL');
    const second = startClient(this.#test, this.#clientMain, of);
    return { kind: 'kill of the client', snapshotId: await this.#unattended(second.snapshotId) };
  }

  /** The same files at other times, so that all are read. */
  #backUp(round: number): Promise<JobProgress> {
    const contents = contentsOf(this.#options.seed, round);
    const backup = backUp(this.#client, 'Documents', picked(contents, [], FIRST_MODIFIED_AT_MS + round));
    backup.catch(() => undefined); // looked at by whoever waits for it
    return backup;
  }

  async #check(snapshotId: SnapshotId, round: number): Promise<void> {
    this.#proxy.setFaults(false);
    this.#client.engine.retryNow();
    await this.#assertRestores(snapshotId, round);
    const old = this.#kept[this.#random.integer(this.#kept.length)];
    if (old !== undefined) await this.#assertRestores(old.snapshotId, old.round);
    await auditServer(this.#server);
    if (round % 10 === 0) this.#kept.push({ snapshotId, round });
  }

  async #assertRestores(snapshotId: SnapshotId, round: number): Promise<void> {
    try {
      await seenSnapshot(this.#client, snapshotId);
      const { job, folder } = await this.#unattended(restoreFolder(this.#client, snapshotId));
      assert.deepEqual([job.phase, job.problem, job.problems], ['done', undefined, []]);
      const expected = Object.entries(contentsOf(this.#options.seed, round));
      assertSameEntries(digests(folder.contents()), digests(expected));
    } catch (error) {
      this.#report.losses++;
      throw error;
    }
  }

  /** Nobody does anything for it, and it ends. */
  async #unattended<T>(work: Promise<T>): Promise<T> {
    const limit = new AbortController();
    const late = sleep(UNATTENDED_LIMIT_MS, undefined, { signal: limit.signal }).then(
      async () => {
        throw new Error(`It did not end by itself in ${UNATTENDED_LIMIT_MS} ms: ${await this.#state()}`);
      },
      () => new Promise<never>(() => undefined),
    );
    try {
      return await Promise.race([work, late]);
    } finally {
      limit.abort();
    }
  }

  /** What this process's client is at. */
  async #state(): Promise<string> {
    const { engine, events } = this.#client;
    const [jobs, { queue }] = [await engine.listJobs(), await engine.outbox()];
    const connection = events.findLast(({ type }) => type === 'connection');
    return JSON.stringify({ job: jobs.at(-1), queue, connection });
  }
}

function digests(contents: Iterable<readonly [string, Uint8Array]>): Map<string, string> {
  return new Map(
    [...contents].map(([name, content]) => [name, createHash('sha256').update(content).digest('hex')]),
  );
}

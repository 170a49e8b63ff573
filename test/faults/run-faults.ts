/**
 * Rounds of a backup over a line with faults while the server, the client's process or Chromium is killed, each with
 * what must be so afterwards: the backup has ended by itself, its files come back equal, so do those of a snapshot from
 * long ago, and the index that the server recovered is as one made anew.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
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
import { ChromiumDevice } from './chromium-device.ts';
import { contentsOf } from './contents.ts';
import { FaultyServer } from './faulty-server.ts';
import { startFaultyProxy } from './faulty-proxy.ts';
import type { FaultyProxy } from './faulty-proxy.ts';
import { SERVER_STEPS } from './steps.ts';

const CLIENT_MAIN = fileURLToPath(new URL('client-main.ts', import.meta.url));
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

const FIRST_MODIFIED_AT_MS = 1_700_000_000_000;
/** Every so many rounds it is the client's process that is killed, or Chromium takes part. */
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
  #chromium: ChromiumDevice | undefined;

  private constructor(
    test: CleanUp,
    options: FaultsOptions,
    parts: { readonly server: FaultyServer; readonly proxy: FaultyProxy; readonly client: EngineClient },
  ) {
    this.#test = test;
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#server = parts.server;
    this.#proxy = parts.proxy;
    this.#client = parts.client;
  }

  static async begin(test: CleanUp, options: FaultsOptions): Promise<FaultsRun> {
    const server = await FaultyServer.start(test);
    const proxy = await startFaultyProxy(test, server.url, seededRandom(options.seed + 1));
    const client = await startDevice(test, proxy.url);
    await signUp(client, { inviteToken: server.firstRunToken, ...ACCOUNT });
    return new FaultsRun(test, options, { server, proxy, client });
  }

  async all(): Promise<FaultsReport> {
    await this.#undisturbed();
    for (let round = 1; round <= this.#options.rounds; round++) {
      const kind = await this.#round(round);
      this.#report.rounds++;
      this.#options.onRound?.(`round ${round}: ${kind}`);
    }
    Object.assign(this.#report.faults, this.#proxy.counts);
    return this.#report;
  }

  async #undisturbed(): Promise<void> {
    await this.#check(snapshotOf(await this.#backUp(0)), 0);
  }

  async #round(round: number): Promise<string> {
    if (round % this.#options.chromiumEvery === 0) return this.#chromiumRound(round);
    if (round % CLIENT_EVERY === 0) return this.#clientRound(round);
    return this.#serverRound(round);
  }

  async #serverRound(round: number): Promise<string> {
    this.#proxy.setFaults(true);
    const backup = this.#backUp(round);
    const kind = await this.#killServer(backup);
    const snapshotId = await unattended(backup.then(async (job) => acceptedSnapshot(this.#client, job)));
    await this.#check(snapshotId, round);
    return kind;
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
    this.#report.faults[kind] = (this.#report.faults[kind] ?? 0) + 1;
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
  async #clientRound(round: number): Promise<string> {
    this.#proxy.setFaults(true);
    const first = this.#startClient(round);
    await Promise.race([first.signedIn, once(first.child, 'exit')]);
    await sleep(this.#random.integer(800));
    first.child.kill('SIGKILL');
    this.#report.faults['kill of the client'] = (this.#report.faults['kill of the client'] ?? 0) + 1;
    const second = this.#startClient(round);
    const snapshotId = await unattended(second.snapshotId);
    await this.#check(snapshotId, round);
    return 'kill of the client';
  }

  #startClient(round: number) {
    const { name, password } = ACCOUNT;
    const args = [CLIENT_MAIN, this.#proxy.url, name, password, String(this.#options.seed), String(round)];
    const child = spawn(process.execPath, ['--import', TSX, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#test.after(() => void child.kill('SIGKILL'));
    let output = '';
    const said = (pattern: RegExp): Promise<string> =>
      new Promise((resolve, reject) => {
        child.stdout.on('data', () => {
          const [, found] = pattern.exec(output) ?? [];
          if (found !== undefined) resolve(found);
        });
        child.on('exit', () => {
          reject(new Error(output));
        });
      });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)));
    const signedIn = said(/(signed in)/);
    const snapshotId = said(/snapshot (\w+)\n/) as Promise<SnapshotId>;
    for (const promise of [signedIn, snapshotId]) promise.catch(() => undefined); // those of one that is killed
    return { child, signedIn, snapshotId };
  }

  async #chromiumRound(round: number): Promise<string> {
    this.#proxy.setFaults(false);
    const isBrowserKilled = this.#random.integer(2) === 0;
    this.#chromium ??= await ChromiumDevice.start(this.#test, this.#proxy.url);
    const contents = contentsOf(this.#options.seed, round);
    await this.#chromium.drop(contents);
    this.#proxy.setFaults(true);
    let kind = 'kill of Chromium';
    if (isBrowserKilled) {
      await sleep(this.#random.integer(1_200));
      this.#report.faults[kind] = (this.#report.faults[kind] ?? 0) + 1;
      await this.#chromium.kill();
      this.#proxy.setFaults(false);
      this.#chromium = await this.#chromium.restart();
      await this.#chromium.drop(contents);
      this.#proxy.setFaults(true);
    } else kind = `${await this.#killServer(sleep(1_500))}, with Chromium`;
    const snapshotId = await this.#chromium.done(UNATTENDED_LIMIT_MS);
    await this.#check(snapshotId, round);
    return kind;
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
    await this.#assertRestores(snapshotId, round);
    const old = this.#kept[this.#random.integer(this.#kept.length)];
    if (old !== undefined) await this.#assertRestores(old.snapshotId, old.round);
    if (round % 10 === 0) this.#kept.push({ snapshotId, round });
  }

  async #assertRestores(snapshotId: SnapshotId, round: number): Promise<void> {
    try {
      await seenSnapshot(this.#client, snapshotId);
      const { job, folder } = await unattended(restoreFolder(this.#client, snapshotId));
      assert.equal(job.phase, 'done');
      assert.deepEqual(job.problems, []);
      const expected = Object.entries(contentsOf(this.#options.seed, round));
      assertSameEntries(digests(folder.contents()), digests(expected));
    } catch (error) {
      this.#report.losses++;
      throw error;
    }
  }
}

/** Nobody does anything for it, and it ends. */
async function unattended<T>(work: Promise<T>): Promise<T> {
  const limit = new AbortController();
  const late = sleep(UNATTENDED_LIMIT_MS, undefined, { signal: limit.signal }).then(
    () => {
      throw new Error(`It did not end by itself in ${UNATTENDED_LIMIT_MS} ms.`);
    },
    () => new Promise<never>(() => undefined),
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    limit.abort();
  }
}

function digests(contents: Iterable<readonly [string, Uint8Array]>): Map<string, string> {
  return new Map(
    [...contents].map(([name, content]) => [name, createHash('sha256').update(content).digest('hex')]),
  );
}

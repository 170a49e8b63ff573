/**
 * Rounds in which Chromium backs up: it is killed, or the server is, or it is killed at a step of its outbox. What the
 * outbox holds whole then goes out with nobody doing more than to open the app; what was being sealed, the next backup
 * takes up; and nothing of either stays on the device.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SnapshotId } from '../../shared/ids.ts';
import type { Contents } from '../helpers/engine-device.ts';
import type { SeededRandom } from '../helpers/seeded-random.ts';
import type { CleanUp } from '../helpers/temp-dir.ts';
import { ChromiumDevice } from './chromium-device.ts';
import type { OutboxStorage } from './chromium-device.ts';
import type { FaultyProxy } from './faulty-proxy.ts';
import type { OutboxFacts } from './read-outbox.ts';
import type { DoneRound } from './run-faults.ts';
import { FILE_STEPS, OUTBOX_WRITE_STEPS } from './steps.ts';
import type { OutboxArming, OutboxStep } from './steps.ts';

/** What hasn't come by then is no longer waited for: then the browser is killed all the same. */
const STEP_LIMIT_MS = 20_000;
const STORAGES: readonly OutboxStorage[] = ['private files', 'private files', 'database'];
/** All steps, each after the other, with a kill of the browser and one of the server at random among them. */
const PLAN: readonly (OutboxStep | 'browser' | 'server')[] = [
  'bytes written',
  'file removed',
  'job queued',
  'server',
  'acceptance noted',
  'record flushed',
  'sending begun',
  'browser',
  'file closed',
  'sent chunks noted',
  'job entered',
  'progress noted',
  'file opened',
];

export interface ChromiumRoundsParts {
  readonly proxy: FaultyProxy;
  readonly random: SeededRandom;
  readonly contentsOf: (round: number) => Contents;
  /** At a named step of its own or at some moment of `activity`; resolves with what it was when it is back. */
  readonly killServer: (activity: Promise<unknown>) => Promise<string>;
}

export class ChromiumRounds {
  readonly #test: CleanUp;
  readonly #parts: ChromiumRoundsParts;
  #device: ChromiumDevice | undefined;
  #rounds = 0;

  constructor(test: CleanUp, parts: ChromiumRoundsParts) {
    this.#test = test;
    this.#parts = parts;
  }

  async next(round: number): Promise<DoneRound> {
    const { proxy, contentsOf } = this.#parts;
    proxy.setFaults(false);
    const device = (this.#device ??= await ChromiumDevice.start(this.#test, proxy.url));
    const what = PLAN[this.#rounds++ % PLAN.length] ?? 'browser';
    const done = await this.#round(device, what, contentsOf(round));
    await this.#device.outboxIs('empty', isEmpty);
    return done;
  }

  async #round(
    device: ChromiumDevice,
    what: OutboxStep | 'browser' | 'server',
    contents: Contents,
  ): Promise<DoneRound> {
    if (what === 'browser') return this.#killBrowser(device, contents);
    if (what === 'server') return this.#killServer(device, contents);
    // What a browser has no such step of, another one of this device has.
    const isAbsent = device.storage === 'database' && FILE_STEPS.includes(what);
    return this.#killAtStep(device, isAbsent ? 'bytes written' : what, contents);
  }

  async #killServer(device: ChromiumDevice, contents: Contents): Promise<DoneRound> {
    const { proxy, killServer } = this.#parts;
    const before = await device.outbox();
    await device.drop(contents);
    proxy.setFaults(true);
    const kind = `${await killServer(sleep(1_500))}, with Chromium`;
    return { kind, snapshotId: await accepted(device, before) };
  }

  async #killBrowser(device: ChromiumDevice, contents: Contents): Promise<DoneRound> {
    const { proxy, random } = this.#parts;
    await device.drop(contents);
    proxy.setFaults(true);
    await sleep(random.integer(1_200));
    const next = await this.#kill(device);
    const before = await next.outbox();
    await next.drop(contents);
    proxy.setFaults(true);
    return { kind: 'kill of Chromium', snapshotId: await accepted(next, before) };
  }

  async #killAtStep(device: ChromiumDevice, step: OutboxStep, contents: Contents): Promise<DoneRound> {
    const arming = this.#arming(step);
    const before = await device.outbox();
    this.#parts.proxy.setOnline(false);
    const isWrite = OUTBOX_WRITE_STEPS.some((each) => each === step);
    const isMet = await (isWrite
      ? this.#stopWriting(device, arming, contents)
      : this.#stopSending(device, arming, contents));
    const next = await this.#kill(device);
    if (isWrite && isMet) await this.#again(next, before, contents, isQueuedAt(arming));
    const kind = isMet ? nameOf(arming) : 'kill of Chromium, with an outbox';
    return { kind, snapshotId: await accepted(next, before) };
  }

  /** Resolves with whether it stopped there; else all is sealed. */
  async #stopWriting(device: ChromiumDevice, arming: OutboxArming, contents: Contents): Promise<boolean> {
    await device.arm(arming);
    await device.drop(contents);
    return Promise.race([
      device.stopped().then(() => true),
      device.outboxIs('sealed', isSealed).then(() => false),
    ]);
  }

  /** Resolves with whether it stopped there; else all may have been sent. */
  async #stopSending(device: ChromiumDevice, arming: OutboxArming, contents: Contents): Promise<boolean> {
    await device.drop(contents);
    await device.outboxIs('sealed', isSealed);
    await device.arm(arming);
    this.#parts.proxy.setOnline(true);
    await device.tellOnline();
    return Promise.race([device.stopped().then(() => true), sleep(STEP_LIMIT_MS, false)]);
  }

  /** The same backup once more, unless the outbox held it whole: then that goes out. */
  async #again(
    device: ChromiumDevice,
    before: OutboxFacts,
    contents: Contents,
    wasWhole: boolean,
  ): Promise<void> {
    const { jobs, accepted: now } = await device.outbox();
    const isWhole =
      Object.values(jobs).some((state) => state !== 'sealing') || now.length > before.accepted.length;
    assert.ok(isWhole || !wasWhole, 'the device forgot a backup that it had told to be queued');
    if (!isWhole) await device.drop(contents);
  }

  #arming(step: OutboxStep): OutboxArming {
    const { random } = this.#parts;
    const count = REPEATED.includes(step) ? 1 + random.integer(4) : 1;
    return { step, isInside: random.integer(2) === 0, count };
  }

  /** Resolves with the next one, which has a line without faults. */
  async #kill(device: ChromiumDevice): Promise<ChromiumDevice> {
    const { proxy, random } = this.#parts;
    await device.kill();
    proxy.setFaults(false);
    proxy.setOnline(true);
    this.#device = await device.restart(STORAGES[random.integer(STORAGES.length)]);
    return this.#device;
  }
}

function nameOf({ step, isInside }: OutboxArming): string {
  return `outbox: ${isInside ? 'in' : 'after'} ${step}`;
}

/** Whether the backup counts as queued then. */
function isQueuedAt({ step, isInside }: OutboxArming): boolean {
  return step === 'sending begun' || (step === 'job queued' && !isInside);
}

/** Steps that every backup passes several times. */
const REPEATED: readonly OutboxStep[] = ['bytes written', 'record flushed'];

/** The snapshot that this device was told to be accepted since. */
async function accepted(device: ChromiumDevice, before: OutboxFacts): Promise<SnapshotId> {
  const known = new Set(before.accepted.map(({ snapshotId }) => snapshotId));
  const { accepted: all } = await device.outboxIs(
    'sent',
    (outbox) => outbox.accepted.some(({ snapshotId }) => !known.has(snapshotId)) && isEmpty(outbox),
  );
  const [newest] = all;
  assert.ok(newest);
  return newest.snapshotId;
}

/** Also one that is `sending` for want of a line. */
function isSealed({ jobs }: OutboxFacts): boolean {
  const states = Object.values(jobs);
  return states.length > 0 && !states.includes('sealing');
}

/** Also of files that no job names. */
function isEmpty({ jobs, privateFiles, databaseFiles }: OutboxFacts): boolean {
  return [Object.keys(jobs), privateFiles, databaseFiles].every(({ length }) => length === 0);
}

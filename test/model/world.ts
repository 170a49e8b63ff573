/** The server, its disk, two devices and the model, and what each step does to them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, RandomBytes } from '../../server/ports.ts';
import { headBytes } from '../../server/store/segment-record.ts';
import type { ChunkId } from '../../shared/ids.ts';
import type { Keyrings } from '../../shared/crypto/vault-keys.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { Checks, readChunk, storedPlaces } from './checks.ts';
import { CrashDisk } from './crash-disk.ts';
import { Device } from './device.ts';
import { edited } from './edits.ts';
import { Life, ServerDied } from './life.ts';
import { Link } from './link.ts';
import { Model } from './model.ts';
import { Schedule } from './schedule.ts';
import { GARBAGE_GRACE_MS, ServerProcess, TRASH_GRACE_MS } from './server-process.ts';
import type { ProcessOptions } from './server-process.ts';
import { assertFreed } from './space.ts';
import type { End, Job, Request, ServerStep, Step, SuddenEnd, Task } from './steps.ts';

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 0, 5, 12);
/**
 * A segment with more dead than this is compacted when everything is tidied. What a chunk that lies in two segments
 * leaves in the second when it is moved is less: no pass makes work for another.
 */
const TIDY_DEAD_SHARE = 0.2;
/** Both devices begin with the same files. */
const FIRST_EDITS = ['a', 'x/a', 'x/b', 'x/y/a', 'z/y/c'].map((path, index) => {
  return { kind: 'write', path, sizeBytes: 200 * (index + 1), seed: index } as const;
});
/** Memory, where the system has such a folder. */
const MEMORY_FOLDER = '/dev/shm';

export interface WorldOptions {
  readonly keyrings: Keyrings;
  readonly sabotage?: ProcessOptions['sabotage'];
}

export class World {
  readonly #options: WorldOptions;
  readonly #folder: string;
  readonly #disk: CrashDisk;
  readonly #model = new Model(START_MS);
  readonly #checks: Checks;
  readonly #clock: Clock = { nowMs: () => this.#model.nowMs, after: neverDue };
  readonly #devices: Device[] = [];
  #server: ServerProcess | undefined;
  #random = seededRandom(0);

  private constructor(options: WorldOptions) {
    this.#options = options;
    const parent = existsSync(MEMORY_FOLDER) ? MEMORY_FOLDER : tmpdir();
    this.#folder = mkdtempSync(join(parent, 'holdfast-model-'));
    this.#disk = new CrashDisk(this.#folder);
    this.#checks = new Checks(this.#model, this.#disk.segmentsFolder);
  }

  /** Takes the steps and looks at everything once more. Rejects with what is not as the model says. */
  static async run(steps: readonly Step[], options: WorldOptions): Promise<void> {
    const world = new World(options);
    try {
      await world.#begin();
      for (const step of steps) await world.#take(step);
      await world.#tidy();
      await world.#endRun();
    } finally {
      world.#remove();
    }
  }

  async #begin(): Promise<void> {
    await this.#open(new Life());
    const link = new Link(() => this.#running(), this.#model);
    for (const name of ['A', 'B']) {
      const device = new Device(name, this.#options.keyrings, link, this.#model);
      device.files = FIRST_EDITS.reduce(edited, device.files);
      this.#devices.push(device);
    }
  }

  async #take(step: Step): Promise<void> {
    if ('seed' in step) this.#random = seededRandom(step.seed);
    if (step.kind === 'edit') this.#device(step).files = step.edits.reduce(edited, this.#device(step).files);
    else if (step.kind === 'wait') this.#model.nowMs += step.hours * HOUR_MS;
    else if (step.kind === 'restart device') await this.#device(step).restart(step.forgets);
    else await this.#takeAtServer(step);
  }

  async #takeAtServer(step: ServerStep): Promise<void> {
    switch (step.kind) {
      case 'restart server':
        await this.#end(step.end);
        return this.#checkAll(false);
      case 'rot':
        return this.#rot(step.nth);
      case 'tidy':
        return this.#tidy(step.ends);
      case 'work':
        return this.#work(step);
    }
  }

  async #work({ tasks, ends }: Extract<Step, { readonly kind: 'work' }>): Promise<void> {
    const { life } = this.#running();
    life.endAfter(ends?.after ?? Infinity);
    const isWhole = await this.#all(life, tasks);
    life.endAfter(Infinity);
    if (life.isOver && ends !== undefined) await this.#end(ends);
    await this.#checkAll(isWhole && tasks.some(({ kind }) => kind === 'collect garbage'));
  }

  /** Whether all ended before the process did. */
  async #all(life: Life, tasks: readonly Task[]): Promise<boolean> {
    const [task] = tasks;
    if (tasks.length === 1 && task !== undefined) return survives(this.#do(task));
    const schedule = new Schedule(seededRandom(this.#random.integer(0xffff_ffff)));
    life.schedule = schedule;
    try {
      const works = Promise.all(tasks.map((each) => survives(this.#do(each))));
      await schedule.run(works);
      return (await works).every(Boolean);
    } finally {
      life.schedule = undefined;
    }
  }

  #do(task: Task): Promise<unknown> {
    return 'device' in task ? this.#ask(task) : this.#runJob(task);
  }

  #ask(request: Request): Promise<void> {
    switch (request.kind) {
      case 'back up':
        return this.#device(request).backUp(request, this.#random);
      case 'keep by policy':
        return this.#device(request).keepBy(request.policy);
      case 'mark':
        return this.#device(request).mark(request.nth, request.mark);
    }
  }

  #runJob(job: Job): Promise<void> {
    switch (job.kind) {
      case 'collect garbage':
        return this.#running().collectGarbage();
      case 'compact':
        return this.#running().compact(job.minDeadShare);
      case 'scrub':
        return this.#running().scrub();
    }
  }

  /** Ends the process and begins the next. */
  async #end({ how, index, againAfter }: End): Promise<void> {
    await this.#stop(how);
    await this.#spoilIndex(index);
    if (againAfter === undefined) return this.#open(new Life());
    if (!(await this.#dies(againAfter))) return;
    await this.#stop('power cut');
    await this.#open(new Life());
  }

  async #spoilIndex(index: End['index']): Promise<void> {
    if (index === 'as it is') return;
    if (index === 'lost') this.#disk.removeIndex();
    else await ServerProcess.rebuildIndex(this.#processOptions(new Life()));
    this.#model.forgetNotes();
  }

  async #stop(how: End['how']): Promise<void> {
    const server = this.#running();
    if (how === 'close' && !server.life.isOver) {
      await server.close();
      return;
    }
    server.bury();
    if (how !== 'power cut') return;
    this.#disk.cutPower(this.#random);
    this.#model.forgetNotes();
    this.#checks.forget();
  }

  /** Opens a process that dies after so many steps, if it takes as many to recover. */
  async #dies(after: number): Promise<boolean> {
    const life = new Life(after);
    const died = !(await survives(this.#open(life)));
    life.endAfter(Infinity);
    return died;
  }

  async #open(life: Life): Promise<void> {
    this.#server = ServerProcess.open(this.#processOptions(life));
    await this.#server.recover();
  }

  async #checkAll(collected: boolean): Promise<void> {
    await this.#checks.check(this.#running(), collected);
    for (const { alarms, name } of this.#devices)
      assert.deepEqual(alarms.map(String), [], `device ${name} is alarmed`);
  }

  async #rot(nth: number): Promise<void> {
    const stored = await storedPlaces(this.#running(), 'chunk');
    const sound = [...this.#model.neededChunks()]
      .filter((chunkId) => !this.#model.rotten.has(chunkId))
      .sort();
    const chunkId = sound[nth % sound.length];
    const places = (chunkId && stored.get(chunkId)) ?? [];
    const place = places[this.#random.integer(places.length)];
    if (chunkId === undefined || place === undefined) return;
    const offset = place.offset + headBytes('piece') + this.#random.integer(place.bodyBytes);
    this.#disk.spoil(place.segment, offset);
    this.#model.rotten.add(chunkId);
  }

  /** Both graces pass, all jobs run, and the disk must be as full as the model says. */
  async #tidy(ends?: SuddenEnd): Promise<void> {
    // What this one leaves is not to be forgotten by the next.
    await this.#running().collectGarbage();
    this.#model.nowMs += TRASH_GRACE_MS + GARBAGE_GRACE_MS + HOUR_MS;
    const { life } = this.#running();
    life.endAfter(ends?.after ?? Infinity);
    const isWhole = await survives(this.#runJobs());
    life.endAfter(Infinity);
    if (!isWhole && ends !== undefined) {
      await this.#end(ends);
      await this.#checkAll(false);
      // What was found anew counts as stored now.
      this.#model.nowMs += GARBAGE_GRACE_MS + HOUR_MS;
      await this.#runJobs();
    }
    await this.#checkAll(true);
    await assertFreed(this.#running(), this.#model, this.#disk.usedBytes, TIDY_DEAD_SHARE);
  }

  /** As the server does, but for the scrub. */
  async #runJobs(): Promise<void> {
    const server = this.#running();
    await server.collectGarbage();
    await server.compact(TIDY_DEAD_SHARE);
  }

  /** Everything anew, from the segments alone, and as both devices see it. */
  async #endRun(): Promise<void> {
    await this.#end({ how: 'power cut', index: 'lost', againAfter: undefined });
    await this.#checks.checkWhole(this.#running());
    await this.#running().scrub();
    await this.#checkDamage();
    const stored = [...(await storedPlaces(this.#running(), 'chunk')).keys()];
    // Of a chunk that rotted before the index was made anew, and that no page names, nobody tells the devices.
    const soundOf = (ids: string[]) => ids.filter((id) => !this.#model.rotten.has(id as ChunkId)).sort();
    for (const device of this.#devices) {
      await device.look();
      const known = device.mirror.snapshots().map(({ record, mark }) => `${record.snapshotId} ${mark}`);
      const living = [...this.#model.living].map(([snapshotId, { mark }]) => `${snapshotId} ${mark}`);
      assert.deepEqual(known.sort(), living.sort(), `snapshots that device ${device.name} knows`);
      assert.deepEqual(
        soundOf(packedIds(device)),
        soundOf(stored),
        `chunks that device ${device.name} knows`,
      );
    }
    await this.#checkAll(false);
  }

  /** After a scrub all damage is known, and which snapshots it hits. */
  async #checkDamage(): Promise<void> {
    const { living, rotten } = this.#model;
    const needed = this.#model.neededChunks();
    const damage = await this.#running().vault.damage();
    const damaged = new Set(damage.chunkIds);
    for (const chunkId of rotten) {
      if (damaged.has(chunkId) || !needed.has(chunkId)) continue;
      // Another copy, which compaction or two devices at once have left, has taken its place in the new index.
      await readChunk(this.#running(), chunkId);
      rotten.delete(chunkId);
    }
    for (const chunkId of damaged) assert.ok(rotten.has(chunkId), `${chunkId} is called damaged`);
    const hit = [...living]
      .filter(([, snapshot]) => this.#model.isHit(snapshot))
      .map(([snapshotId]) => snapshotId);
    assert.deepEqual(damage.snapshotIds.toSorted(), hit.sort());
  }

  #processOptions(life: Life): ProcessOptions {
    const random: RandomBytes = (length) => this.#random.bytes(length);
    const { sabotage } = this.#options;
    return { disk: this.#disk, life, clock: this.#clock, random, ...(sabotage && { sabotage }) };
  }

  #device({ device }: { readonly device: number }): Device {
    const found = this.#devices[device];
    if (found === undefined) throw new Error(`there is no device ${device}`);
    return found;
  }

  #running(): ServerProcess {
    if (this.#server === undefined) throw new Error('no server runs');
    return this.#server;
  }

  #remove(): void {
    if (this.#server !== undefined) this.#server.bury();
    rmSync(this.#folder, { recursive: true });
  }
}

/** False if the server's end interrupted it. */
async function survives(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof ServerDied) return false;
    throw error;
  }
}

function packedIds({ mirror }: Device): string[] {
  return [...mirror.chunks.pages()].flatMap(
    (page) => Buffer.from(page).toString('hex').match(/.{64}/g) ?? [],
  );
}

function neverDue(): () => void {
  return () => undefined;
}

/** Processor time by thread, from /proc: what no profiler of JavaScript sees (crypto, the system, other processes). */
import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { processTree } from '../helpers/process-tree.ts';

/** Linux counts a thread's time in these. */
const TICK_MS = 10;
/** A thread that ends takes its times with it: they are read this often. */
const READ_EVERY_MS = 200;

export interface ThreadTime {
  readonly process: string;
  readonly thread: string;
  readonly userMs: number;
  readonly kernelMs: number;
}

type ThreadTimes = Map<string, ThreadTime>;

export class ThreadWatch {
  readonly #pids: readonly number[];
  readonly #before: ThreadTimes;
  readonly #latest: ThreadTimes = new Map();
  readonly #reading: Promise<void>;
  #isOver = false;

  private constructor(pids: readonly number[], before: ThreadTimes) {
    this.#pids = pids;
    this.#before = before;
    this.#reading = this.#readRegularly();
  }

  /** Watches every thread that these processes and those below them have or get. */
  static async start(pids: readonly number[]): Promise<ThreadWatch> {
    return new ThreadWatch(pids, await readTimes(pids));
  }

  /** What each thread spent since the start, the busiest first. */
  async stop(): Promise<readonly ThreadTime[]> {
    this.#isOver = true;
    await this.#reading;
    await this.#read();
    const spent = [...this.#latest].map(([id, time]) => {
      const before = this.#before.get(id);
      const userMs = time.userMs - (before?.userMs ?? 0);
      return { ...time, userMs, kernelMs: time.kernelMs - (before?.kernelMs ?? 0) };
    });
    return spent.sort((a, b) => b.userMs + b.kernelMs - a.userMs - a.kernelMs);
  }

  async #readRegularly(): Promise<void> {
    while (!this.#isOver) {
      await this.#read();
      await sleep(READ_EVERY_MS);
    }
  }

  async #read(): Promise<void> {
    for (const [id, time] of await readTimes(this.#pids)) this.#latest.set(id, time);
  }
}

async function readTimes(rootPids: readonly number[]): Promise<ThreadTimes> {
  const trees = await Promise.all(rootPids.map(async (pid) => processTree(pid)));
  const times: ThreadTimes = new Map();
  for (const { pid, command } of trees.flat()) {
    for (const thread of await readdir(`/proc/${pid}/task`).catch(() => [])) {
      const stat = await readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8').catch(() => '');
      const time = parseStat(stat, processName(command));
      if (time !== undefined) times.set(thread, time);
    }
  }
  return times;
}

function processName(command: string): string {
  if (command.includes('/server/main.js')) return 'server';
  const type = /--utility-sub-type=(\S+)/.exec(command) ?? /--type=(\S+)/.exec(command);
  return type?.[1] ?? 'browser';
}

/** `pid (name) state …`; 14 and 15 of the fields are the times in user and kernel mode. */
function parseStat(stat: string, process: string): ThreadTime | undefined {
  const nameEnd = stat.lastIndexOf(')');
  if (nameEnd === -1) return undefined;
  const fields = stat.slice(nameEnd + 2).split(' ');
  return {
    process,
    thread: stat.slice(stat.indexOf('(') + 1, nameEnd),
    userMs: Number(fields[11]) * TICK_MS,
    kernelMs: Number(fields[12]) * TICK_MS,
  };
}

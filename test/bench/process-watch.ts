/** What processes cost while something runs: processor time and memory beyond the start, from /proc. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { processTree, rssBytes } from '../helpers/process-tree.ts';

/** Looking costs the machine that is being measured: seldom, and without a thread for each file. */
const SAMPLE_EVERY_MS = 500;
/** Linux counts resident memory in these on the machines that we know. */
const PAGE_BYTES = 4_096;
/** Linux counts a process's time in these. */
const TICK_MS = 10;

export type Role = 'server' | 'renderer' | 'network' | 'browser' | 'other';

export interface RoleCost {
  /** Processor time in user and kernel mode. */
  readonly cpuMs: number;
  /** The most resident bytes seen over the sum at the start; never below 0. */
  readonly growthBytes: number;
}

export type Costs = Readonly<Record<Role, RoleCost>> & {
  /** All of the browser's processes together. */
  readonly browserTree: RoleCost;
};

interface Watched {
  readonly pid: number;
  readonly role: Role;
}

const ROLES: readonly Role[] = ['server', 'renderer', 'network', 'browser', 'other'];

/** Watches the server and the browser's processes from now on. */
export class ProcessWatch {
  readonly #processes: readonly Watched[];
  readonly #cpuAtStart: readonly number[];
  readonly #rssAtStart: readonly number[];
  readonly #mostRss: Record<Role | 'browserTree', number>;
  readonly #sampling: Promise<void>;
  #isOver = false;

  private constructor(
    processes: readonly Watched[],
    cpuAtStart: readonly number[],
    rssAtStart: readonly number[],
  ) {
    this.#processes = processes;
    this.#cpuAtStart = cpuAtStart;
    this.#rssAtStart = rssAtStart;
    this.#mostRss = this.#sums(rssAtStart);
    this.#sampling = this.#sample();
  }

  static async start(browserPid: number, serverPid: number): Promise<ProcessWatch> {
    const tree = await processTree(browserPid);
    const processes: Watched[] = [
      ...tree.map(({ pid, command }) => ({ pid, role: roleOf(command) })),
      { pid: serverPid, role: 'server' },
    ];
    const cpu = await Promise.all(processes.map(async ({ pid }) => cpuMs(pid)));
    const rss = await Promise.all(processes.map(async ({ pid }) => rssBytes(pid)));
    return new ProcessWatch(processes, cpu, rss);
  }

  /** What they cost since the start. */
  async stop(): Promise<Costs> {
    this.#isOver = true;
    await this.#sampling;
    this.#look();
    const cpu = await Promise.all(this.#processes.map(async ({ pid }) => cpuMs(pid)));
    const cpuSpent = this.#sums(cpu.map((ms, index) => Math.max(0, ms - (this.#cpuAtStart[index] ?? 0))));
    const start = this.#sums(this.#rssAtStart);
    const cost = (role: Role | 'browserTree'): RoleCost => ({
      cpuMs: cpuSpent[role],
      growthBytes: this.#mostRss[role] - start[role],
    });
    return {
      server: cost('server'),
      renderer: cost('renderer'),
      network: cost('network'),
      browser: cost('browser'),
      other: cost('other'),
      browserTree: cost('browserTree'),
    };
  }

  async #sample(): Promise<void> {
    while (!this.#isOver) {
      this.#look();
      await sleep(SAMPLE_EVERY_MS);
    }
  }

  #look(): void {
    const sums = this.#sums(this.#processes.map(({ pid }) => rssBytesNow(pid)));
    for (const role of [...ROLES, 'browserTree'] as const)
      this.#mostRss[role] = Math.max(this.#mostRss[role], sums[role]);
  }

  #sums(values: readonly number[]): Record<Role | 'browserTree', number> {
    const sums = { server: 0, renderer: 0, network: 0, browser: 0, other: 0, browserTree: 0 };
    for (const [index, { role }] of this.#processes.entries()) {
      const value = values[index] ?? 0;
      sums[role] += value;
      if (role !== 'server') sums.browserTree += value;
    }
    return sums;
  }
}

/** Resident bytes of the browser's renderer processes. */
export async function rendererRssBytes(browserPid: number): Promise<number> {
  const tree = await processTree(browserPid);
  const renderers = tree.filter(({ command }) => roleOf(command) === 'renderer');
  const sizes = await Promise.all(renderers.map(async ({ pid }) => rssBytes(pid)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function roleOf(command: string): Role {
  if (command.includes('--type=renderer')) return 'renderer';
  if (command.includes('network.mojom.NetworkService')) return 'network';
  return command.includes('--type=') ? 'other' : 'browser';
}

/** 0 once the process has ended. */
function rssBytesNow(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1] ?? 0) * PAGE_BYTES;
  } catch {
    return 0;
  }
}

/** 0 once the process has ended. */
async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // Behind the name, which may hold anything, come state (field 3) and all else; 14 and 15 are the times.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * TICK_MS;
}

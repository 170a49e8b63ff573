/** Samples the JavaScript of every worker of a browser and sums it up by function. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Debugger } from './cdp.ts';
import type { Params } from './cdp.ts';

const SAMPLE_EVERY_US = 500;
/** A worker that ends takes its profile with it: it is fetched this often. */
const FETCH_EVERY_MS = 500;

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface AttachedTarget {
  readonly sessionId: string;
  readonly targetInfo: { readonly type: string; readonly url: string };
}

interface ProfiledWorker {
  readonly sessionId: string;
  readonly url: string;
  readonly selfMs: Map<string, number>;
  isRunning: boolean;
}

export interface WorkerProfile {
  readonly url: string;
  /** By function, as `name (line)`, the largest first. */
  readonly selfMs: readonly (readonly [string, number])[];
}

const ATTACH = { autoAttach: true, waitForDebuggerOnStart: false, flatten: true };

export class WorkerProfiler {
  readonly #workers: ProfiledWorker[] = [];
  #debugger: Debugger | undefined;
  #fetching: Promise<void> | undefined;
  #isOn = false;

  /** Attaches to the browser and all workers that it has or gets. */
  static async attach(profileDir: string): Promise<WorkerProfiler> {
    const profiler = new WorkerProfiler();
    profiler.#debugger = await Debugger.connect(profileDir, (method, params) => {
      if (method === 'Target.attachedToTarget') profiler.#attached(params as unknown as AttachedTarget);
      if (method === 'Target.detachedFromTarget') profiler.#detached(params);
    });
    await profiler.#debugger.call('Target.setAutoAttach', ATTACH);
    return profiler;
  }

  async start(): Promise<void> {
    this.#isOn = true;
    await Promise.all(this.#workers.map(async (worker) => this.#startWorker(worker)));
    this.#fetching = this.#fetchRegularly();
  }

  /** What each worker's thread did since `start`. */
  async stop(): Promise<readonly WorkerProfile[]> {
    this.#isOn = false;
    await this.#fetching;
    await this.#fetchAll();
    this.#debugger?.close();
    return this.#workers
      .filter(({ selfMs }) => selfMs.size > 0)
      .map(({ url, selfMs }) => ({ url, selfMs: [...selfMs].sort(([, a], [, b]) => b - a) }));
  }

  #attached({ sessionId, targetInfo }: AttachedTarget): void {
    // A worker's own workers are reported to whoever is attached to it.
    void this.#callOrEnd('Target.setAutoAttach', ATTACH, sessionId);
    if (targetInfo.type !== 'worker') return;
    const worker = { sessionId, url: targetInfo.url, selfMs: new Map<string, number>(), isRunning: true };
    this.#workers.push(worker);
    if (this.#isOn) void this.#startWorker(worker);
  }

  #detached({ sessionId }: Params): void {
    for (const worker of this.#workers) if (worker.sessionId === sessionId) worker.isRunning = false;
  }

  async #startWorker({ sessionId }: ProfiledWorker): Promise<void> {
    await this.#callOrEnd('Profiler.enable', {}, sessionId);
    await this.#callOrEnd('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_US }, sessionId);
    await this.#callOrEnd('Profiler.start', {}, sessionId);
  }

  async #fetchRegularly(): Promise<void> {
    while (this.#isOn) {
      await sleep(FETCH_EVERY_MS);
      await this.#fetchAll();
    }
  }

  async #fetchAll(): Promise<void> {
    const running = this.#workers.filter(({ isRunning }) => isRunning);
    await Promise.all(running.map(async (worker) => this.#fetch(worker)));
  }

  async #fetch({ sessionId, selfMs }: ProfiledWorker): Promise<void> {
    const stopped = await this.#callOrEnd('Profiler.stop', {}, sessionId);
    if (stopped === undefined) return;
    const restarted = this.#isOn ? this.#callOrEnd('Profiler.start', {}, sessionId) : undefined;
    addSelfTimes(selfMs, stopped.profile as CpuProfile);
    await restarted;
  }

  /** Undefined if the target has ended meanwhile. */
  async #callOrEnd(method: string, params: Params, sessionId: string): Promise<Params | undefined> {
    const call = this.#debugger?.call(method, params, sessionId);
    const ended = sleep(FETCH_EVERY_MS * 4).then(() => undefined);
    return Promise.race([call, ended]).catch(() => undefined);
  }
}

function addSelfTimes(selfMs: Map<string, number>, { nodes, samples, timeDeltas }: CpuProfile): void {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  for (const [index, id] of samples.entries()) {
    const name = names.get(id) ?? '?';
    selfMs.set(name, (selfMs.get(name) ?? 0) + (timeDeltas[index] ?? 0) / 1_000);
  }
}

function nameOf({ functionName, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  return name.startsWith('(') && lineNumber < 0 ? name : `${name} (line ${lineNumber + 1})`;
}

/**
 * One life of a server's process. All that the process does to its disk and index passes here (`watched`), so that a
 * test can end it between any two steps, and choose in which order the steps of things under way at once happen.
 * After the end nothing of that life reaches the disk any more.
 */
import type { Schedule } from './schedule.ts';

/** What everything fails with that the server's end interrupted. */
export class ServerDied extends Error {
  constructor() {
    super('the server died');
  }
}

export class Life {
  #stepsLeft: number;
  #isOver = false;
  readonly #mourners = new Set<(reason: ServerDied) => void>();
  /** What holds files open. */
  readonly #openThings = new Set<AsyncIterator<unknown>>();
  /** Orders the steps of what is under way at once; undefined: as they come. */
  schedule: Schedule | undefined;

  /** Ends after so many steps, unless that is changed. */
  constructor(stepsLeft = Infinity) {
    this.#stepsLeft = stepsLeft;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  endAfter(steps: number): void {
    this.#stepsLeft = steps;
  }

  end(): void {
    this.#isOver = true;
    this.schedule?.stop();
    for (const tell of this.#mourners) tell(new ServerDied());
    this.#mourners.clear();
    // Their files are closed, as a system closes those of a dead process. What fails by that, nobody hears.
    for (const open of this.#openThings) open.return?.().catch(() => undefined);
    this.#openThings.clear();
  }

  /** `things`, each of which is a step. */
  async *eachOf<T>(things: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    const iterator = things[Symbol.asyncIterator]();
    this.#openThings.add(iterator);
    try {
      for (;;) {
        const next = await this.turn(() => iterator.next());
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      this.#openThings.delete(iterator);
      await iterator.return?.();
    }
  }

  /** One step that takes no time. Throws ServerDied. */
  step(): void {
    if (this.#stepsLeft-- <= 0 && !this.#isOver) this.end();
    if (this.#isOver) throw new ServerDied();
  }

  /** One step that others may come before. Never resolves when the process is dead. */
  async turn<T>(act: () => T | Promise<T>): Promise<T> {
    if (this.schedule === undefined) return this.#act(act);
    return this.schedule.add(() => this.#act(act));
  }

  /** As `work` ends, or rejects with ServerDied when the process does. */
  outlive<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const tell = reject;
      this.#mourners.add(tell);
      work.then(resolve, reject).finally(() => this.#mourners.delete(tell));
      if (this.#isOver) tell(new ServerDied());
    });
  }

  async #act<T>(act: () => T | Promise<T>): Promise<T> {
    try {
      this.step();
      return await act();
    } catch (error) {
      if (!(error instanceof ServerDied)) throw error;
      // A dead process goes on with nothing, not even with what it does when something fails.
      return new Promise(() => undefined);
    }
  }
}

/** Methods that answer at once, and those that give one thing after another; all others give promises. */
const AT_ONCE = new Set([
  'append',
  'scan',
  'segments',
  'sizeOf',
  'removeSegment',
  'truncateEnd',
  'close',
  'hasChunk',
]);
const ONE_BY_ONE = new Set(['walk', 'liveRecords']);

type Method = (...args: unknown[]) => unknown;

/** `target`, each of whose methods is a step of this life; `own` are methods and parts of another kind. */
export function watched<T extends object>(life: Life, target: T, own: Partial<T> = {}): T {
  const methods = new Map<string | symbol, unknown>();
  return new Proxy(target, {
    get: (_, name) => {
      if (name in own) return Reflect.get(own, name) as unknown;
      if (methods.has(name)) return methods.get(name);
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== 'function') return value;
      const method = watchedMethod(life, name, value.bind(target) as Method);
      methods.set(name, method);
      return method;
    },
  });
}

function watchedMethod(life: Life, name: string | symbol, method: Method): Method {
  if (AT_ONCE.has(String(name))) {
    return (...args) => {
      life.step();
      return method(...args);
    };
  }
  if (ONE_BY_ONE.has(String(name))) {
    return (...args) => life.eachOf(method(...args) as AsyncIterable<unknown>);
  }
  return (...args) => life.turn(() => method(...args));
}

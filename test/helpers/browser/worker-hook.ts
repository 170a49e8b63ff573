/**
 * A script that runs in every worker of a browser before the worker's own: in dedicated ones, however deep, and in
 * service workers. It can call the test, also when it then never returns.
 */
import type { RpcEvent, RpcSocket } from './rpc-socket.ts';

const BINDING = 'callTest';

export interface WorkerHook {
  /** Source that is evaluated in each; what it calls `callTest` with comes to `onCall`. */
  readonly source: () => string;
  readonly onCall: (text: string) => void;
}

export class HookedWorkers {
  readonly #socket: RpcSocket;
  readonly #hook: WorkerHook;
  readonly #sessions = new Set<string>();

  private constructor(socket: RpcSocket, hook: WorkerHook) {
    this.#socket = socket;
    this.#hook = hook;
  }

  /** From now on, for what begins after it. `pageSessionId`: of the page whose workers are meant. */
  static async begin(socket: RpcSocket, pageSessionId: string, hook: WorkerHook): Promise<HookedWorkers> {
    const workers = new HookedWorkers(socket, hook);
    socket.onEvent((event) => {
      workers.#hear(event);
    });
    // The page's own workers, and the browser's service workers.
    for (const sessionId of [pageSessionId, undefined])
      await socket.call('Target.setAutoAttach', AUTO_ATTACH, sessionId);
    return workers;
  }

  /** Evaluates `source` in each that is there. */
  async run(source: string): Promise<void> {
    await this.#call('Runtime.evaluate', { expression: source });
  }

  async collectGarbage(): Promise<void> {
    await this.#call('HeapProfiler.collectGarbage', {});
  }

  async #call(method: string, params: Readonly<Record<string, unknown>>): Promise<void> {
    // One may end meanwhile.
    await Promise.allSettled([...this.#sessions].map((id) => this.#socket.call(method, params, id)));
  }

  #hear({ method, params }: RpcEvent): void {
    if (method === 'Target.detachedFromTarget') this.#sessions.delete(String(params.sessionId));
    if (method === 'Target.attachedToTarget') void this.#attached(params);
    if (method === 'Runtime.bindingCalled' && params.name === BINDING)
      this.#hook.onCall(String(params.payload));
  }

  async #attached(params: RpcEvent['params']): Promise<void> {
    const sessionId = String(params.sessionId);
    const { type } = params.targetInfo as { readonly type: string };
    const calls: (readonly [string, Readonly<Record<string, unknown>>])[] = [];
    if (type === 'worker' || type === 'service_worker') {
      this.#sessions.add(sessionId);
      calls.push(['Runtime.addBinding', { name: BINDING }]);
      calls.push(['Runtime.evaluate', { expression: this.#hook.source() }]);
      calls.push(['Target.setAutoAttach', AUTO_ATTACH]);
    }
    calls.push(['Runtime.runIfWaitingForDebugger', {}]);
    // They are done in their order; it may end meanwhile.
    await Promise.allSettled(calls.map(([name, values]) => this.#socket.call(name, values, sessionId)));
  }
}

const AUTO_ATTACH = { autoAttach: true, waitForDebuggerOnStart: true, flatten: true };

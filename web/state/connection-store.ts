/** The connection as the header shows it: the engine's state, and how good it is in one word. */
import type { ConnectionState, EngineApi, ServerStatus } from '../bridge/engine-api.ts';
import { Value, type Observable } from './observable.ts';

export type Quality = 'good' | 'fair' | 'slow';

type StatusEngine = Pick<EngineApi, 'serverStatus' | 'startScrub'>;

const GOOD_UNTIL_MS = 80;
const FAIR_UNTIL_MS = 250;

/** One word for a round trip of `latencyMs`. */
export function qualityOf(latencyMs: number): Quality {
  if (latencyMs <= GOOD_UNTIL_MS) return 'good';
  return latencyMs <= FAIR_UNTIL_MS ? 'fair' : 'slow';
}

export class ConnectionStore {
  readonly #engine: StatusEngine;
  readonly #state = new Value<ConnectionState>({ kind: 'connecting' });
  readonly #offline = new Value(false);

  constructor(engine: StatusEngine) {
    this.#engine = engine;
  }

  get state(): Observable<ConnectionState> {
    return this.#state;
  }

  /** Whether the server can't be reached: from the first failure until it answers, over all tries between. */
  get offline(): Observable<boolean> {
    return this.#offline;
  }

  /** Takes what the engine tells. */
  set(state: ConnectionState): void {
    if (state.kind !== 'connecting') this.#offline.set(state.kind === 'offline');
    this.#state.set(state);
  }

  /** Asks the server how it is. Rejects as the engine does. */
  serverStatus(): Promise<ServerStatus> {
    return this.#engine.serverStatus();
  }

  /** Administrators: has the server check all that it stores. Rejects as the engine does. */
  startScrub(): Promise<void> {
    return this.#engine.startScrub();
  }
}

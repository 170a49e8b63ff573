/**
 * Keeps one connection to the server alive: reconnects with back-off, takes the session up again, and lets
 * everything else wait for a connection instead of failing without one.
 */
import { HoldfastError, toHoldfastError } from '../../../shared/errors.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import type { ClientMessage, ServerMessage } from '../../../shared/wire/messages.ts';
import type { ConnectionState } from '../../bridge/engine-api.ts';
import { problemOf } from '../problems.ts';
import type { Clock, Random } from '../ports.ts';
import { pauseMs } from './backoff.ts';
import { Retries } from './retries.ts';
import { Traffic } from './traffic.ts';
import { LASTED_MS, Tries } from './tries.ts';
import type { Outcome } from './tries.ts';
import { WireConnection } from './wire-connection.ts';
import type { ConnectionPorts, Welcome } from './wire-connection.ts';

export interface LinkEvents {
  onState(state: ConnectionState): void;
  onPush(message: ServerMessage): void;
  /** The server no longer knows the session. */
  onSessionLost(error: HoldfastError): void;
}

/** Hears why work is to be tried again over the same connection; what it gives is called when that waits no longer. */
type OnHeld = (failure: HoldfastError) => () => void;

interface Waiting {
  readonly resolve: (connection: WireConnection) => void;
  readonly reject: (reason: unknown) => void;
}

/** A connection that is over. */
interface Lost {
  readonly lost: HoldfastError;
  readonly outcome: Outcome;
}

/** What says that a session is no more. Whatever else a server answers, the device keeps its keys. */
const SESSION_ENDS: readonly ErrorCode[] = ['session-expired', 'not-signed-in', 'not-allowed'];

type MessageType = ServerMessage['type'];
type Answer<T extends MessageType> = Extract<ServerMessage, { readonly type: T }>;

/** Asks once. Throws the server's coded error, or `malformed` if the answer isn't one of `types`. */
export type Ask = <T extends MessageType>(message: ClientMessage, types: readonly T[]) => Promise<Answer<T>>;

export class ServerLink {
  /** Of all its connections, and of other links if it was given. */
  readonly traffic: Traffic;
  readonly #url: string;
  readonly #ports: ConnectionPorts & { readonly clock: Clock; readonly random: Random };
  readonly #events: LinkEvents;
  #token: Uint8Array<ArrayBuffer> | undefined;
  #connection: WireConnection | undefined;
  readonly #waiting = new Set<Waiting>();
  #wake = new AbortController();
  readonly #life = new AbortController();

  constructor(url: string, ports: ConnectionPorts & { readonly random: Random }, events: LinkEvents) {
    this.#url = url;
    this.traffic = ports.traffic ?? new Traffic(ports.clock);
    this.#ports = { ...ports, traffic: this.traffic };
    this.#events = events;
  }

  /** Connects, and again whenever the connection is lost, until `stop`. */
  async run(): Promise<void> {
    const tries = new Tries();
    while (!this.#life.signal.aborted) {
      const { lost, outcome } = await this.#connectOnce();
      await this.#waitToRetry(lost, tries.after(outcome));
    }
  }

  stop(): void {
    const reason = new HoldfastError('cancelled');
    this.#life.abort(reason);
    this.#wake.abort();
    this.#connection?.close(reason);
    for (const { reject } of this.#waiting) reject(reason);
    this.#waiting.clear();
  }

  /** Tries again now rather than when the back-off ends. */
  retryNow(): void {
    this.#wake.abort();
  }

  /** The session that new connections take up; `undefined` for none. The current one is left as it is. */
  useSession(token: Uint8Array<ArrayBuffer> | undefined): void {
    this.#token = token;
  }

  get isConnected(): boolean {
    return this.#connection?.isOpen === true;
  }

  /** A connection, now or when there is one again. Throws the signal's reason, or `cancelled` after `stop`. */
  async connection(signal?: AbortSignal): Promise<WireConnection> {
    signal?.throwIfAborted();
    this.#life.signal.throwIfAborted();
    const current = this.#connection;
    if (current?.isOpen === true) return current;
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        resolve: (connection) => {
          signal?.removeEventListener('abort', stop);
          resolve(connection);
        },
        reject,
      };
      const stop = (): void => {
        this.#waiting.delete(waiting);
        reject(toHoldfastError(signal?.reason));
      };
      this.#waiting.add(waiting);
      signal?.addEventListener('abort', stop, { once: true });
    });
  }

  /**
   * The answer to a request that may be sent twice without harm; asked again over the next connection when
   * one is lost. Throws the server's coded error, or `malformed` if the answer isn't one of `types`.
   */
  async request<T extends MessageType>(
    message: ClientMessage,
    types: readonly T[],
    signal?: AbortSignal,
    onHeld?: OnHeld,
  ): Promise<Answer<T>> {
    return this.withConnection(
      async (connection) => expectAnswer(await connection.request(message), types),
      signal,
      onHeld,
    );
  }

  /** Runs `work` with a connection, and again with the next one if that is lost meanwhile. */
  async withConnection<R>(
    work: (connection: WireConnection) => Promise<R>,
    signal?: AbortSignal,
    onHeld: OnHeld = heldUnnoticed,
  ): Promise<R> {
    const retries = new Retries();
    let letGo = (): void => undefined;
    try {
      for (let attempt = 0; ; attempt++) {
        const connection = await this.connection(signal);
        try {
          return await work(connection);
        } catch (error) {
          const failure = toHoldfastError(error);
          if (!retries.allow(failure)) throw failure;
          if (!connection.isOpen) continue;
          const letGoBefore = letGo;
          letGo = onHeld(failure);
          letGoBefore();
          await this.#pause(failure, attempt, signal);
        }
      }
    } finally {
      letGo();
    }
  }

  /** Like `request`, but once: for what must not be asked twice. */
  async requestOnce<T extends MessageType>(message: ClientMessage, types: readonly T[]): Promise<Answer<T>> {
    return this.exchange(async (ask) => ask(message, types));
  }

  /**
   * Several requests over one connection, which the server remembers something of between them. Once, and with no
   * other connection if that one is lost: `offline` then, as without one for ten seconds.
   */
  async exchange<R>(work: (ask: Ask) => Promise<R>): Promise<R> {
    const patience = new AbortController();
    void this.#ports.clock.sleep(GIVE_UP_WAITING_MS, patience.signal).then(
      () => {
        patience.abort(new HoldfastError('offline'));
      },
      // There was a connection in time.
      () => undefined,
    );
    const connection = await this.connection(patience.signal);
    patience.abort();
    return work(async (message, types) => expectAnswer(await connection.request(message), types));
  }

  async #waitToRetry(lost: HoldfastError, attempt: number): Promise<void> {
    if (this.#life.signal.aborted) return;
    const waitMs = pauseMs(lost.retryAfterMs, attempt, this.#chance());
    const nextTryAtMs = this.#ports.clock.nowMs() + waitMs;
    this.#events.onState({ kind: 'offline', problem: problemOf(lost), nextTryAtMs });
    this.#wake = new AbortController();
    // Woken early when the device says that it is online again.
    await this.#ports.clock.sleep(waitMs, this.#wake.signal).catch(() => undefined);
  }

  async #pause(failure: HoldfastError, attempt: number, signal?: AbortSignal): Promise<void> {
    await this.#ports.clock.sleep(pauseMs(failure.retryAfterMs, attempt + 1, this.#chance()), signal);
  }

  /** Connects and stays until the connection is lost; returns why, and what it was worth. */
  async #connectOnce(): Promise<Lost> {
    this.#events.onState({ kind: 'connecting' });
    try {
      const { connection, welcome } = await WireConnection.open(this.#url, this.#ports);
      return await this.#use(connection, welcome);
    } catch (error) {
      return { lost: toHoldfastError(error), outcome: 'failed' };
    }
  }

  /** Makes an open connection the current one, until it is closed; one that can't be is closed at once. */
  async #use(connection: WireConnection, welcome: Welcome): Promise<Lost> {
    connection.onPush = (message) => {
      this.#events.onPush(message);
    };
    try {
      await this.#resumeSession(connection);
      this.#life.signal.throwIfAborted();
    } catch (error) {
      connection.close(toHoldfastError(error));
      return { lost: await connection.closed, outcome: 'failed' };
    }
    const sinceMs = this.#ports.clock.nowMs();
    this.#report(connection, welcome.serverVersion);
    this.#connection = connection;
    for (const { resolve } of this.#waiting) resolve(connection);
    this.#waiting.clear();
    const lost = await connection.closed;
    const hasLasted = connection.wasUseful || this.#ports.clock.nowMs() - sinceMs >= LASTED_MS;
    return { lost, outcome: hasLasted ? 'lasted' : 'brief' };
  }

  /** Throws what keeps the session from being taken up now: the connection is of no use then. */
  async #resumeSession(connection: WireConnection): Promise<void> {
    if (this.#token === undefined) return;
    try {
      const answer = await connection.request({ type: 'resume-session', token: this.#token });
      expectAnswer(answer, ['session-resumed']);
    } catch (error) {
      const failure = toHoldfastError(error);
      if (!SESSION_ENDS.includes(failure.code)) throw failure;
      this.#token = undefined;
      this.#events.onSessionLost(failure);
    }
  }

  #report(connection: WireConnection, serverVersion: string): void {
    const online = { kind: 'online', serverVersion, sinceMs: this.#ports.clock.nowMs() } as const;
    this.#events.onState(online);
    connection.onLatency = (latencyMs) => {
      this.#events.onState({ ...online, latencyMs });
    };
    connection.onSilence = (silentMs) => {
      if (silentMs > 0)
        this.#events.onState({ kind: 'offline', problem: problemOf(new HoldfastError('stalled')) });
    };
  }

  #chance(): number {
    const [value] = new Uint32Array(this.#ports.random(new Uint8Array(4)).buffer);
    return (value ?? 0) / 2 ** 32;
  }
}

const heldUnnoticed: OnHeld = () => () => undefined;

/** How long a person's request (signing in, say) waits for a connection before it fails. */
const GIVE_UP_WAITING_MS = 10_000;

function expectAnswer<T extends MessageType>(answer: ServerMessage, types: readonly T[]): Answer<T> {
  const isExpected = (message: ServerMessage): message is Answer<T> =>
    types.some((type) => type === message.type);
  if (isExpected(answer)) return answer;
  throw new HoldfastError('malformed', { detail: `unexpected ${answer.type}` });
}

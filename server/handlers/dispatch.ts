/**
 * From a frame to its answer: decodes, checks who may send what, calls the handler, and turns whatever
 * is thrown into a coded error. The only caller of handlers.
 */
import { HoldfastError, toHoldfastError } from '../../shared/errors.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import { MAX_PAYLOAD_BYTES } from '../../shared/limits.ts';
import { CLIENT_MESSAGES, decodeClientMessage } from '../../shared/wire/messages.ts';
import type { Access, ClientMessage, Received } from '../../shared/wire/messages.ts';
import type { Session } from '../auth/sessions.ts';
import type { Connection } from '../connection/connection.ts';
import { CLOSE } from '../connection/socket.ts';
import type { Log } from '../log.ts';
import type { Answer, Handlers, Services, SessionRequest, WholeMessage } from './handler.ts';

/** The other side breaks the protocol: after the error the connection ends. */
const VIOLATIONS: Partial<Record<ErrorCode, number>> = {
  malformed: CLOSE.protocolError,
  'unknown-kind': CLOSE.protocolError,
  'version-unsupported': CLOSE.protocolError,
  'piece-out-of-order': CLOSE.protocolError,
  'credit-exceeded': CLOSE.policyViolation,
  'too-large': CLOSE.tooLarge,
};

/** By what a message needs, whether a session has it. */
const MAY_SEND: Readonly<Record<Exclude<Access, 'anyone'>, (session: Session) => boolean>> = {
  upload: () => true,
  session: ({ scope }) => scope === 'full',
  admin: ({ scope, role }) => scope === 'full' && role === 'admin',
};

/** Begin no work: always welcome. */
const UNHURRIED = new Set<ClientMessage['type']>(['credit', 'part-size', 'ping']);

const BUSY_RETRY_MS = 1_000;

/** Where the request id stands in a frame. */
const REQUEST_ID_OFFSET = 4;

type AnyHandler = (message: ClientMessage, request: SessionRequest) => Answer | Promise<Answer>;

export class Dispatcher {
  readonly #handlers: Handlers;
  readonly #services: Services;
  readonly #log: Log;
  readonly #working = new Set<Promise<void>>();
  #stopping = false;

  constructor(handlers: Handlers, services: Services, log: Log) {
    this.#handlers = handlers;
    this.#services = services;
    this.#log = log;
  }

  /** Answers one frame, whose memory is borrowed until this returns. Never throws. */
  receive(connection: Connection, frame: Uint8Array): void {
    if (!connection.open) return;
    try {
      const received = this.#assembled(connection, decodeClientMessage(frame));
      if (received === undefined) return;
      this.#checkState(connection, received);
      const answer = this.#handle(connection, received);
      if (answer instanceof Promise) this.#follow(connection, received, answer);
      else if (answer !== undefined) connection.send(answer, received.requestId);
    } catch (error) {
      this.#fail(connection, error, requestIdOf(frame));
    }
  }

  /** Refuses new work from now on; resolves when what was begun has its answer. */
  async drain(): Promise<void> {
    this.#stopping = true;
    while (this.#working.size > 0) await Promise.all(this.#working);
  }

  /** The message itself, or the one that a part completes; undefined for those before it. */
  #assembled(connection: Connection, received: Received<ClientMessage>): Received<WholeMessage> | undefined {
    const { type } = received.message;
    checkGreeting(connection, type);
    if (type === 'part') this.#authorise(connection, type);
    return connection.assemble(received);
  }

  /** Throws `shutting-down`, `too-many-requests`, `server-busy`. */
  #checkState(connection: Connection, received: Received<WholeMessage>): void {
    const { type } = received.message;
    if (UNHURRIED.has(type)) return;
    if (this.#stopping) throw new HoldfastError('shutting-down');
    if (counts(type)) this.#checkRoom(connection, heldBytes(received));
  }

  /** A connection that waits for nothing and takes what it is sent may always ask for something: so all get on. */
  #checkRoom(connection: Connection, bytes: number): void {
    connection.openRequests.checkRoom(bytes);
    if (!connection.isAtRest && !this.#services.memory.hasRoomFor(bytes)) {
      throw new HoldfastError('server-busy', { retryAfterMs: BUSY_RETRY_MS });
    }
  }

  #enter({ openRequests }: Connection, bytes: number): () => void {
    const { memory } = this.#services;
    const leave = openRequests.enter(bytes);
    memory.change(bytes);
    return () => {
      leave();
      memory.change(-bytes);
    };
  }

  #handle(connection: Connection, { message, requestId, payloadBytes }: Received<WholeMessage>) {
    const session = this.#authorise(connection, message.type);
    // Each handler takes its own message and, by the table, a session or none: checked just above.
    const handler = this.#handlers[message.type] as unknown as AnyHandler;
    const request = { services: this.#services, connection, requestId, payloadBytes, session };
    return handler(message, request as SessionRequest);
  }

  /** Throws `not-signed-in`, `session-expired`, `not-allowed`. */
  #authorise(connection: Connection, type: ClientMessage['type']): Session | undefined {
    const { access } = CLIENT_MESSAGES[type];
    if (access === 'anyone') return connection.session;
    const session = this.#liveSession(connection);
    if (!MAY_SEND[access](session)) throw new HoldfastError('not-allowed');
    return session;
  }

  #liveSession(connection: Connection): Session {
    const { session } = connection;
    if (session === undefined) throw new HoldfastError('not-signed-in');
    try {
      this.#services.sessions.use(session);
    } catch (error) {
      connection.changeSession(undefined);
      throw error;
    }
    return session;
  }

  #follow(connection: Connection, received: Received<ClientMessage>, answer: Promise<Answer>): void {
    const { requestId, message } = received;
    const leave = counts(message.type) ? this.#enter(connection, heldBytes(received)) : undefined;
    const settled = answer
      .then((value) => (value === undefined ? undefined : connection.answer(value, requestId)))
      // An answer that can't be written fails here too: nothing may escape and end the process.
      .catch((error: unknown) => {
        this.#fail(connection, error, requestId);
      })
      .finally(() => {
        leave?.();
        this.#working.delete(settled);
      });
    this.#working.add(settled);
  }

  #fail(connection: Connection, cause: unknown, requestId: number): void {
    const error = toHoldfastError(cause);
    this.#logError(connection, error, requestId);
    if (error.code === 'index-damaged') this.#services.onIndexDamage();
    connection.sendError(error, requestId);
    const closeCode = VIOLATIONS[error.code];
    if (closeCode !== undefined) connection.close(closeCode, error.code);
  }

  #logError(connection: Connection, error: HoldfastError, requestId: number): void {
    const { code, detail } = error;
    const fields = { connection: connection.id, requestId, code, detail };
    if (SERVER_FAULTS.has(code)) this.#log.error({ ...fields, err: error.cause }, 'request failed');
    else this.#log.debug(fields, 'request refused');
  }
}

const SERVER_FAULTS = new Set<ErrorCode>([
  'internal',
  'server-busy',
  'index-damaged',
  'storage-failed',
  'storage-full',
  'storage-damaged',
]);

function checkGreeting({ greeted }: Connection, type: ClientMessage['type']): void {
  if (greeted !== (type === 'hello')) return;
  throw new HoldfastError('malformed', { detail: 'hello comes first, and once' });
}

/** Pieces of chunks don't count as requests: credit bounds them. */
function counts(type: ClientMessage['type']): boolean {
  return type !== 'put-piece';
}

/** What a request makes the server hold until it is answered. */
function heldBytes({ message, payloadBytes }: Received<ClientMessage>): number {
  return message.type === 'get-changes' ? MAX_PAYLOAD_BYTES : payloadBytes;
}

function requestIdOf(frame: Uint8Array): number {
  if (frame.length < REQUEST_ID_OFFSET + 4) return 0;
  return new DataView(frame.buffer, frame.byteOffset).getUint32(REQUEST_ID_OFFSET, true);
}

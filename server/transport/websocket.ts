/**
 * WebSockets at /ws: who may open one, and the adapter between uWebSockets.js and connections. A
 * message's memory is lent for the callback alone; it goes on as it is, uncopied.
 */
import uWS from 'uWebSockets.js';
import type { HttpRequest, HttpResponse, TemplatedApp, WebSocket, us_socket_context_t } from 'uWebSockets.js';
import { MAX_FRAME_BYTES } from '../../shared/wire/frame.ts';
import type { Socket } from '../connection/socket.ts';
import { clientAddress } from './client-address.ts';
import { ConnectionLimits } from './connection-limits.ts';
import { isAllowedOrigin } from './origin.ts';

/** What the server does with a connection's events. */
export interface SocketEvents {
  /** `frame` is lent until this returns; empty, and so no frame, for a text message. */
  message(frame: Uint8Array): void;
  drained(): void;
  closed(): void;
}

export interface WebSocketOptions {
  readonly allowedOrigins: readonly string[];
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly trustProxy: boolean;
  readonly isReady: () => boolean;
  readonly onOpen: (socket: Socket, address: string) => SocketEvents;
}

interface UserData {
  readonly address: string;
  events: SocketEvents | undefined;
}

/** A frame slightly too large still gets a coded answer; beyond this uWebSockets.js hangs up. */
const MAX_MESSAGE_BYTES = MAX_FRAME_BYTES + 1_024;
/**
 * A client that lets this much stand doesn't read: it is hung up on. Large frames wait for it, and never
 * take the socket here; only thousands of small ones can.
 */
const MAX_BACKPRESSURE_BYTES = 400_000;
/**
 * A connection that nothing comes on ends after this; half-way uWebSockets.js sends a ping, which a browser answers
 * even when the page's own beat is asleep.
 */
const IDLE_TIMEOUT_SECONDS = 16;
/** What a text message counts as. */
const NOT_A_FRAME = new Uint8Array();

export function serveWebSockets(app: TemplatedApp, options: WebSocketOptions): void {
  const limits = new ConnectionLimits(options.maxConnections, options.maxConnectionsPerAddress);
  app.ws<UserData>('/ws', {
    compression: uWS.DISABLED,
    maxPayloadLength: MAX_MESSAGE_BYTES,
    maxBackpressure: MAX_BACKPRESSURE_BYTES,
    idleTimeout: IDLE_TIMEOUT_SECONDS,
    sendPingsAutomatically: true,
    upgrade: (response, request, context) => {
      upgrade(response, request, context, options, limits);
    },
    open: (ws) => {
      const data = ws.getUserData();
      data.events = options.onOpen(new UwsSocket(ws), data.address);
    },
    message: (ws, message, isBinary) => {
      ws.getUserData().events?.message(isBinary ? new Uint8Array(message) : NOT_A_FRAME);
    },
    drain: (ws) => {
      ws.getUserData().events?.drained();
    },
    close: (ws) => {
      const data = ws.getUserData();
      limits.leave(data.address);
      data.events?.closed();
    },
  });
}

class UwsSocket implements Socket {
  readonly #ws: WebSocket<UserData>;

  constructor(ws: WebSocket<UserData>) {
    this.#ws = ws;
  }

  send(frame: Uint8Array): boolean {
    return this.#ws.send(frame, true) !== DROPPED;
  }

  bufferedBytes(): number {
    return this.#ws.getBufferedAmount();
  }

  close(code: number, reason: string): void {
    this.#ws.end(code, reason);
  }
}

/** What uWebSockets.js answers when it drops a message. */
const DROPPED = 2;

function upgrade(
  response: HttpResponse,
  request: HttpRequest,
  context: us_socket_context_t,
  options: WebSocketOptions,
  limits: ConnectionLimits,
): void {
  const refusal = refusalOf(request, options);
  if (refusal !== undefined) {
    refuse(response, refusal);
    return;
  }
  const address = clientAddress(response, request, options.trustProxy);
  if (!limits.enter(address)) {
    refuse(response, '503 Service Unavailable');
    return;
  }
  response.upgrade<UserData>(
    { address, events: undefined },
    request.getHeader('sec-websocket-key'),
    request.getHeader('sec-websocket-protocol'),
    request.getHeader('sec-websocket-extensions'),
    context,
  );
}

function refusalOf(request: HttpRequest, { allowedOrigins, isReady }: WebSocketOptions): string | undefined {
  if (!isReady()) return '503 Service Unavailable';
  const origin = request.getHeader('origin');
  return isAllowedOrigin(origin, request.getHeader('host'), allowedOrigins) ? undefined : '403 Forbidden';
}

function refuse(response: HttpResponse, status: string): void {
  response.cork(() => {
    response.writeStatus(status).end();
  });
}

/**
 * Calls and events over a WebSocket, in the shape of the Chrome DevTools Protocol:
 * `{ id, method, params }`, an answer of the same id, and messages without one.
 */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { OpenCalls } from './open-calls.ts';
import type { Answer, Result } from './open-calls.ts';

const MAX_MESSAGE_BYTES = 1 << 30;

type Params = Readonly<Record<string, unknown>>;

export interface RpcEvent {
  readonly method: string;
  readonly params: Params;
  /** Of the session that it comes from; absent for the browser's own. */
  readonly sessionId?: string;
}

export interface RpcSocket {
  /** Resolves with the answer's result; rejects with the other side's words. */
  call(method: string, params?: Params, sessionId?: string): Promise<Result>;
  /** Calls `listener` for every event from now on. */
  onEvent(listener: (event: RpcEvent) => void): void;
  close(): void;
}

/** Connects to `url`. Calls that are open when the connection ends reject. */
export async function openRpcSocket(url: string): Promise<RpcSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: MAX_MESSAGE_BYTES });
  await once(socket, 'open');
  const calls = new OpenCalls();
  const listeners: ((event: RpcEvent) => void)[] = [];
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString('utf8')) as Answer | RpcEvent;
    if ('id' in message) calls.settle(message);
    else for (const listener of listeners) listener(message);
  });
  socket.on('error', () => undefined); // a `close` follows
  socket.on('close', () => {
    calls.rejectAll();
  });
  return {
    call: (method, params = {}, sessionId) => {
      if (socket.readyState !== WebSocket.OPEN)
        return Promise.reject(new Error(`The browser is gone: ${method}`));
      const { id, answered } = calls.open(method);
      socket.send(JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }));
      return answered;
    },
    onEvent: (listener) => {
      listeners.push(listener);
    },
    close: () => {
      socket.close();
    },
  };
}

/**
 * Calls and events over a WebSocket, in the shape that the Chrome DevTools Protocol and WebDriver BiDi share:
 * `{ id, method, params }`, an answer of the same id, and messages without one.
 */
import { once } from 'node:events';
import { WebSocket } from 'ws';

type Params = Readonly<Record<string, unknown>>;
type Result = Readonly<Record<string, unknown>>;

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Params;
  readonly result?: Result;
  readonly error?: unknown;
  readonly message?: string;
  readonly sessionId?: string;
}

export interface RpcEvent {
  readonly method: string;
  readonly params: Params;
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
  const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 1 << 30 });
  await once(socket, 'open');
  const open = new Map<number, { resolve: (result: Result) => void; reject: (error: Error) => void }>();
  const listeners: ((event: RpcEvent) => void)[] = [];
  let lastId = 0;
  socket.on('message', (data: Buffer) => {
    const answer = JSON.parse(data.toString('utf8')) as Answer;
    if (answer.id === undefined) {
      const { method = '', params = {} } = answer;
      for (const listener of listeners) listener({ method, params });
      return;
    }
    const call = open.get(answer.id);
    open.delete(answer.id);
    if (answer.error === undefined) call?.resolve(answer.result ?? {});
    else call?.reject(new Error(`${JSON.stringify(answer.error)} ${answer.message ?? ''}`));
  });
  socket.on('error', () => undefined); // a `close` follows
  socket.on('close', () => {
    for (const { reject } of open.values()) reject(new Error('The browser closed the connection.'));
    open.clear();
  });
  return {
    call: (method, params = {}, sessionId) =>
      new Promise((resolve, reject) => {
        if (socket.readyState !== WebSocket.OPEN) {
          reject(new Error(`The browser is gone: ${method}`));
          return;
        }
        const id = ++lastId;
        open.set(id, { resolve, reject });
        socket.send(JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }));
      }),
    onEvent: (listener) => {
      listeners.push(listener);
    },
    close: () => {
      socket.close();
    },
  };
}

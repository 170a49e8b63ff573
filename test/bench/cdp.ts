/**
 * The debugging protocol over a WebSocket, for profiles alone. The network domain stays off: with it a
 * browser reports every frame and makes a transfer ten times slower.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { WebSocket } from 'ws';
import { waitFor } from '../helpers/wait.ts';

export type Params = Readonly<Record<string, unknown>>;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Params;
  readonly result?: Params;
  readonly error?: { readonly message: string };
  readonly sessionId?: string;
}

interface Pending {
  readonly resolve: (result: Params) => void;
  readonly reject: (error: Error) => void;
}

export class Debugger {
  readonly #socket: WebSocket;
  readonly #pending = new Map<number, Pending>();
  readonly #onEvent: (method: string, params: Params) => void;
  #nextId = 1;

  private constructor(socket: WebSocket, onEvent: (method: string, params: Params) => void) {
    this.#socket = socket;
    this.#onEvent = onEvent;
    socket.on('message', (data: Buffer) => {
      this.#receive(JSON.parse(data.toString('utf8')) as Message);
    });
  }

  /** Connects to a Chromium that was started with `--remote-debugging-port=0`. */
  static async connect(
    profileDir: string,
    onEvent: (method: string, params: Params) => void,
  ): Promise<Debugger> {
    const [port = '', pathname = ''] = await waitFor('the debugging port', async () => {
      const text = await readFile(path.join(profileDir, 'DevToolsActivePort'), 'utf8').catch(() => '');
      return text.includes('/devtools/') ? text.split('\n') : undefined;
    });
    const socket = new WebSocket(`ws://127.0.0.1:${port}${pathname}`);
    await new Promise((resolve, reject) => {
      socket.once('open', resolve).once('error', reject);
    });
    return new Debugger(socket, onEvent);
  }

  /** Calls a method of a session, or of the browser. Rejects with what the browser answers instead. */
  async call(method: string, params: Params = {}, sessionId?: string): Promise<Params> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    });
  }

  close(): void {
    this.#socket.close();
  }

  #receive({ id, method, params, result, error }: Message): void {
    if (method !== undefined) this.#onEvent(method, params ?? {});
    if (id !== undefined) this.#settle(id, result ?? {}, error);
  }

  #settle(id: number, result: Params, error: Message['error']): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    if (error === undefined) pending.resolve(result);
    else pending.reject(new Error(error.message));
  }
}

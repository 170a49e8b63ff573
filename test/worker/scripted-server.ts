/** A server that says what a test tells it to say: the other end of connections, over real sockets. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { decodeClientMessage, encodeServerMessage } from '../../shared/wire/messages.ts';
import type { ClientMessage, Received, ServerMessage } from '../../shared/wire/messages.ts';
import { PartAssembler } from '../../shared/wire/parts.ts';
import type { Whole } from '../../shared/wire/parts.ts';
import type { CleanUp } from '../helpers/temp-dir.ts';
import { waitFor } from '../helpers/wait.ts';

export type ClientMessageOf<T extends ClientMessage['type']> = Extract<ClientMessage, { readonly type: T }>;

/** Answers one message of a client; undefined leaves it to the polite default (welcome, pong, nothing). */
export type Script = (message: ClientMessage, requestId: number) => ServerMessage | 'silence' | undefined;

/** The server's end of one connection. */
export class ScriptedConnection {
  /** Whole messages, however they came. */
  readonly received: Received<Whole<ClientMessage>>[] = [];
  /** How many parts have come. */
  parts = 0;
  readonly #socket: WebSocket;
  closed = false;

  constructor(socket: WebSocket, script: Script) {
    this.#socket = socket;
    socket.on('close', () => (this.closed = true));
    socket.on('error', () => undefined); // a close follows
    const assembler = new PartAssembler<ClientMessage>(decodeClientMessage);
    socket.on('message', (data: Buffer) => {
      const frame = decodeClientMessage(Uint8Array.from(data));
      if (frame.message.type === 'part') this.parts++;
      const received = assembler.take(frame);
      if (received === undefined) return;
      this.received.push(received);
      const { message, requestId } = received;
      const answer = script(message, requestId) ?? politeAnswer(message);
      if (answer !== 'silence') this.send(answer, requestId);
    });
  }

  send(message: ServerMessage, requestId = 0): void {
    this.#socket.send(encodeServerMessage(message, requestId));
  }

  /** Anything that is no message; a string goes as a text frame. */
  sendRaw(data: Uint8Array | string): void {
    this.#socket.send(data);
  }

  /** Ends the connection as a failing network does. */
  drop(): void {
    this.#socket.terminate();
  }

  messagesOf<T extends ClientMessage['type']>(type: T): ClientMessageOf<T>[] {
    return this.received.map(({ message }) => message).filter((message) => isOfType(message, type));
  }

  /** The message number `index` of a type, as soon as it is there. */
  async message<T extends ClientMessage['type']>(type: T, index = 0): Promise<Received<ClientMessageOf<T>>> {
    return waitFor(`${type} ${index}`, () => {
      const received = this.received.filter(({ message }) => isOfType(message, type));
      return received[index] as Received<ClientMessageOf<T>> | undefined;
    });
  }

  async whenClosed(): Promise<void> {
    await waitFor('the client to close', () => (this.closed ? true : undefined));
  }
}

export interface ScriptedServer {
  readonly url: string;
  readonly connections: readonly ScriptedConnection[];
  /** The connection number `index`, as soon as it is there. */
  connection(index?: number): Promise<ScriptedConnection>;
  /** Stops listening; connections stay. */
  stopListening(): Promise<void>;
}

/** Listens on a free port until the test ends. */
export async function startScriptedServer(
  test: CleanUp,
  script: Script = () => undefined,
): Promise<ScriptedServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  const connections: ScriptedConnection[] = [];
  server.on('connection', (socket) => connections.push(new ScriptedConnection(socket, script)));
  await once(server, 'listening');
  const stopListening = async (): Promise<void> => {
    if (server.address() === null) return;
    await new Promise((resolve) => {
      server.close(resolve);
      // `close` waits for connections that a test wants to keep: what matters is that no new one comes.
      resolve(undefined);
    });
  };
  test.after(async () => {
    for (const connection of connections) connection.drop();
    await stopListening();
  });
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`,
    connections,
    connection: async (index = 0) => waitFor(`connection ${index}`, () => connections[index]),
    stopListening,
  };
}

function politeAnswer(message: ClientMessage): ServerMessage | 'silence' {
  if (message.type === 'hello') {
    const uploadCreditBytes = 1024 * 1024;
    return { type: 'welcome', uploadCreditBytes, serverTimeMs: 0, serverVersion: '1.2.3' };
  }
  return message.type === 'ping' ? { type: 'pong' } : 'silence';
}

function isOfType<T extends ClientMessage['type']>(
  message: ClientMessage,
  type: T,
): message is ClientMessageOf<T> {
  return message.type === type;
}

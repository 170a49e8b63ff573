/**
 * Someone between client and server who understands the wire: sees every message whole, and may pass it on, change
 * it, leave it out, or say something else. Keeps to both sides' flow control, so that what is noticed is the lie.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { decodeClientMessage, decodeServerMessage, encodeClientMessage } from '../../shared/wire/messages.ts';
import type { ClientMessage, ServerMessage } from '../../shared/wire/messages.ts';
import { PartAssembler } from '../../shared/wire/parts.ts';
import type { Whole } from '../../shared/wire/parts.ts';
import { ClientPace } from './client-pace.ts';
import type { CleanUp } from './temp-dir.ts';

/** What the server may have under way to the proxy. */
const HELD_BYTES = 32 * 1024 * 1024;

export type FromClient = Whole<ClientMessage>;
export type FromServer = Whole<ServerMessage>;

/** One client's connection, from its middle. */
export interface Line {
  toServer(message: FromClient, requestId: number): void;
  toClient(message: FromServer, requestId: number): void;
  /** Anything, at once, whatever the client's flow control says; a string goes as a text frame. */
  rawToClient(data: Uint8Array | string): void;
  /** Ends it for both. */
  drop(): void;
}

/** Takes what one side says. What isn't here passes as it is. */
export interface Between {
  readonly fromClient?: (message: FromClient, requestId: number, line: Line) => void;
  readonly fromServer?: (message: FromServer, requestId: number, line: Line) => void;
}

export interface WireProxy {
  /** `http://localhost:PORT`: what an engine connects to instead of the server's address. */
  readonly url: string;
  /** How many connections there have been. */
  connections(): number;
  /** From now on; `{}` passes everything. */
  use(between: Between): void;
  /** To every client that is connected. */
  toAll(say: (line: Line) => void): void;
}

/** Starts a proxy in front of `targetUrl` that passes everything. It is closed when the test ends. */
export async function startWireProxy(test: CleanUp, targetUrl: string): Promise<WireProxy> {
  let between: Between = {};
  let connections = 0;
  const lines = new Set<Line>();
  const listening = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  listening.on('connection', (client) => {
    connections += 1;
    const line = relay(client, targetUrl, () => between);
    lines.add(line);
    client.on('close', () => lines.delete(line));
  });
  await once(listening, 'listening');
  test.after(async () => {
    for (const client of listening.clients) client.terminate();
    listening.close();
    await once(listening, 'close');
  });
  return {
    url: `http://localhost:${(listening.address() as AddressInfo).port}`,
    connections: () => connections,
    use: (next) => {
      between = next;
    },
    toAll: (say) => {
      for (const line of lines) say(line);
    },
  };
}

function relay(client: WebSocket, targetUrl: string, between: () => Between): Line {
  const server = new WebSocket(`${targetUrl.replace(/^http/, 'ws')}/ws`, { origin: targetUrl });
  const line = lineOf(client, server);
  const pace = line.pace;
  const early: (() => void)[] = [];
  const fromClient = new PartAssembler<ClientMessage>(decodeClientMessage);
  const fromServer = new PartAssembler<ServerMessage>(decodeServerMessage);

  client.on('message', (frame: Buffer) => {
    const received = fromClient.take(decodeClientMessage(Uint8Array.from(frame)));
    if (received === undefined) return;
    const { message, requestId } = received;
    pace.hear(message);
    // The proxy takes whole messages, and grants for itself.
    if (message.type === 'part-size' || message.type === 'credit') return;
    const pass = (): void => {
      const hook = between().fromClient;
      if (hook === undefined) line.toServer(message, requestId);
      else hook(message, requestId, line);
    };
    if (server.readyState === WebSocket.CONNECTING) early.push(pass);
    else pass();
  });
  server.on('open', () => {
    for (const pass of early) pass();
  });
  server.on('message', (frame: Buffer) => {
    const received = fromServer.take(decodeServerMessage(Uint8Array.from(frame)));
    if (received === undefined) return;
    const { message, requestId, payloadBytes } = received;
    if (message.type === 'piece') line.toServer({ type: 'credit', bytes: payloadBytes }, 0);
    const hook = between().fromServer;
    if (hook === undefined) line.toClient(message, requestId);
    else hook(message, requestId, line);
  });
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const) {
    from.on('close', () => {
      to.terminate();
    });
    from.on('error', () => undefined); // a `close` follows
  }
  return line;
}

function lineOf(client: WebSocket, server: WebSocket): Line & { readonly pace: ClientPace } {
  const pace = new ClientPace((frame) => {
    client.send(frame);
  });
  return {
    pace,
    toServer: (message, requestId) => {
      const whole = message.type === 'hello' ? { ...message, downloadCreditBytes: HELD_BYTES } : message;
      if (server.readyState === WebSocket.OPEN) server.send(encodeClientMessage(whole, requestId));
    },
    toClient: (message, requestId) => {
      pace.send(message, requestId);
    },
    rawToClient: (data) => {
      client.send(data);
    },
    drop: () => {
      client.terminate();
    },
  };
}

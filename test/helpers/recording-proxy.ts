/**
 * What a server, or whoever reads its traffic, sees: a proxy in front of it that passes HTTP and WebSocket
 * messages on and writes every byte of both directions to files, for a search for plaintext.
 */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { WriteStream } from 'node:fs';
import http from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { WebSocket, WebSocketServer } from 'ws';
import type { CleanUp } from './temp-dir.ts';

export interface RecordingProxy {
  /** `http://localhost:PORT`: open this instead of the server's address. */
  readonly url: string;
  /** What browsers sent: request lines, headers and bodies, and WebSocket messages. */
  readonly upFile: string;
  /** What the server sent. */
  readonly downFile: string;
  /** WebSocket bytes so far, each way. */
  counts(): { readonly upBytes: number; readonly downBytes: number };
  /** Ends every open WebSocket, as a network does that fails; new ones may be opened. */
  dropConnections(): void;
  /** Until `resume`, no WebSocket message goes either way and no connection is closed. */
  stall(): void;
  resume(): void;
  /** Resolves when all that was recorded is in the files. */
  flush(): Promise<void>;
}

/** Starts a proxy in front of `targetUrl` that records into `folder`. It is closed when the test ends. */
export async function startRecordingProxy(
  test: CleanUp,
  targetUrl: string,
  folder: string,
): Promise<RecordingProxy> {
  const upFile = path.join(folder, 'up.bin');
  const downFile = path.join(folder, 'down.bin');
  const up = createWriteStream(upFile);
  const down = createWriteStream(downFile);
  const bytes = { up: 0, down: 0 };
  const sockets = new Set<WebSocket>();
  let stalled = false;

  const server = http.createServer((request, response) => {
    forwardHttp(targetUrl, request, response, up, down);
  });
  const webSockets = new WebSocketServer({ server });
  webSockets.on('connection', (client, request) => {
    recordHead(up, request);
    const upstream = new WebSocket(targetUrl.replace(/^http/, 'ws') + (request.url ?? '/'), {
      headers: { origin: targetUrl },
      perMessageDeflate: false,
    });
    relay(client, upstream, (message) => {
      bytes.up += message.length;
      up.write(message);
    });
    relay(upstream, client, (message) => {
      bytes.down += message.length;
      down.write(message);
    });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      if (stalled) socket.pause();
    }
  });

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const dropConnections = (): void => {
    for (const socket of sockets) socket.terminate();
  };
  test.after(async () => {
    dropConnections();
    server.closeAllConnections();
    server.close();
    await Promise.all([once(server, 'close'), once(up.end(), 'close'), once(down.end(), 'close')]);
  });
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    upFile,
    downFile,
    counts: () => ({ upBytes: bytes.up, downBytes: bytes.down }),
    dropConnections,
    stall: () => {
      stalled = true;
      for (const socket of sockets) socket.pause();
    },
    resume: () => {
      stalled = false;
      for (const socket of sockets) socket.resume();
    },
    flush: async () => {
      await Promise.all([flushed(up), flushed(down)]);
    },
  };
}

/** Passes messages of `from` on to `to`, and its end too. */
function relay(from: WebSocket, to: WebSocket, record: (message: Buffer) => void): void {
  const early: (() => void)[] = [];
  from.on('message', (data, isBinary) => {
    const message = data as Buffer;
    record(message);
    const send = (): void => {
      to.send(message, { binary: isBinary });
    };
    if (to.readyState === WebSocket.CONNECTING) early.push(send);
    else send();
  });
  to.on('open', () => {
    for (const send of early) send();
  });
  from.on('close', () => {
    to.close();
  });
  from.on('error', () => {
    to.terminate();
  });
}

function forwardHttp(
  targetUrl: string,
  request: IncomingMessage,
  response: http.ServerResponse,
  up: WriteStream,
  down: WriteStream,
): void {
  recordHead(up, request);
  const { method = 'GET', headers } = request;
  const forwarded = http.request(new URL(request.url ?? '/', targetUrl), { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    down.write(JSON.stringify(answer.headers));
    answer.on('data', (part: Buffer) => down.write(part));
    answer.pipe(response);
  });
  forwarded.on('error', () => {
    response.destroy();
  });
  request.on('data', (part: Buffer) => up.write(part));
  request.pipe(forwarded);
}

function recordHead(up: WriteStream, request: IncomingMessage): void {
  up.write(`${request.method ?? ''} ${request.url ?? ''}\n${request.rawHeaders.join('\n')}\n`);
}

function flushed(stream: WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => {
      resolve();
    });
  });
}

/**
 * A server that lies, or whoever sits in front of one: a proxy that understands the wire and may change which
 * chunks are asked for and what pieces come back. It gives wrong pieces right checksums, as a liar would.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import type { ChunkId } from '../../shared/ids.ts';
import {
  decodeClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  encodeServerMessage,
} from '../../shared/wire/messages.ts';
import type { ClientMessage, ServerMessage } from '../../shared/wire/messages.ts';
import type { CleanUp } from './temp-dir.ts';

/** Of chunks that are held back at one time. */
const HELD_BYTES = 32 * 1024 * 1024;

type PieceMessage = Extract<ServerMessage, { readonly type: 'piece' }>;

/** What the client gets for a chunk. */
export type ChunkAnswer = readonly ServerMessage[];

export interface Lies {
  /** Which chunk the server is asked for when the client asks for `chunkId`. */
  readonly instead?: (chunkId: ChunkId) => ChunkId;
  /** What the client gets when the server answered with `pieces` for `chunkId`. */
  readonly answer?: (chunkId: ChunkId, pieces: readonly PieceMessage[]) => ChunkAnswer;
}

export interface LyingProxy {
  /** `http://localhost:PORT`: what an engine connects to instead of the server's address. */
  readonly url: string;
  /** The chunks that were asked for since this was last emptied, in order. */
  readonly asked: ChunkId[];
  /** From the next request on; `{}` is the truth. */
  tell(lies: Lies): void;
}

/** Starts a proxy in front of `targetUrl` that tells the truth at first. It is closed when the test ends. */
export async function startLyingProxy(test: CleanUp, targetUrl: string): Promise<LyingProxy> {
  const asked: ChunkId[] = [];
  let lies: Lies = {};
  const webSockets = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  webSockets.on('connection', (client) => {
    relay(client, targetUrl, asked, () => lies);
  });
  await once(webSockets, 'listening');
  test.after(async () => {
    for (const client of webSockets.clients) client.terminate();
    webSockets.close();
    await once(webSockets, 'close');
  });
  return {
    url: `http://localhost:${(webSockets.address() as AddressInfo).port}`,
    asked,
    tell: (next) => {
      lies = next;
    },
  };
}

function relay(client: WebSocket, targetUrl: string, asked: ChunkId[], lies: () => Lies): void {
  const server = new WebSocket(`${targetUrl.replace(/^http/, 'ws')}/ws`, { origin: targetUrl });
  const early: Buffer[] = [];
  const open = new Map<number, { readonly chunkId: ChunkId; readonly pieces: PieceMessage[] }>();
  const ask = (frame: Buffer): Uint8Array | undefined => {
    const { message, requestId } = decodeClientMessage(frame);
    // Chunks are held back until they are whole: the server must be let send so much, in whole pieces.
    if (message.type === 'part-size') return undefined;
    if (message.type === 'hello')
      return encodeClientMessage({ ...message, downloadCreditBytes: HELD_BYTES }, requestId);
    if (message.type !== 'get-chunk') return frame;
    asked.push(message.chunkId);
    open.set(requestId, { chunkId: message.chunkId, pieces: [] });
    const chunkId = lies().instead?.(message.chunkId) ?? message.chunkId;
    return encodeClientMessage({ ...message, chunkId } satisfies ClientMessage, requestId);
  };
  const answer = (frame: Buffer): readonly Uint8Array[] => {
    const { message, requestId } = decodeServerMessage(frame);
    const chunk = open.get(requestId);
    if (message.type !== 'piece' || chunk === undefined) return [frame];
    chunk.pieces.push(message);
    if (!message.last) return [];
    open.delete(requestId);
    const told = lies().answer?.(chunk.chunkId, chunk.pieces) ?? chunk.pieces;
    return told.map((each) => encodeServerMessage(each, requestId));
  };
  const forward = (frame: Buffer): void => {
    const asked = ask(frame);
    if (asked !== undefined) server.send(asked);
  };
  client.on('message', (frame: Buffer) => {
    if (server.readyState === WebSocket.CONNECTING) early.push(frame);
    else forward(frame);
  });
  server.on('open', () => {
    for (const frame of early) forward(frame);
  });
  server.on('message', (frame: Buffer) => {
    for (const told of answer(frame)) client.send(told);
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
}

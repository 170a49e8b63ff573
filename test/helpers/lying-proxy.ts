/**
 * A server that lies, or whoever sits in front of one: a proxy that understands the wire and may change which
 * chunks are asked for and what pieces come back. It gives wrong pieces right checksums, as a liar would.
 */
import type { ChunkId } from '../../shared/ids.ts';
import type { ServerMessage } from '../../shared/wire/messages.ts';
import type { CleanUp } from './temp-dir.ts';
import { startWireProxy } from './wire-proxy.ts';
import type { Between, FromServer, Line } from './wire-proxy.ts';

type PieceMessage = Extract<ServerMessage, { readonly type: 'piece' }>;

interface OpenChunk {
  readonly chunkId: ChunkId;
  readonly pieces: PieceMessage[];
}

/** What the client gets for a chunk. */
export type ChunkAnswer = readonly FromServer[];

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
  /** The chunks seen so far that came in several pieces: of a single one, a lie may leave nothing to answer with. */
  readonly ofSeveralPieces: ReadonlySet<ChunkId>;
  /** From the next request on; `{}` is the truth. */
  tell(lies: Lies): void;
}

/** Starts a proxy in front of `targetUrl` that tells the truth at first. It is closed when the test ends. */
export async function startLyingProxy(test: CleanUp, targetUrl: string): Promise<LyingProxy> {
  const proxy = await startWireProxy(test, targetUrl);
  const asked: ChunkId[] = [];
  const ofSeveralPieces = new Set<ChunkId>();
  let lies: Lies = {};
  proxy.use(liar(asked, ofSeveralPieces, () => lies));
  return {
    url: proxy.url,
    asked,
    ofSeveralPieces,
    tell: (next) => {
      lies = next;
    },
  };
}

/** Chunks are held back until they are whole. */
function liar(asked: ChunkId[], ofSeveralPieces: Set<ChunkId>, lies: () => Lies): Between {
  const open = new WeakMap<Line, Map<number, OpenChunk>>();
  return {
    fromClient: (message, requestId, line) => {
      if (message.type !== 'get-chunk') {
        line.toServer(message, requestId);
        return;
      }
      const { chunkId } = message;
      asked.push(chunkId);
      const chunks = open.get(line) ?? new Map<number, OpenChunk>();
      open.set(line, chunks.set(requestId, { chunkId, pieces: [] }));
      line.toServer({ type: 'get-chunk', chunkId: lies().instead?.(chunkId) ?? chunkId }, requestId);
    },
    fromServer: (message, requestId, line) => {
      const chunk = open.get(line)?.get(requestId);
      if (chunk === undefined || message.type !== 'piece') {
        line.toClient(message, requestId);
        return;
      }
      chunk.pieces.push(message);
      if (!message.last) {
        ofSeveralPieces.add(chunk.chunkId);
        return;
      }
      for (const each of told(chunk, lies())) line.toClient(each, requestId);
    },
  };
}

function told({ chunkId, pieces }: OpenChunk, lies: Lies): ChunkAnswer {
  return lies.answer?.(chunkId, pieces) ?? pieces;
}

/** A client that speaks the message table over a real WebSocket, for tests of the server. */
import { createHash, randomBytes } from 'node:crypto';
import { checksum } from '../../server/checksum.ts';
import { WebSocket } from 'ws';
import type { ChunkId, RefPageId, SnapshotId } from '../../shared/ids.ts';
import { decodeServerMessage, encodeClientMessage } from '../../shared/wire/messages.ts';
import type { ClientMessage, Received, ServerMessage } from '../../shared/wire/messages.ts';

type ServerMessageType = ServerMessage['type'];
export type ServerMessageOf<T extends ServerMessageType> = Extract<ServerMessage, { readonly type: T }>;
type Frame = Received<ServerMessage>;

const ANSWER_LIMIT_MS = 20_000;

export interface ConnectOptions {
  readonly origin?: string;
  readonly headers?: Record<string, string>;
  readonly downloadCreditBytes?: number;
  /** Sees every frame that goes out. */
  readonly onSend?: (frame: Uint8Array) => void;
}

export class WireClient {
  readonly socket: WebSocket;
  /** Frames that nobody has waited for yet, in the order of their coming. */
  readonly inbox: Frame[] = [];
  /** The close code, once the connection is closed. */
  closeCode: number | undefined;
  uploadCreditBytes = 0;
  #nextRequestId = 1;
  readonly #waiting: { readonly wants: (frame: Frame) => boolean; readonly take: (frame: Frame) => void }[] =
    [];
  readonly #closed: Promise<number>;

  readonly #onSend: (frame: Uint8Array) => void;

  private constructor(socket: WebSocket, onSend: (frame: Uint8Array) => void = () => undefined) {
    this.socket = socket;
    this.#onSend = onSend;
    socket.on('message', (data: Buffer) => {
      this.#receive(decodeServerMessage(Uint8Array.from(data)));
    });
    this.#closed = new Promise((resolve) => {
      socket.on('close', (code) => {
        this.closeCode = code;
        resolve(code);
      });
    });
    socket.on('error', () => undefined); // a close follows
  }

  /** An open connection that has not said hello. */
  static async open(
    port: number,
    { origin, headers = {}, onSend }: ConnectOptions = {},
  ): Promise<WireClient> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { origin, headers, perMessageDeflate: false });
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return new WireClient(socket, onSend);
  }

  /** A connection that the server has welcomed. */
  static async connect(port: number, options: ConnectOptions = {}): Promise<WireClient> {
    const client = await WireClient.open(port, options);
    const { downloadCreditBytes = 32 * 1024 * 1024 } = options;
    const welcome = await client.expect('welcome', { type: 'hello', downloadCreditBytes });
    client.uploadCreditBytes = welcome.uploadCreditBytes;
    return client;
  }

  nextRequestId(): number {
    return this.#nextRequestId++;
  }

  send(message: ClientMessage, requestId = this.nextRequestId()): number {
    this.sendBytes(encodeClientMessage(message, requestId));
    return requestId;
  }

  sendBytes(bytes: Uint8Array): void {
    this.#onSend(bytes);
    this.socket.send(bytes);
  }

  /** The first frame, come already or to come, that `wants` wants. */
  take(wants: (frame: Frame) => boolean): Promise<Frame> {
    const place = this.inbox.findIndex(wants);
    const [found] = place === -1 ? [] : this.inbox.splice(place, 1);
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`no answer; got ${JSON.stringify(this.inbox.map(({ message }) => message.type))}`));
      }, ANSWER_LIMIT_MS);
      const take = (frame: Frame) => {
        clearTimeout(timer);
        resolve(frame);
      };
      this.#waiting.push({ wants, take });
      void this.#closed.then((code) => {
        clearTimeout(timer);
        reject(new Error(`closed with ${code}`));
      });
    });
  }

  /** The answer to `message`, whatever it is. */
  async ask(message: ClientMessage): Promise<ServerMessage> {
    const requestId = this.send(message);
    return (await this.take((frame) => frame.requestId === requestId)).message;
  }

  /** The answer to `message`, which must be of type `type`. */
  async expect<T extends ServerMessageType>(type: T, message: ClientMessage): Promise<ServerMessageOf<T>> {
    const answer = await this.ask(message);
    if (answer.type !== type) throw new Error(`expected ${type}, got ${JSON.stringify(answer)}`);
    return answer as ServerMessageOf<T>;
  }

  /** The code of the error that answers `message`. */
  async expectError(message: ClientMessage): Promise<string> {
    return (await this.expect('error', message)).code;
  }

  /** The next frame of this type that nobody has taken. */
  async next<T extends ServerMessageType>(type: T): Promise<ServerMessageOf<T>> {
    const frame = await this.take(({ message }) => message.type === type);
    return frame.message as ServerMessageOf<T>;
  }

  /** Sends a chunk's pieces and gives the answer; credit is not watched. */
  async putChunk(chunk: TestChunk): Promise<ServerMessage> {
    const requestId = this.nextRequestId();
    for (const message of putPieces(chunk)) this.send(message, requestId);
    return (await this.take((frame) => frame.requestId === requestId)).message;
  }

  /** A chunk's pieces as they come. Throws the code of an error. */
  async getChunk(chunkId: ChunkId): Promise<Uint8Array[]> {
    const requestId = this.send({ type: 'get-chunk', chunkId });
    const pieces: Uint8Array[] = [];
    for (;;) {
      const { message, payloadBytes } = await this.take((frame) => frame.requestId === requestId);
      const piece = soundPiece(message, pieces.length);
      pieces.push(piece.sealed);
      this.send({ type: 'credit', bytes: payloadBytes }, 0);
      if (piece.last) return pieces;
    }
  }

  /** The close code when the server has closed. */
  closed(): Promise<number> {
    return this.#closed;
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.#closed;
  }

  #receive(frame: Frame): void {
    const place = this.#waiting.findIndex(({ wants }) => wants(frame));
    const [waiter] = place === -1 ? [] : this.#waiting.splice(place, 1);
    if (waiter === undefined) this.inbox.push(frame);
    else waiter.take(frame);
  }
}

/** The piece that `message` is. Throws an error's code, and if it isn't the piece that was due. */
function soundPiece(message: ServerMessage, index: number): ServerMessageOf<'piece'> {
  if (message.type === 'error') throw new Error(message.code);
  if (message.type !== 'piece') throw new Error(`not a piece: ${message.type}`);
  if (message.index !== index || checksum(message.sealed) !== message.checksum) throw new Error('bad piece');
  return message;
}

/** Random bytes in place of a sealed chunk: the server can't tell the difference. */
export interface TestChunk {
  readonly chunkId: ChunkId;
  readonly pieces: readonly Uint8Array[];
}

export function randomChunk(...pieceBytes: readonly number[]): TestChunk {
  return { chunkId: randomHex<ChunkId>(32), pieces: pieceBytes.map((length) => randomBytes(length)) };
}

export type PutPiece = Extract<ClientMessage, { readonly type: 'put-piece' }>;

export function putPieces({ chunkId, pieces }: TestChunk): PutPiece[] {
  return pieces.map((sealed, index) => ({
    type: 'put-piece',
    chunkId,
    index,
    last: index === pieces.length - 1,
    checksum: checksum(sealed),
    sealed,
  }));
}

/** A page of references as the server wants it. */
export function refPage(chunkIds: readonly ChunkId[]): {
  readonly pageId: RefPageId;
  readonly chunkIds: ChunkId[];
} {
  const sorted = [...new Set(chunkIds)].sort();
  const pageId = createHash('sha256')
    .update(Buffer.from(sorted.join(''), 'hex'))
    .digest('hex') as RefPageId;
  return { pageId, chunkIds: sorted };
}

/** The ids that lie one after another in a packed field. */
export function unpackIds<T extends string>(packed: Uint8Array): T[] {
  return (Buffer.from(packed).toString('hex').match(/.{64}/g) ?? []) as T[];
}

export function randomSnapshotId(): SnapshotId {
  return randomHex<SnapshotId>(16);
}

export function randomHex<T extends string>(bytes: number): T {
  return randomBytes(bytes).toString('hex') as T;
}

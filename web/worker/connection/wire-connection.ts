/**
 * One live connection (PROTOCOL.md): requests and their answers, pieces under credit, heartbeat. It never
 * reconnects; when it is over, everything that waits on it is rejected with the reason.
 */
import { ownBytes } from '../../../shared/bytes.ts';
import { HoldfastError, isErrorCode, toHoldfastError } from '../../../shared/errors.ts';
import type { ChunkId } from '../../../shared/ids.ts';
import { decodeServerMessage, encodeClientMessage } from '../../../shared/wire/messages.ts';
import type { ClientMessage, Received, ServerMessage } from '../../../shared/wire/messages.ts';
import type { Checksum } from '../../../shared/checksum.ts';
import type { Clock, OpenSocket, Socket } from '../ports.ts';
import { Turns } from '../jobs/turns.ts';
import { Credit } from './credit.ts';

/** Download credit: what may be on its way to us, and so in memory. */
const DOWNLOAD_WINDOW_BYTES = 8 * 1024 * 1024;
/** Credit is given back in steps of this size, to spare messages. */
const CREDIT_STEP_BYTES = 1024 * 1024;

/** Fields of `put-piece` before its sealed bytes: chunk id, index, last, checksum. */
const PIECE_FIELDS_BYTES = 32 + 2 + 1 + 4;

/** Two beats, timers' lateness included, take less than the two seconds in which a person hears of a silence. */
const HEARTBEAT_MS = 800;
const WORTH_SAYING_MS = 1_500;
/** Silence after which a connection is given up although nothing closed it. */
const GIVE_UP_MS = 15_000;
const CONNECT_TIMEOUT_MS = 10_000;

export interface Piece {
  readonly index: number;
  readonly last: boolean;
  readonly checksum: number;
  readonly sealed: Uint8Array<ArrayBuffer>;
}

export interface ConnectionPorts {
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  readonly checksum: Checksum;
}

export interface Welcome {
  readonly serverVersion: string;
}

type Handler = (received: Received<ServerMessage>) => 'done' | 'more';
interface Pending {
  readonly handle: Handler;
  readonly reject: (reason: unknown) => void;
}

export class WireConnection {
  readonly uploadCredit = new Credit();
  /** Settles with the reason when the connection is over. */
  readonly closed: Promise<HoldfastError>;
  /** What the server says without being asked. */
  onPush: (message: ServerMessage) => void = () => undefined;
  onLatency: (latencyMs: number) => void = () => undefined;
  /** Called with how long the server has been silent once that is worth saying, then with 0. */
  onSilence: (silentMs: number) => void = () => undefined;

  readonly #socket: Socket;
  readonly #ports: ConnectionPorts;
  readonly #pending = new Map<number, Pending>();
  /** One chunk after another: the server takes no two at once (PROTOCOL.md, Uploading a chunk). */
  readonly #uploads = new Turns();
  readonly #life = new AbortController();
  readonly #opened: Promise<void>;
  #resolveOpened: () => void = () => undefined;
  #resolveClosed: (reason: HoldfastError) => void = () => undefined;
  #nextRequestId = 1;
  #usedDownloadBytes = 0;
  #lastHeardAtMs: number;

  private constructor(url: string, ports: ConnectionPorts) {
    this.#ports = ports;
    this.#lastHeardAtMs = ports.clock.nowMs();
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
    this.#opened = new Promise((resolve) => (this.#resolveOpened = resolve));
    this.#socket = ports.openSocket(url, {
      onOpen: this.#resolveOpened,
      onMessage: (data) => {
        if (this.isOpen) this.#receive(data);
      },
      onClose: () => {
        this.close(new HoldfastError('offline'));
      },
    });
  }

  /** Connects and greets. Throws `offline`, `version-unsupported`. */
  static async open(
    url: string,
    ports: ConnectionPorts,
  ): Promise<{ connection: WireConnection; welcome: Welcome }> {
    const connection = new WireConnection(url, ports);
    try {
      const { serverVersion } = await connection.#greet();
      void connection.#beat();
      return { connection, welcome: { serverVersion } };
    } catch (error) {
      connection.close(toHoldfastError(error));
      throw error;
    }
  }

  get isOpen(): boolean {
    return !this.#life.signal.aborted;
  }

  /** Sends a request and gives its one answer. Throws the coded error that the server answers with. */
  async request(message: ClientMessage): Promise<ServerMessage> {
    return new Promise((resolve, reject) => {
      this.#ask(message, reject, ({ message: answer }) => {
        resolve(answer);
        return 'done';
      });
    });
  }

  /** All sealed pieces of a chunk, checked against damage on the way. Throws `chunk-missing`, `checksum-mismatch`. */
  async getChunk(chunkId: ChunkId): Promise<Uint8Array<ArrayBuffer>[]> {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    return new Promise((resolve, reject) => {
      this.#ask({ type: 'get-chunk', chunkId }, reject, ({ message }) => {
        if (message.type !== 'piece') throw unexpected(message);
        if (message.index !== pieces.length) throw new HoldfastError('piece-out-of-order');
        if (this.#ports.checksum(message.sealed) !== message.checksum)
          throw new HoldfastError('checksum-mismatch');
        pieces.push(ownBytes(message.sealed));
        if (!message.last) return 'more';
        resolve(pieces);
        return 'done';
      });
    });
  }

  /**
   * Sends a chunk's pieces as credit allows. `sent` resolves to the payload bytes once all are out,
   * `stored` when the server has the chunk for good; both reject with the server's coded error.
   */
  putChunk(chunkId: ChunkId, pieces: readonly Piece[]): { sent: Promise<number>; stored: Promise<void> } {
    const requestId = this.#nextRequestId++;
    const stored = new Promise<void>((resolve, reject) => {
      this.#expect(requestId, reject, ({ message }) => {
        if (message.type !== 'chunk-stored') throw unexpected(message);
        resolve();
        return 'done';
      });
    });
    // Whoever waits for `sent` first must not leave this rejection unhandled meanwhile.
    stored.catch(() => undefined);
    const sent = this.#uploads.run(async () => this.#sendPieces(requestId, chunkId, pieces));
    return { sent, stored };
  }

  close(reason: HoldfastError): void {
    if (!this.isOpen) return;
    this.#life.abort(reason);
    this.#socket.close();
    this.uploadCredit.fail(reason);
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
    this.#resolveClosed(reason);
  }

  async #greet(): Promise<Extract<ServerMessage, { type: 'welcome' }>> {
    const greeted = new AbortController();
    this.#closeAfter(CONNECT_TIMEOUT_MS, greeted.signal);
    try {
      await Promise.race([this.#opened, this.closed]);
      const welcome = await this.request({ type: 'hello', downloadCreditBytes: DOWNLOAD_WINDOW_BYTES });
      if (welcome.type !== 'welcome') throw unexpected(welcome);
      this.uploadCredit.grant(welcome.uploadCreditBytes);
      return welcome;
    } finally {
      greeted.abort();
    }
  }

  #closeAfter(timeoutMs: number, unless: AbortSignal): void {
    this.#ports.clock.sleep(timeoutMs, unless).then(
      () => {
        this.close(new HoldfastError('offline', { detail: 'no answer in time' }));
      },
      // It answered in time.
      () => undefined,
    );
  }

  #ask(message: ClientMessage, reject: (reason: unknown) => void, handle: Handler): void {
    if (!this.isOpen) {
      reject(this.#life.signal.reason);
      return;
    }
    const requestId = this.#nextRequestId++;
    this.#expect(requestId, reject, handle);
    this.#socket.send(encodeClientMessage(message, requestId, this.#socket.frame()));
  }

  #expect(requestId: number, reject: (reason: unknown) => void, handle: Handler): void {
    this.#pending.set(requestId, { handle, reject });
  }

  async #sendPieces(requestId: number, chunkId: ChunkId, pieces: readonly Piece[]): Promise<number> {
    let sentBytes = 0;
    for (const piece of pieces) {
      const payloadBytes = PIECE_FIELDS_BYTES + piece.sealed.length;
      await this.uploadCredit.take(payloadBytes);
      // The server may have answered already, that it has the chunk or that it refuses it.
      if (!this.#pending.has(requestId)) {
        this.uploadCredit.grant(payloadBytes);
        break;
      }
      const message: ClientMessage = { type: 'put-piece', chunkId, ...piece };
      this.#socket.send(encodeClientMessage(message, requestId, this.#socket.frame()));
      sentBytes += payloadBytes;
    }
    return sentBytes;
  }

  #receive(data: unknown): void {
    this.#lastHeardAtMs = this.#ports.clock.nowMs();
    try {
      if (!(data instanceof ArrayBuffer)) throw new HoldfastError('malformed', { detail: 'text frame' });
      this.#dispatch(decodeServerMessage(new Uint8Array(data)));
    } catch (error) {
      this.close(toHoldfastError(error));
    }
  }

  #dispatch(received: Received<ServerMessage>): void {
    const { message, requestId, payloadBytes } = received;
    if (message.type === 'credit') this.uploadCredit.grant(message.bytes);
    else if (requestId !== 0) this.#answer(received);
    else if (message.type === 'error') throw errorOf(message);
    else this.onPush(message);
    if (message.type === 'piece') this.#giveBackCredit(payloadBytes);
  }

  #answer(received: Received<ServerMessage>): void {
    const pending = this.#pending.get(received.requestId);
    // An answer that nobody waits for any more: the rest of a chunk that was refused, for one.
    if (pending === undefined) return;
    try {
      if (received.message.type === 'error') throw errorOf(received.message);
      if (pending.handle(received) === 'done') this.#pending.delete(received.requestId);
    } catch (error) {
      this.#pending.delete(received.requestId);
      pending.reject(error);
    }
  }

  #giveBackCredit(bytes: number): void {
    this.#usedDownloadBytes += bytes;
    if (this.#usedDownloadBytes < CREDIT_STEP_BYTES) return;
    this.#socket.send(
      encodeClientMessage({ type: 'credit', bytes: this.#usedDownloadBytes }, 0, this.#socket.frame()),
    );
    this.#usedDownloadBytes = 0;
  }

  /** Asks for a sign of life at every beat, and tells how long there was none. */
  async #beat(): Promise<void> {
    const { clock } = this.#ports;
    while (this.isOpen) {
      const sentAtMs = clock.nowMs();
      this.request({ type: 'ping' }).then(
        () => {
          this.onLatency(clock.nowMs() - sentAtMs);
        },
        // The connection is over; `closed` says why.
        () => undefined,
      );
      await clock.sleep(HEARTBEAT_MS, this.#life.signal).catch(() => undefined);
      const silentMs = clock.nowMs() - this.#lastHeardAtMs;
      if (silentMs >= GIVE_UP_MS) this.close(new HoldfastError('stalled'));
      else this.onSilence(silentMs >= WORTH_SAYING_MS ? silentMs : 0);
    }
  }
}

function errorOf(message: Extract<ServerMessage, { type: 'error' }>): HoldfastError {
  const code = isErrorCode(message.code) ? message.code : 'internal';
  const { detail, retryAfterMs } = message;
  return new HoldfastError(code, retryAfterMs === undefined ? { detail } : { detail, retryAfterMs });
}

function unexpected(message: ServerMessage): HoldfastError {
  return new HoldfastError('malformed', { detail: `unexpected ${message.type}` });
}

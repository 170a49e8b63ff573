/**
 * One live connection (PROTOCOL.md): requests and their answers, pieces under credit, heartbeat. It never
 * reconnects; when it is over, everything that waits on it is rejected with the reason.
 */
import { ownBytes } from '../../../shared/bytes.ts';
import { HoldfastError, toHoldfastError } from '../../../shared/errors.ts';
import type { ChunkId } from '../../../shared/ids.ts';
import { MAX_PIECES } from '../../../shared/limits.ts';
import { decodeServerMessage, encodeClientMessage } from '../../../shared/wire/messages.ts';
import type { ClientMessage, Received, ServerMessage } from '../../../shared/wire/messages.ts';
import { PartAssembler } from '../../../shared/wire/parts.ts';
import type { Checksum } from '../../../shared/checksum.ts';
import type { Clock, OpenSocket, Socket } from '../ports.ts';
import { Turns } from '../jobs/turns.ts';
import { AnswerWatch } from './answer-watch.ts';
import { Credit } from './credit.ts';
import { DownloadFlow } from './download-flow.ts';
import { FIRST_WINDOW_BYTES, QUEUE_TOO_LONG_MS } from './flow-window.ts';
import { FrameSender } from './frame-sender.ts';
import { Heartbeat } from './heartbeat.ts';
import { OpenRequests, errorOf, unexpected } from './open-requests.ts';
import type { Answer, AnswerHandler, OpenRequest } from './open-requests.ts';
import { RoundTrip } from './round-trip.ts';
import { Traffic } from './traffic.ts';
import { UploadFlow } from './upload-flow.ts';

/** Fields of `put-piece` before its sealed bytes: chunk id, index, last, checksum. */
const PIECE_FIELDS_BYTES = 32 + 2 + 1 + 4;

const CONNECT_TIMEOUT_MS = 10_000;

/** Requests whose own payload may be large: they keep to the connection's pace, as pieces do. */
const LARGE_REQUESTS: readonly ClientMessage['type'][] = ['put-refs', 'commit-snapshot', 'mark-snapshots'];
const LARGE_ANSWERS: readonly ClientMessage['type'][] = ['get-chunk', 'get-changes'];
/** What the server may say unasked, beside `credit` and errors that concern the connection. */
const PUSHED: readonly ServerMessage['type'][] = ['vault-changed'];

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
  /** Without limits by default. */
  readonly traffic?: Traffic;
}

export interface Welcome {
  readonly serverVersion: string;
}

export class WireConnection {
  readonly uploadCredit = new Credit();
  /** Settles with the reason when the connection is over. */
  readonly closed: Promise<HoldfastError>;
  /** What the server says without being asked. */
  onPush: (message: Answer) => void = () => undefined;
  onLatency: (latencyMs: number) => void = () => undefined;
  /** Called with how long the server has been silent once that is worth saying, then with 0. */
  onSilence: (silentMs: number) => void = () => undefined;

  readonly #socket: Socket;
  readonly #ports: ConnectionPorts;
  readonly #traffic: Traffic;
  readonly #requests = new OpenRequests();
  readonly #incoming = new PartAssembler<ServerMessage>(decodeServerMessage);
  readonly #roundTrip = new RoundTrip();
  readonly #upload: UploadFlow;
  readonly #download: DownloadFlow;
  readonly #heartbeat: Heartbeat;
  readonly #answers: AnswerWatch;
  readonly #sender: FrameSender;
  /** One chunk after another: the server takes no two at once (PROTOCOL.md, Uploading a chunk). */
  readonly #uploads = new Turns();
  readonly #life = new AbortController();
  readonly #opened: Promise<void>;
  #wasUseful = false;
  #resolveOpened: () => void = () => undefined;
  #resolveClosed: (reason: HoldfastError) => void = () => undefined;

  private constructor(url: string, ports: ConnectionPorts) {
    const { clock, traffic = new Traffic(clock) } = ports;
    this.#ports = ports;
    this.#traffic = traffic;
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
    this.#opened = new Promise((resolve) => (this.#resolveOpened = resolve));
    this.#upload = new UploadFlow(clock, this.#roundTrip, traffic.upload, () => {
      this.#ping();
    });
    this.#download = new DownloadFlow(clock, this.#roundTrip, traffic.download, {
      grant: (bytes) => {
        this.#tell({ type: 'credit', bytes });
      },
      cutTo: (bytes) => {
        this.#tell({ type: 'part-size', bytes });
      },
    });
    this.#heartbeat = new Heartbeat(clock, this.#life.signal, {
      beat: () => {
        this.#ping(true);
      },
      onSilence: (silentMs) => {
        this.onSilence(silentMs);
      },
      onDead: () => {
        this.close(new HoldfastError('stalled'));
      },
    });
    this.#answers = new AnswerWatch(clock, this.#life.signal, {
      isOwing: () => this.#requests.areOwed && !traffic.gate.isClosed,
      onOverdue: () => {
        this.close(new HoldfastError('stalled', { detail: 'the server lives, and answers nothing' }));
      },
    });
    this.#socket = ports.openSocket(url, {
      onOpen: this.#resolveOpened,
      onMessage: (data) => {
        if (this.isOpen) this.#receive(data);
      },
      onClose: () => {
        this.close(new HoldfastError('offline'));
      },
    });
    this.#sender = new FrameSender(this.#socket, this.#upload, traffic.upload, () => {
      this.#answers.progressed();
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
      connection.#download.start();
      connection.#heartbeat.start();
      connection.#answers.start();
      return { connection, welcome: { serverVersion } };
    } catch (error) {
      connection.close(toHoldfastError(error));
      throw error;
    }
  }

  /** Whether any chunk came or went: it was worth to connect. */
  get wasUseful(): boolean {
    return this.#wasUseful;
  }

  get isOpen(): boolean {
    return !this.#life.signal.aborted;
  }

  /** Sends a request and gives its one answer. Throws the coded error that the server answers with. */
  async request(message: ClientMessage): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#ask(message, reject, (answer) => {
        resolve(answer);
        return 'done';
      });
    });
  }

  /**
   * All sealed pieces of a chunk, checked against damage on the way. Throws `chunk-missing`, `checksum-mismatch`,
   * `malformed` where there are more of them than a chunk has.
   */
  async getChunk(chunkId: ChunkId): Promise<Uint8Array<ArrayBuffer>[]> {
    await this.#rest();
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    return new Promise((resolve, reject) => {
      this.#ask({ type: 'get-chunk', chunkId }, reject, (message) => {
        if (message.type !== 'piece') throw unexpected(message);
        if (message.index !== pieces.length) throw new HoldfastError('piece-out-of-order');
        if (this.#ports.checksum(message.sealed) !== message.checksum)
          throw new HoldfastError('checksum-mismatch');
        if (pieces.length === MAX_PIECES) throw new HoldfastError('malformed', { detail: 'endless chunk' });
        pieces.push(ownBytes(message.sealed));
        if (!message.last) return 'more';
        this.#wasUseful = true;
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
    let requestId = 0;
    const stored = new Promise<void>((resolve, reject) => {
      const handle: AnswerHandler = (message) => {
        if (message.type !== 'chunk-stored') throw unexpected(message);
        this.#wasUseful = true;
        resolve();
        return 'done';
      };
      if (this.isOpen) requestId = this.#requests.add({ handle, reject, kind: 'plain' });
      else reject(this.#life.signal.reason as Error);
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
    this.#upload.end();
    this.#download.end();
    this.#requests.fail(reason);
    this.#resolveClosed(reason);
  }

  async #greet(): Promise<Extract<ServerMessage, { type: 'welcome' }>> {
    const greeted = new AbortController();
    this.#closeAfter(CONNECT_TIMEOUT_MS, greeted.signal);
    try {
      await Promise.race([this.#opened, this.closed]);
      const welcome = await this.request({ type: 'hello', downloadCreditBytes: FIRST_WINDOW_BYTES });
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

  #ask(message: ClientMessage, reject: (reason: unknown) => void, handle: AnswerHandler): void {
    if (!this.isOpen) {
      reject(this.#life.signal.reason);
      return;
    }
    const requestId = this.#requests.add({ handle, reject, kind: kindOf(message) });
    if (LARGE_REQUESTS.includes(message.type)) {
      this.#sender.send(message, requestId, () => this.isOpen).catch(reject);
    } else this.#tell(message, requestId);
  }

  #tell(message: ClientMessage, requestId = 0): void {
    this.#socket.send(encodeClientMessage(message, requestId, this.#socket.frame()));
  }

  async #sendPieces(requestId: number, chunkId: ChunkId, pieces: readonly Piece[]): Promise<number> {
    let sentBytes = 0;
    // The server may answer before the end, that it has the chunk or that it refuses it.
    const isWanted = (): boolean => this.#requests.has(requestId);
    for (const piece of pieces) {
      const payloadBytes = PIECE_FIELDS_BYTES + piece.sealed.length;
      await this.uploadCredit.take(payloadBytes);
      if (this.#traffic.gate.isClosed) await this.#rest();
      const message: ClientMessage = { type: 'put-piece', chunkId, ...piece };
      const isSent = isWanted() && (await this.#sender.send(message, requestId, isWanted));
      if (!isSent) {
        this.uploadCredit.grant(payloadBytes);
        break;
      }
      sentBytes += payloadBytes;
    }
    this.#life.signal.throwIfAborted();
    return sentBytes;
  }

  /** Resolves when traffic is allowed; rejects when the connection is over. */
  async #rest(): Promise<void> {
    if (this.#traffic.gate.isClosed) await this.#traffic.gate.pass(this.#life.signal);
  }

  #receive(data: unknown): void {
    this.#heartbeat.heard();
    try {
      if (!(data instanceof ArrayBuffer)) throw new HoldfastError('malformed', { detail: 'text frame' });
      const received = decodeServerMessage(new Uint8Array(data));
      const whole = this.#incoming.take(received);
      if (whole !== undefined) this.#dispatch(whole);
      else this.#answers.progressed();
      // Only now it is known whether more is to come.
      if (costsCredit(received.message)) {
        this.#download.received(received.payloadBytes, this.#requests.hasBulk);
      }
    } catch (error) {
      this.close(toHoldfastError(error));
    }
  }

  #dispatch(received: Received<Answer>): void {
    const { message, requestId } = received;
    if (message.type === 'credit') this.#granted(message.bytes);
    else if (requestId !== 0) this.#answered(received);
    else if (message.type === 'error') throw errorOf(message);
    else if (PUSHED.includes(message.type)) this.onPush(message);
    else throw unexpected(message);
  }

  #granted(bytes: number): void {
    this.uploadCredit.grant(bytes);
    if (bytes > 0) this.#answers.progressed();
  }

  /** Pings are answered in any case: that says nothing of the requests. */
  #answered(received: Received<Answer>): void {
    const wasAwaited = this.#requests.answer(received);
    if (wasAwaited && received.message.type !== 'pong') this.#answers.progressed();
  }

  /** Its answer tells what has arrived before it; `isBeat`: and how long that takes, to a person. */
  #ping(isBeat = false): void {
    const mark = this.#upload.mark();
    const wasIdle = mark.sentBytes === mark.arrivedBytes && !this.#requests.hasBulk;
    this.request({ type: 'ping' }).then(
      () => {
        const nowMs = this.#ports.clock.nowMs();
        const queueMs = this.#roundTrip.note(mark.sentAtMs, nowMs, wasIdle);
        const isQueueTooLong = !wasIdle && queueMs > QUEUE_TOO_LONG_MS;
        this.#upload.answered(mark, isQueueTooLong);
        this.#download.answered(isQueueTooLong);
        if (isBeat) this.onLatency(nowMs - mark.sentAtMs);
        if (this.#roundTrip.isDraining) this.#ping();
      },
      // The connection is over; `closed` says why.
      () => undefined,
    );
  }
}

function kindOf({ type }: ClientMessage): OpenRequest['kind'] {
  if (LARGE_ANSWERS.includes(type)) return 'bulk';
  return type === 'ping' ? 'ping' : 'plain';
}

function costsCredit({ type }: ServerMessage): boolean {
  return type === 'piece' || type === 'part';
}

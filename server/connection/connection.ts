/** One client: its socket, whom it has signed in as, and what is on its way in both directions. */
import type { ErrorCode, HoldfastError } from '../../shared/errors.ts';
import { FRAME_HEADER_BYTES } from '../../shared/wire/frame.ts';
import { decodeClientMessage, encodeServerMessage } from '../../shared/wire/messages.ts';
import type { ClientMessage, CredentialKind, Received, ServerMessage } from '../../shared/wire/messages.ts';
import { PartAssembler } from '../../shared/wire/parts.ts';
import type { Whole } from '../../shared/wire/parts.ts';
import type { Session } from '../auth/sessions.ts';
import type { PendingSignIn } from '../auth/sign-in.ts';
import type { BufferPool } from './buffer-pool.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { ChunkReceiver } from './chunk-receiver.ts';
import { ChunkSender } from './chunk-sender.ts';
import { OpenRequests } from './open-requests.ts';
import { Outlet } from './outlet.ts';
import { PartSender } from './part-sender.ts';
import { SendGate } from './send-gate.ts';
import { CLOSE } from './socket.ts';
import type { Socket } from './socket.ts';
import { UploadCredit } from './upload-credit.ts';

const SERVER_TROUBLES = new Set<ErrorCode>([
  'internal',
  'server-busy',
  'index-damaged',
  'storage-failed',
  'storage-full',
  'storage-damaged',
]);
/** Frames up to here don't wait for a slow reader. */
const SMALL_FRAME_BYTES = 4_096;
/** The field holds 512 bytes, a character has at most 3 in UTF-8 (a pair 4). */
const MAX_DETAIL_CHARACTERS = 160;

export interface ConnectionOptions {
  /** For the log: counts up. */
  readonly id: number;
  /** The client's address, for limits. */
  readonly address: string;
  readonly socket: Socket;
  readonly pieceBuffers: BufferPool;
  /** What this connection holds is counted into it. */
  readonly memory: MemoryBudget;
}

export class Connection {
  readonly id: number;
  readonly address: string;
  readonly receiver: ChunkReceiver;
  readonly sender: ChunkSender;
  /** What the client lets through. */
  readonly outlet: Outlet;
  /** Whether `hello` has come. */
  greeted = false;
  /** Between the two steps of signing in. */
  pendingSignIn: PendingSignIn | undefined;
  /** The credential that `credential-start` was answered for. */
  pendingCredential: CredentialKind | undefined;
  /** Requests that wait for their answer, chunk uploads apart. */
  readonly openRequests = new OpenRequests();
  readonly #socket: Socket;
  readonly #gate: SendGate;
  readonly #parts: PartSender;
  readonly #memory: MemoryBudget;
  /** The message that comes in parts. */
  readonly #incoming = new PartAssembler<ClientMessage>(decodeClientMessage);
  /** What it and the socket hold, as it was counted last. */
  #heldBytes = 0;
  #session: Session | undefined;
  #open = true;

  constructor({ id, address, socket, pieceBuffers, memory }: ConnectionOptions) {
    this.id = id;
    this.address = address;
    this.#socket = socket;
    this.#memory = memory;
    this.#gate = new SendGate(() => (this.#open ? socket.bufferedBytes() : 0), memory);
    const transmit = (frame: Uint8Array) => {
      this.#transmit(frame);
    };
    const outlet = new Outlet(this.#gate);
    const parts = new PartSender(outlet, transmit);
    this.outlet = outlet;
    this.#parts = parts;
    this.sender = new ChunkSender({ transmit, outlet, parts, buffers: pieceBuffers });
    const credit = new UploadCredit((bytes) => {
      this.send({ type: 'credit', bytes });
    });
    this.receiver = new ChunkReceiver(credit);
  }

  get open(): boolean {
    return this.#open;
  }

  /** Whether the server holds nothing of it: no request without its answer, nothing that the client hasn't taken. */
  get isAtRest(): boolean {
    this.#count(); // what is sent within a message's callback stands in the socket only until that ends
    return this.openRequests.count === 0 && this.#heldBytes === 0;
  }

  get session(): Session | undefined {
    return this.#session;
  }

  /** Another session, or none, from now on: nothing that belongs to the one before goes on. */
  changeSession(session: Session | undefined): void {
    this.receiver.abandon();
    this.sender.cancelAll();
    this.pendingSignIn = undefined;
    this.pendingCredential = undefined;
    this.#session = session;
  }

  /** The message itself, or the one that a part completes; undefined for those before it. Throws as decoding does. */
  assemble(received: Received<ClientMessage>): Received<Whole<ClientMessage>> | undefined {
    try {
      return this.#incoming.take(received);
    } finally {
      this.#count();
    }
  }

  /** `requestId` is that of the request answered, 0 for what nobody asked for. */
  send(message: ServerMessage, requestId = 0): void {
    if (this.#open) this.#transmit(encodeServerMessage(message, requestId));
  }

  /** Sends what may be large; resolves when the socket has it, at a slow reader's pace. */
  async answer(message: ServerMessage, requestId: number): Promise<void> {
    const frame = encodeServerMessage(message, requestId);
    if (frame.length <= SMALL_FRAME_BYTES) {
      this.#transmit(frame);
      return;
    }
    if (!this.outlet.takesWhole(frame.length - FRAME_HEADER_BYTES)) {
      await this.#answerInParts(frame, requestId);
      return;
    }
    await this.#gate.pass(() => {
      this.#transmit(frame);
    });
  }

  /** The other side has taken some of what was sent. */
  drained(): void {
    this.#count();
    this.#gate.wake();
    this.outlet.wake();
  }

  /** The vault's change feed has grown by another connection's doing. */
  sendVaultChanged(): void {
    // What may only send may not read the feed either.
    if (this.#session?.scope === 'full') {
      this.send({ type: 'vault-changed', headSeq: this.#session.vault.headSeq });
    }
  }

  sendError(error: HoldfastError, requestId: number): void {
    // Details of the server's own troubles (paths, system errors) are for its log.
    const detail = SERVER_TROUBLES.has(error.code)
      ? ''
      : (error.detail ?? '').slice(0, MAX_DETAIL_CHARACTERS);
    this.send({ type: 'error', code: error.code, detail, retryAfterMs: error.retryAfterMs }, requestId);
  }

  close(code: number, reason: string): void {
    if (!this.#open) return;
    this.closed();
    this.#socket.close(code, reason);
  }

  /** The socket is gone: whatever is on its way ends. */
  closed(): void {
    this.#open = false;
    this.#count();
    this.receiver.abandon();
    this.sender.cancelAll();
    this.#gate.wake();
    this.outlet.wake();
  }

  #answerInParts(frame: Uint8Array, requestId: number): Promise<void> {
    const whole = { requestId, totalBytes: frame.length, offset: 0, bytes: frame };
    return this.#parts.turn(() => this.#parts.send(whole, () => !this.#open));
  }

  #transmit(frame: Uint8Array): void {
    if (!this.#open) return;
    if (this.#socket.send(frame)) this.#count();
    else this.close(CLOSE.tooSlow, 'reads too slowly');
  }

  #count(): void {
    const heldBytes = this.#open ? this.#socket.bufferedBytes() + this.#incoming.heldBytes : 0;
    this.#memory.change(heldBytes - this.#heldBytes);
    this.#heldBytes = heldBytes;
  }
}

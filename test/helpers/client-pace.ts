/**
 * What a server owes a client's flow control (PROTOCOL.md, Credits and Parts): pieces go out within the credit that
 * the client has granted, cut to the size that it asks for.
 */
import { MAX_PAYLOAD_BYTES } from '../../shared/limits.ts';
import { FRAME_HEADER_BYTES } from '../../shared/wire/frame.ts';
import { encodeServerMessage } from '../../shared/wire/messages.ts';
import type { ClientMessage, ServerMessage } from '../../shared/wire/messages.ts';
import { PART_FIELDS_BYTES } from '../../shared/wire/parts.ts';

type Frame = Uint8Array<ArrayBuffer>;

const MAX_PART_BYTES = 32 * 1024;

interface Waiting {
  readonly frame: Frame;
  readonly requestId: number;
  readonly isPiece: boolean;
  sentBytes: number;
}

export class ClientPace {
  readonly #transmit: (frame: Frame) => void;
  readonly #waiting: Waiting[] = [];
  #creditBytes = 0;
  #wholeBytes = MAX_PAYLOAD_BYTES;

  constructor(transmit: (frame: Frame) => void) {
    this.#transmit = transmit;
  }

  /** Takes what the client says of its pace. */
  hear(message: ClientMessage): void {
    if (message.type === 'hello') this.#creditBytes += message.downloadCreditBytes;
    if (message.type === 'credit') this.#creditBytes += message.bytes;
    if (message.type === 'part-size') this.#wholeBytes = message.bytes;
    this.#flush();
  }

  /** Sends a message when the client takes it. Answers to one request stay in order; others pass what waits. */
  send(message: ServerMessage, requestId: number): void {
    const frame = encodeServerMessage(message, requestId);
    const isPiece = message.type === 'piece';
    const waits = isPiece || this.#waiting.some((each) => each.requestId === requestId);
    if (!waits) this.#transmit(frame);
    else this.#waiting.push({ frame, requestId, isPiece, sentBytes: 0 });
    this.#flush();
  }

  #flush(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (!this.#sendSome(next)) return;
      if (next.sentBytes === next.frame.length) this.#waiting.shift();
    }
  }

  /** False if the client takes nothing more now. */
  #sendSome(next: Waiting): boolean {
    const payloadBytes = next.frame.length - FRAME_HEADER_BYTES;
    if (next.isPiece && this.#isCut(next, payloadBytes)) return this.#sendPart(next);
    if (next.isPiece && payloadBytes > this.#creditBytes) return false;
    if (next.isPiece) this.#creditBytes -= payloadBytes;
    next.sentBytes = next.frame.length;
    this.#transmit(next.frame);
    return true;
  }

  /** What was begun in parts also ends in parts. */
  #isCut({ sentBytes }: Waiting, payloadBytes: number): boolean {
    return sentBytes > 0 || payloadBytes > this.#wholeBytes;
  }

  #sendPart(next: Waiting): boolean {
    const { frame, requestId, sentBytes: offset } = next;
    const bytes = frame.subarray(offset, offset + Math.min(this.#wholeBytes, MAX_PART_BYTES));
    if (PART_FIELDS_BYTES + bytes.length > this.#creditBytes) return false;
    this.#creditBytes -= PART_FIELDS_BYTES + bytes.length;
    next.sentBytes += bytes.length;
    this.#transmit(encodeServerMessage({ type: 'part', totalBytes: frame.length, offset, bytes }, requestId));
    return true;
  }
}

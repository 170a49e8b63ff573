/**
 * Sends large messages at the connection's pace: whole on a fast one, in parts on a slow one (PROTOCOL.md, Parts),
 * so that nothing behind them waits long.
 */
import { encodeClientMessage } from '../../../shared/wire/messages.ts';
import type { ClientMessage } from '../../../shared/wire/messages.ts';
import { Turns } from '../jobs/turns.ts';
import type { Socket } from '../ports.ts';
import type { RateLimit } from './rate-limit.ts';
import type { UploadFlow } from './upload-flow.ts';

interface Sending {
  readonly requestId: number;
  readonly frame: Uint8Array<ArrayBuffer>;
  /** Whether the message still makes sense, after a wait. */
  readonly isWanted: () => boolean;
}

export class FrameSender {
  readonly #socket: Socket;
  readonly #flow: UploadFlow;
  readonly #limit: RateLimit;
  readonly #onSent: () => void;
  /** Parts of two messages are never mixed. */
  readonly #turns = new Turns();

  /** `onSent` hears of each frame and part that goes. */
  constructor(socket: Socket, flow: UploadFlow, limit: RateLimit, onSent: () => void) {
    this.#socket = socket;
    this.#flow = flow;
    this.#limit = limit;
    this.#onSent = onSent;
  }

  /** Resolves with whether the whole message is on its way: it isn't if it was no longer wanted. */
  async send(message: ClientMessage, requestId: number, isWanted: () => boolean): Promise<boolean> {
    const frame = encodeClientMessage(message, requestId, this.#socket.frame());
    const sending = { requestId, frame, isWanted };
    if (frame.length <= this.#flow.sizes.wholeBytes) {
      const cleared = this.#clear(frame.length);
      if (cleared === undefined) return this.#sendWhole(sending);
      await cleared;
      // It may have become slow meanwhile.
      if (frame.length <= this.#flow.sizes.wholeBytes) return this.#sendWhole(sending);
    }
    return this.#turns.run(async () => this.#sendParts(sending));
  }

  #sendWhole({ frame, isWanted }: Sending): boolean {
    if (!isWanted()) return false;
    const { length } = frame;
    this.#socket.send(frame);
    this.#sent(length);
    return true;
  }

  async #sendParts({ requestId, frame, isWanted }: Sending): Promise<boolean> {
    const totalBytes = frame.length;
    for (let offset = 0, end = 0; offset < totalBytes; offset = end) {
      end = Math.min(offset + this.#flow.sizes.partBytes, totalBytes);
      await this.#clear(end - offset);
      if (!isWanted()) return false;
      const part = { type: 'part', totalBytes, offset, bytes: frame.subarray(offset, end) } as const;
      this.#socket.send(encodeClientMessage(part, requestId, this.#socket.frame()));
      this.#sent(end - offset);
    }
    return true;
  }

  #sent(bytes: number): void {
    this.#flow.sent(bytes);
    this.#onSent();
  }

  /** Undefined if `bytes` may go now, else a promise of when: the limit allows them, and there is room. */
  #clear(bytes: number): Promise<void> | undefined {
    const allowed = this.#limit.take(bytes);
    if (allowed === undefined) return this.#flow.room(bytes);
    return allowed.then(async () => this.#flow.room(bytes));
  }
}

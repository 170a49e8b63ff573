/** Sends messages in parts to a client on a slow connection (PROTOCOL.md, Parts), one message after another. */
import { encodeServerMessage } from '../../shared/wire/messages.ts';
import type { Part } from '../../shared/wire/parts.ts';
import { Serial } from '../serial.ts';
import type { Outlet } from './outlet.ts';

export interface Stretch extends Part {
  readonly requestId: number;
}

export class PartSender {
  readonly #outlet: Outlet;
  readonly #transmit: (frame: Uint8Array) => void;
  readonly #turns = new Serial();

  /** `transmit` sends a frame, which is copied. */
  constructor(outlet: Outlet, transmit: (frame: Uint8Array) => void) {
    this.#outlet = outlet;
    this.#transmit = transmit;
  }

  /** Runs `send`, which calls `send` of this for each stretch of a message, when those before are sent. */
  turn(send: () => Promise<void>): Promise<void> {
    return this.#turns.run(send);
  }

  /** Sends a stretch of a message at the client's pace; stops when `isOver`. */
  async send({ requestId, totalBytes, offset, bytes }: Stretch, isOver: () => boolean): Promise<void> {
    for (let at = 0, length = 0; at < bytes.length; at += length) {
      await this.#outlet.until(() => {
        length = isOver() ? 0 : this.#outlet.takePart(bytes.length - at);
        return length > 0 || isOver();
      });
      if (length === 0) return;
      const part = { totalBytes, offset: offset + at, bytes: bytes.subarray(at, at + length) };
      this.#transmit(encodeServerMessage({ type: 'part', ...part }, requestId));
    }
  }
}

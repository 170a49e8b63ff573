/**
 * Messages in parts (PROTOCOL.md, Parts). On a slow connection a whole frame takes seconds, and whatever comes
 * behind it waits as long: so a frame may travel as several `part` messages, with others between them.
 */
import { HoldfastError } from '../errors.ts';
import { FRAME_HEADER_BYTES, MAX_FRAME_BYTES } from './frame.ts';
import type { Received } from './messages.ts';

/** `part` before its bytes: totalBytes, offset. */
export const PART_FIELDS_BYTES = 4 + 4;

export interface Part {
  /** Of the whole frame, its header included. */
  readonly totalBytes: number;
  /** Where in the frame the bytes belong: where those of the part before ended. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

interface Typed {
  readonly type: string;
}
/** What parts make up: any message but a part. */
export type Whole<M extends Typed> = Exclude<M, { readonly type: 'part' }>;

interface Unfinished {
  readonly requestId: number;
  readonly frame: Uint8Array;
  filledBytes: number;
}

/** Puts parts together, of one message at a time: that one's frame is all that it holds. */
export class PartAssembler<M extends Typed> {
  readonly #decode: (frame: Uint8Array) => Received<M>;
  #unfinished: Unfinished | undefined;

  constructor(decode: (frame: Uint8Array) => Received<M>) {
    this.#decode = decode;
  }

  /** The memory of a message that isn't whole. */
  get heldBytes(): number {
    return this.#unfinished?.frame.length ?? 0;
  }

  /**
   * Gives the message back, or the one of which it is the last part; undefined for the parts before, which are
   * copied. Throws `too-large`, `malformed` for a part that isn't the one that is due, and what decoding throws.
   */
  take(received: Received<M>): Received<Whole<M>> | undefined {
    if (isWhole(received)) return received;
    // Both tables' parts have these fields.
    return this.#add(received.message as unknown as Part, received.requestId);
  }

  #add(part: Part, requestId: number): Received<Whole<M>> | undefined {
    const unfinished = part.offset === 0 ? begun(part, requestId) : this.#due(part, requestId);
    this.#unfinished = undefined;
    const { frame, filledBytes } = unfinished;
    if (part.bytes.length === 0 || filledBytes + part.bytes.length > frame.length) throw misplaced();
    frame.set(part.bytes, filledBytes);
    unfinished.filledBytes += part.bytes.length;
    if (unfinished.filledBytes === frame.length) return this.#whole(unfinished);
    this.#unfinished = unfinished;
    return undefined;
  }

  #due({ totalBytes, offset }: Part, requestId: number): Unfinished {
    const unfinished = this.#unfinished;
    this.#unfinished = undefined;
    const isDue =
      unfinished?.requestId === requestId &&
      unfinished.filledBytes === offset &&
      unfinished.frame.length === totalBytes;
    if (!isDue) throw misplaced();
    return unfinished;
  }

  #whole({ frame, requestId }: Unfinished): Received<Whole<M>> {
    const received = this.#decode(frame);
    if (received.requestId !== requestId || !isWhole(received)) {
      throw new HoldfastError('malformed', { detail: 'parts of a part, or of another request' });
    }
    return received;
  }
}

function isWhole<M extends Typed>(received: Received<M>): received is Received<Whole<M>> {
  return received.message.type !== 'part';
}

function begun({ totalBytes }: Part, requestId: number): Unfinished {
  if (totalBytes > MAX_FRAME_BYTES) throw new HoldfastError('too-large', { detail: 'parts' });
  if (totalBytes < FRAME_HEADER_BYTES) throw misplaced();
  return { requestId, frame: new Uint8Array(totalBytes), filledBytes: 0 };
}

function misplaced(): HoldfastError {
  return new HoldfastError('malformed', { detail: 'a part that isn’t due' });
}

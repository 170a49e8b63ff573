/**
 * The chunks that a connection has asked for, sent one after another: a piece is read when the client
 * has granted credit for it and has taken nearly all that was sent before. So a connection never holds
 * more than a piece and what the send gate lets stand in its socket, under 400 KB in all.
 */
import { HoldfastError } from '../../shared/errors.ts';
import type { ChunkId } from '../../shared/ids.ts';
import { MAX_DOWNLOAD_CREDIT_BYTES } from '../../shared/limits.ts';
import { FRAME_HEADER_BYTES, MAX_FRAME_BYTES } from '../../shared/wire/frame.ts';
import { encodeServerMessage } from '../../shared/wire/messages.ts';
import type { Place, Vault } from '../store/ports.ts';
import { BufferPool } from './buffer-pool.ts';
import type { SendGate } from './send-gate.ts';

/** Pieces being read and sent at one moment, of all connections. */
const MAX_PIECES_IN_MEMORY = 32;

/** What stands before a piece's sealed bytes in its frame. */
const PIECE_PREFIX_BYTES = encodeServerMessage(
  { type: 'piece', index: 0, last: false, checksum: 0, sealed: new Uint8Array() },
  0,
).length;
const PIECE_FIELDS_BYTES = PIECE_PREFIX_BYTES - FRAME_HEADER_BYTES;

/** One for all connections of a server. */
export function createPieceBuffers(): BufferPool {
  return new BufferPool(MAX_FRAME_BYTES, MAX_PIECES_IN_MEMORY);
}

export interface ChunkSenderOptions {
  /** Sends a frame, which is copied. */
  readonly transmit: (frame: Uint8Array) => void;
  readonly gate: SendGate;
  readonly buffers: BufferPool;
}

export class ChunkSender {
  readonly #options: ChunkSenderOptions;
  #creditBytes = 0;
  /** Counts cancellations: what was asked for before the last one is not sent. */
  #era = 0;
  #wake: (() => void) | undefined;
  /** The chunks before are sent. */
  #last: Promise<void> = Promise.resolve();

  constructor(options: ChunkSenderOptions) {
    this.#options = options;
  }

  /** The client grants more. Throws `credit-exceeded` for more than a client may have open. */
  grant(bytes: number): void {
    if (this.#creditBytes + bytes > MAX_DOWNLOAD_CREDIT_BYTES) {
      throw new HoldfastError('credit-exceeded', { detail: 'download credit' });
    }
    this.#creditBytes += bytes;
    this.wake();
  }

  /** Looks again whether the next piece may be sent: the socket has drained. */
  wake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  /** Sends nothing more of what has been asked for. */
  cancelAll(): void {
    this.#era++;
    this.wake();
  }

  /**
   * Resolves when the chunk's last piece is sent. Throws `chunk-missing`, `storage-damaged`,
   * `storage-failed`, `cancelled`.
   */
  send(vault: Vault, chunkId: ChunkId, requestId: number): Promise<void> {
    const era = this.#era;
    const sent = this.#last.then(() => this.#send(vault, chunkId, requestId, era));
    this.#last = sent.catch(() => undefined); // its own asker hears of it
    return sent;
  }

  async #send(vault: Vault, chunkId: ChunkId, requestId: number, era: number): Promise<void> {
    const { transmit, gate, buffers } = this.#options;
    const pieces = await vault.findChunk(chunkId);
    for (const [index, place] of pieces.entries()) {
      const payloadBytes = PIECE_FIELDS_BYTES + place.bodyBytes;
      await this.#clearance(payloadBytes, era);
      await buffers.lend(async (buffer) => {
        const frame = await readFrame(vault, { chunkId, place, index, requestId }, buffer);
        this.#checkEra(era);
        this.#creditBytes -= payloadBytes;
        await gate.pass(() => {
          transmit(frame);
        });
      });
    }
  }

  async #clearance(payloadBytes: number, era: number): Promise<void> {
    while (era === this.#era && !this.#isClear(payloadBytes)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#checkEra(era);
  }

  #checkEra(era: number): void {
    if (era !== this.#era) throw new HoldfastError('cancelled');
  }

  #isClear(payloadBytes: number): boolean {
    return payloadBytes <= this.#creditBytes && this.#options.gate.clear;
  }
}

interface WantedPiece {
  readonly chunkId: ChunkId;
  readonly place: Place;
  readonly index: number;
  readonly requestId: number;
}

/** Reads a piece to where its frame has it, and writes the frame around it. */
async function readFrame(
  vault: Vault,
  { chunkId, place, index, requestId }: WantedPiece,
  buffer: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  const sealed = buffer.subarray(PIECE_PREFIX_BYTES, PIECE_PREFIX_BYTES + place.bodyBytes);
  const piece = await vault.readPiece(chunkId, index, place, sealed);
  if (piece.index !== index) throw new HoldfastError('storage-damaged', { detail: 'pieces out of order' });
  return encodeServerMessage({ type: 'piece', ...piece, sealed }, requestId, buffer);
}

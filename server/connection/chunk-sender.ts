/**
 * The chunks that a connection has asked for, sent one after another: a piece is read when the client
 * has granted credit for it and has taken nearly all that was sent before. So a connection never holds
 * more than a piece and what the send gate lets stand in its socket; on a slow connection, where pieces go out
 * in parts, only a stretch of the piece, since that takes as long as seconds.
 */
import { HoldfastError } from '../../shared/errors.ts';
import type { ChunkId } from '../../shared/ids.ts';
import { FRAME_HEADER_BYTES, MAX_FRAME_BYTES } from '../../shared/wire/frame.ts';
import { encodeServerMessage } from '../../shared/wire/messages.ts';
import type { Place, Vault } from '../store/ports.ts';
import { BufferPool } from './buffer-pool.ts';
import { MAX_PART_BYTES } from './outlet.ts';
import type { Outlet } from './outlet.ts';
import type { PartSender } from './part-sender.ts';

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
  readonly outlet: Outlet;
  readonly parts: PartSender;
  readonly buffers: BufferPool;
}

interface WantedPiece {
  readonly vault: Vault;
  readonly chunkId: ChunkId;
  readonly place: Place;
  readonly index: number;
  readonly requestId: number;
}

export class ChunkSender {
  readonly #options: ChunkSenderOptions;
  /** Counts cancellations: what was asked for before the last one is not sent. */
  #era = 0;
  /** The chunks before are sent. */
  #last: Promise<void> = Promise.resolve();

  constructor(options: ChunkSenderOptions) {
    this.#options = options;
  }

  /** Sends nothing more of what has been asked for. */
  cancelAll(): void {
    this.#era++;
    this.#options.outlet.wake();
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
    const pieces = await vault.findChunk(chunkId);
    for (const [index, place] of pieces.entries()) {
      await this.#sendPiece({ vault, chunkId, place, index, requestId }, era);
    }
  }

  async #sendPiece(piece: WantedPiece, era: number): Promise<void> {
    const { outlet, parts } = this.#options;
    const payloadBytes = PIECE_FIELDS_BYTES + piece.place.bodyBytes;
    do {
      await outlet.until(() => era !== this.#era || outlet.isReadyFor(payloadBytes));
      this.#checkEra(era);
      if (!outlet.takesWhole(payloadBytes)) {
        await parts.turn(() => this.#sendInParts(piece, FRAME_HEADER_BYTES + payloadBytes, era));
        return;
      }
    } while (!(await this.#sendWhole(piece, payloadBytes, era)));
  }

  /** False if it can't go out any more once it is read: whoever waits for a client holds no buffer meanwhile. */
  #sendWhole(piece: WantedPiece, payloadBytes: number, era: number): Promise<boolean> {
    const { transmit, outlet, buffers } = this.#options;
    return buffers.lend(async (buffer) => {
      const frame = await readFrame(piece, buffer);
      this.#checkEra(era);
      if (!outlet.takesWhole(payloadBytes) || !outlet.isReadyFor(payloadBytes)) return false;
      outlet.take(payloadBytes);
      transmit(frame);
      return true;
    });
  }

  /** Reads the piece again for each stretch: else slow clients would hold all the buffers that there are. */
  async #sendInParts(piece: WantedPiece, totalBytes: number, era: number): Promise<void> {
    const { parts, buffers } = this.#options;
    const { requestId } = piece;
    for (let offset = 0; offset < totalBytes; offset += MAX_PART_BYTES) {
      const bytes = await buffers.lend(async (buffer) =>
        (await readFrame(piece, buffer)).slice(offset, offset + MAX_PART_BYTES),
      );
      await parts.send({ requestId, totalBytes, offset, bytes }, () => era !== this.#era);
      this.#checkEra(era);
    }
  }

  #checkEra(era: number): void {
    if (era !== this.#era) throw new HoldfastError('cancelled');
  }
}

/** Reads a piece to where its frame has it, and writes the frame around it. */
async function readFrame(
  { vault, chunkId, place, index, requestId }: WantedPiece,
  buffer: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  const sealed = buffer.subarray(PIECE_PREFIX_BYTES, PIECE_PREFIX_BYTES + place.bodyBytes);
  const piece = await vault.readPiece(chunkId, index, place, sealed);
  if (piece.index !== index) throw new HoldfastError('storage-damaged', { detail: 'pieces out of order' });
  return encodeServerMessage({ type: 'piece', ...piece, sealed }, requestId, buffer);
}

/**
 * The chunk that a connection is sending: one at a time, its pieces in order under one request id.
 * After an error the rest of its pieces is let pass unread: they were on their way already.
 */
import { checksum } from '../checksum.ts';
import { HoldfastError } from '../../shared/errors.ts';
import type { ClientMessage } from '../../shared/wire/messages.ts';
import type { ChunkUpload, Vault } from '../store/ports.ts';
import type { UploadCredit } from './upload-credit.ts';

type PutPiece = Extract<ClientMessage, { readonly type: 'put-piece' }>;

export interface ReceivedPiece {
  readonly message: PutPiece;
  readonly requestId: number;
  readonly payloadBytes: number;
}

/** The chunk whose pieces are expected. */
interface Incoming {
  readonly requestId: number;
  readonly chunkId: PutPiece['chunkId'];
  /** Undefined once it has failed. */
  upload: ChunkUpload | undefined;
  payloadBytes: number;
}

export class ChunkReceiver {
  readonly #credit: UploadCredit;
  #incoming: Incoming | undefined;

  constructor(credit: UploadCredit) {
    this.#credit = credit;
  }

  /**
   * Takes one piece from borrowed memory. Resolves with the chunk's fate after its last piece;
   * undefined before, and for pieces of a chunk that has failed already.
   * Throws `credit-exceeded`, `piece-out-of-order`, `checksum-mismatch`, `too-large`, and what storing
   * throws; for a chunk that failed once it throws no more.
   */
  receive(vault: Vault, piece: ReceivedPiece): Promise<{ readonly existed: boolean }> | undefined {
    this.#credit.take(piece.payloadBytes);
    const incoming = this.#current(piece.requestId) ?? this.#begin(vault, piece);
    incoming.payloadBytes += piece.payloadBytes;
    try {
      return this.#append(incoming, piece);
    } catch (error) {
      incoming.upload?.abandon();
      incoming.upload = undefined;
      throw error;
    } finally {
      if (piece.message.last) this.#incoming = undefined;
      if (incoming.upload === undefined) this.#settle(incoming);
    }
  }

  /** Gives the chunk up that is on its way. */
  abandon(): void {
    const incoming = this.#incoming;
    this.#incoming = undefined;
    if (incoming === undefined) return;
    incoming.upload?.abandon();
    this.#settle(incoming);
  }

  /** Who has heard of a chunk's failure may leave its rest away and go on with another. */
  #current(requestId: number): Incoming | undefined {
    const incoming = this.#incoming;
    const isOver = incoming?.upload === undefined && incoming?.requestId !== requestId;
    return isOver ? undefined : incoming;
  }

  #begin(vault: Vault, { message, requestId }: ReceivedPiece): Incoming {
    const { chunkId } = message;
    const incoming = { requestId, chunkId, upload: vault.beginChunk(chunkId), payloadBytes: 0 };
    this.#incoming = incoming;
    return incoming;
  }

  #append(incoming: Incoming, { message, requestId }: ReceivedPiece) {
    if (requestId !== incoming.requestId || message.chunkId !== incoming.chunkId) {
      throw new HoldfastError('piece-out-of-order', { detail: 'another chunk is not complete yet' });
    }
    if (incoming.upload === undefined) return undefined;
    if (checksum(message.sealed) !== message.checksum) throw new HoldfastError('checksum-mismatch');
    const stored = incoming.upload.append(message);
    return stored?.finally(() => {
      this.#settle(incoming);
    });
  }

  #settle(incoming: Incoming): void {
    this.#credit.giveBack(incoming.payloadBytes);
    incoming.payloadBytes = 0;
  }
}

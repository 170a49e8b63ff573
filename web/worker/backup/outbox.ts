/**
 * The outbox of an online backup: sealed chunks that the server hasn't acknowledged yet, in a fixed amount of
 * memory. Each is sent over whatever connection there is until it is stored; sending needs no key.
 */
import { releaseViews } from '../../../shared/release.ts';
import { HoldfastError, toHoldfastError } from '../../../shared/errors.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import type { ChunkId } from '../../../shared/ids.ts';
import { Credit } from '../connection/credit.ts';
import type { ServerLink } from '../connection/server-link.ts';
import type { Piece, WireConnection } from '../connection/wire-connection.ts';
import type { Gate } from '../jobs/gate.ts';
import { Turns } from '../jobs/turns.ts';
import type { Checksum } from '../../../shared/checksum.ts';

/** What is sealed and on its way: as much as keeps the connection and the server's disk busy (ARCHITECTURE.md). */
const OUTBOX_BYTES = 12 * 1024 * 1024;
/** After so many damaged arrivals it isn't the network: the sealed bytes themselves changed in memory. */
const CHECKSUM_TRIES = 3;

export interface OutboxEvents {
  onSent(payloadBytes: number): void;
  onStored(chunkId: ChunkId): void;
  /** Gets the buffers of what is stored; by default their memory is given back. */
  readonly onFree?: (sealedPieces: readonly Uint8Array<ArrayBuffer>[]) => void;
  /** What is wrong where the server finds a chunk damaged again and again; `internal` by default. */
  readonly damage?: ErrorCode;
}

/** Where a backup's sealed chunks go. */
export interface ChunkOutbox {
  /** Takes a sealed chunk once there is room; its buffers are gone afterwards. Throws what keeps it from that. */
  add(chunkId: ChunkId, sealedPieces: readonly Uint8Array<ArrayBuffer>[]): Promise<void>;
  /** Resolves when all that was added is safe. */
  drained(): Promise<void>;
}

type Link = Pick<ServerLink, 'withConnection'>;

export class Outbox implements ChunkOutbox {
  readonly #link: Link;
  readonly #checksum: Checksum;
  readonly #gate: Gate;
  readonly #events: OutboxEvents;
  readonly #room = new Credit();
  readonly #sending = new Turns();
  readonly #deliveries = new Set<Promise<void>>();
  readonly #unstored = new Map<ChunkId, readonly Piece[]>();
  readonly #recall = new AbortController();
  /** Aborts when nothing more is to be sent. */
  readonly #ending: AbortSignal;
  #failure: { readonly reason: unknown } | undefined;

  constructor(link: Link, checksum: Checksum, gate: Gate, signal: AbortSignal, events: OutboxEvents) {
    this.#link = link;
    this.#checksum = checksum;
    this.#gate = gate;
    this.#events = events;
    this.#ending = AbortSignal.any([signal, this.#recall.signal]);
    this.#room.grant(OUTBOX_BYTES);
    const stop = (): void => {
      this.#fail(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
  }

  /** Takes a sealed chunk once there is room. Throws what an earlier delivery failed with. */
  async add(chunkId: ChunkId, sealedPieces: readonly Uint8Array<ArrayBuffer>[]): Promise<void> {
    // Summed up before it waits: a bit that flips in memory from here on is noticed by the server.
    await this.send(chunkId, piecesOf(sealedPieces, this.#checksum));
  }

  /** Like `add`, for pieces that are summed up. Throws `offline` after `takeBack`, which doesn't have the chunk then. */
  async send(chunkId: ChunkId, pieces: readonly Piece[]): Promise<void> {
    const bytes = pieces.reduce((sum, { sealed }) => sum + sealed.length, 0);
    await this.#room.take(bytes);
    this.#recall.signal.throwIfAborted();
    this.#unstored.set(chunkId, pieces);
    const delivery = this.#deliver(chunkId, pieces)
      .then(() => {
        this.#stored(chunkId, pieces, bytes);
      })
      .catch((error: unknown) => {
        this.#fail(error);
      });
    this.#deliveries.add(delivery);
    void delivery.then(() => this.#deliveries.delete(delivery));
  }

  /** Ends all sending. What the server hasn't acknowledged is the caller's again, in the order of adding. */
  takeBack(): ReadonlyMap<ChunkId, readonly Piece[]> {
    const reason = new HoldfastError('offline');
    this.#recall.abort(reason);
    this.#room.fail(reason);
    return this.#unstored;
  }

  /** Resolves when all that was added is stored. */
  async drained(): Promise<void> {
    await Promise.all(this.#deliveries);
    if (this.#failure !== undefined) throw this.#failure.reason;
  }

  #stored(chunkId: ChunkId, pieces: readonly Piece[], bytes: number): void {
    // An acknowledgment that comes after all: the pieces belong to somebody else.
    if (this.#recall.signal.aborted) return;
    this.#unstored.delete(chunkId);
    // Pieces that come from a file lie in one buffer.
    (this.#events.onFree ?? releaseViews)(pieces.map(({ sealed }) => sealed));
    this.#room.grant(bytes);
    this.#events.onStored(chunkId);
  }

  async #deliver(chunkId: ChunkId, pieces: readonly Piece[]): Promise<void> {
    let checksumTries = 0;
    await this.#link.withConnection(async (connection) => {
      try {
        await this.#send(connection, chunkId, pieces);
      } catch (error) {
        const damaged = toHoldfastError(error).code === 'checksum-mismatch';
        if (damaged && ++checksumTries === CHECKSUM_TRIES) {
          throw new HoldfastError(this.#events.damage ?? 'internal', {
            detail: 'a sealed chunk was damaged on this device',
            cause: error,
          });
        }
        throw error;
      }
    }, this.#ending);
  }

  async #send(connection: WireConnection, chunkId: ChunkId, pieces: readonly Piece[]): Promise<void> {
    const stored = await this.#sending.run(async () => {
      await this.#gate.pass(this.#ending);
      const put = connection.putChunk(chunkId, pieces);
      this.#events.onSent(await put.sent);
      return { whenStored: put.stored };
    });
    await stored.whenStored;
  }

  #fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#room.fail(reason);
  }
}

/** Sealed pieces as they are sent. */
export function piecesOf(sealedPieces: readonly Uint8Array<ArrayBuffer>[], checksum: Checksum): Piece[] {
  const lastIndex = sealedPieces.length - 1;
  return sealedPieces.map((sealed, index) => {
    return { index, last: index === lastIndex, checksum: checksum(sealed), sealed };
  });
}

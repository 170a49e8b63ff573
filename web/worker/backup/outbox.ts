/**
 * The outbox of an online backup: sealed chunks that the server hasn't acknowledged yet, in a fixed amount of
 * memory. Each is sent over whatever connection there is until it is stored; sending needs no key.
 */
import { release } from '../../../shared/release.ts';
import { HoldfastError, toHoldfastError } from '../../../shared/errors.ts';
import type { ChunkId } from '../../../shared/ids.ts';
import { Credit } from '../connection/credit.ts';
import type { ServerLink } from '../connection/server-link.ts';
import type { Piece, WireConnection } from '../connection/wire-connection.ts';
import type { Gate } from '../jobs/gate.ts';
import { Turns } from '../jobs/turns.ts';
import type { Checksum } from '../../../shared/checksum.ts';

/** What is sealed and on its way: as much as keeps the connection and the server's disk busy (ARCHITECTURE.md). */
const OUTBOX_BYTES = 8 * 1024 * 1024;
/** After so many damaged arrivals it isn't the network: the sealed bytes themselves changed in memory. */
const CHECKSUM_TRIES = 3;

export interface OutboxEvents {
  onSent(payloadBytes: number): void;
  onStored(chunkId: ChunkId): void;
}

export class Outbox {
  readonly #link: ServerLink;
  readonly #checksum: Checksum;
  readonly #gate: Gate;
  readonly #signal: AbortSignal;
  readonly #events: OutboxEvents;
  readonly #room = new Credit();
  readonly #sending = new Turns();
  readonly #deliveries = new Set<Promise<void>>();
  #failure: { readonly reason: unknown } | undefined;

  constructor(link: ServerLink, checksum: Checksum, gate: Gate, signal: AbortSignal, events: OutboxEvents) {
    this.#link = link;
    this.#checksum = checksum;
    this.#gate = gate;
    this.#signal = signal;
    this.#events = events;
    this.#room.grant(OUTBOX_BYTES);
    signal.addEventListener('abort', () => {
      this.#fail(signal.reason);
    });
  }

  /** Takes a sealed chunk once there is room. Throws what an earlier delivery failed with. */
  async add(chunkId: ChunkId, sealedPieces: readonly Uint8Array<ArrayBuffer>[]): Promise<void> {
    const bytes = sealedPieces.reduce((sum, piece) => sum + piece.length, 0);
    const lastIndex = sealedPieces.length - 1;
    // Summed up before it waits: a bit that flips in memory from here on is noticed by the server.
    const pieces = sealedPieces.map((sealed, index) => {
      return { index, last: index === lastIndex, checksum: this.#checksum(sealed), sealed };
    });
    await this.#room.take(bytes);
    const delivery = this.#deliver(chunkId, pieces)
      .then(() => {
        for (const { sealed } of pieces) release(sealed.buffer);
        this.#room.grant(bytes);
        this.#events.onStored(chunkId);
      })
      .catch((error: unknown) => {
        this.#fail(error);
      });
    this.#deliveries.add(delivery);
    void delivery.then(() => this.#deliveries.delete(delivery));
  }

  /** Resolves when all that was added is stored. */
  async drained(): Promise<void> {
    await Promise.all(this.#deliveries);
    if (this.#failure !== undefined) throw this.#failure.reason;
  }

  async #deliver(chunkId: ChunkId, pieces: readonly Piece[]): Promise<void> {
    let checksumTries = 0;
    await this.#link.withConnection(async (connection) => {
      try {
        await this.#send(connection, chunkId, pieces);
      } catch (error) {
        const damaged = toHoldfastError(error).code === 'checksum-mismatch';
        if (damaged && ++checksumTries === CHECKSUM_TRIES) {
          throw new HoldfastError('internal', {
            detail: 'a sealed chunk was damaged in memory',
            cause: error,
          });
        }
        throw error;
      }
    }, this.#signal);
  }

  async #send(connection: WireConnection, chunkId: ChunkId, pieces: readonly Piece[]): Promise<void> {
    const stored = await this.#sending.run(async () => {
      await this.#gate.pass(this.#signal);
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

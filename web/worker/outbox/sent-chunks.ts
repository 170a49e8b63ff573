/**
 * How far a queued backup is: all chunks before a place in its file are acknowledged. Noted in the queue now and then,
 * so that whoever sends after a crash sends little again.
 */
import type { ChunkId } from '../../../shared/ids.ts';
import type { Clock } from '../ports.ts';
import type { QueueEntry } from './ports.ts';
import type { Queue } from './queue.ts';

const NOTED_EVERY_MS = 500;

export class SentChunks {
  readonly #queue: Queue;
  readonly #clock: Clock;
  readonly #entry: QueueEntry;
  /** Under way, in the file's order: where each ends. */
  readonly #underWay = new Map<ChunkId, { readonly endByte: number; isStored: boolean }>();
  #sentBytes: number;
  #payloadBytes: number;
  #notedAtMs: number;
  #noting: Promise<unknown> = Promise.resolve();

  constructor({ queue, clock }: { readonly queue: Queue; readonly clock: Clock }, entry: QueueEntry) {
    this.#queue = queue;
    this.#clock = clock;
    this.#entry = entry;
    this.#sentBytes = entry.sentBytes;
    this.#payloadBytes = entry.payloadBytes;
    this.#notedAtMs = clock.nowMs();
  }

  get payloadBytes(): number {
    return this.#payloadBytes;
  }

  added(chunkId: ChunkId, endByte: number): void {
    this.#underWay.set(chunkId, { endByte, isStored: false });
  }

  wentOut(bytes: number): void {
    this.#payloadBytes += bytes;
  }

  stored(chunkId: ChunkId): void {
    const chunk = this.#underWay.get(chunkId);
    if (chunk !== undefined) chunk.isStored = true;
    for (const [id, { endByte, isStored }] of this.#underWay) {
      if (!isStored) break;
      this.#underWay.delete(id);
      this.#sentBytes = Math.max(this.#sentBytes, endByte);
    }
    if (this.#clock.nowMs() - this.#notedAtMs >= NOTED_EVERY_MS) this.#note();
  }

  /** Resolves once the queue knows how far it is. */
  async noted(): Promise<void> {
    this.#note();
    await this.#noting;
  }

  #note(): void {
    this.#notedAtMs = this.#clock.nowMs();
    const change = { sentBytes: this.#sentBytes, payloadBytes: this.#payloadBytes };
    this.#noting = this.#noting.then(async () => this.#queue.update(this.#entry.jobId, () => change));
  }
}

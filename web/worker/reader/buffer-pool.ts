/** A fixed number of equal buffers: who finds none waits, which is all the reader's flow control. */
import { PIECE_BYTES } from '../../../shared/limits.ts';
import { release } from '../../../shared/release.ts';

export class BufferPool {
  #toAllocate: number;
  readonly #free: ArrayBuffer[] = [];
  readonly #waiting: ((buffer: ArrayBuffer) => void)[] = [];
  #isClosed = false;

  constructor(count: number) {
    this.#toAllocate = count;
  }

  /** A buffer of PIECE_BYTES, with whatever it held before. */
  async take(): Promise<ArrayBuffer> {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#toAllocate > 0) {
      this.#toAllocate -= 1;
      return new ArrayBuffer(PIECE_BYTES);
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  give(buffer: ArrayBuffer): void {
    if (this.#isClosed) {
      release(buffer);
      return;
    }
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(buffer);
    else next(buffer);
  }

  /** Gives the memory back, also what is lent once it comes. Who waits waits for ever, and is garbage. */
  close(): void {
    this.#isClosed = true;
    this.#toAllocate = 0;
    this.#waiting.length = 0;
    for (const buffer of this.#free.splice(0)) release(buffer);
  }
}

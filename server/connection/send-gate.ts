/**
 * Lets large frames into a socket one by one, each when the other side has taken nearly all that went
 * before: what a slow reader makes the server hold is one such frame and SEND_BUFFER_BYTES; where the server's
 * memory is spent, one such frame.
 */
import type { MemoryBudget } from './memory-budget.ts';

const SEND_BUFFER_BYTES = 96 * 1024;

export class SendGate {
  readonly #bufferedBytes: () => number;
  readonly #memory: MemoryBudget;
  readonly #waiting: (() => void)[] = [];

  /** `bufferedBytes` tells what the other side has not taken yet. */
  constructor(bufferedBytes: () => number, memory: MemoryBudget) {
    this.#bufferedBytes = bufferedBytes;
    this.#memory = memory;
  }

  get clear(): boolean {
    return this.isBelow(SEND_BUFFER_BYTES);
  }

  /** Whether no more than `bytes` stand in the socket, or none where memory is spent. */
  isBelow(bytes: number): boolean {
    return this.#bufferedBytes() <= (this.#memory.isSpent ? 0 : bytes);
  }

  /** Calls `send` as soon as the gate is clear, in the order of asking; resolves when that is done. */
  pass(send: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(() => {
        send();
        resolve();
      });
      this.wake();
    });
  }

  /** Looks again: the other side has taken something, or is gone. */
  wake(): void {
    while (this.clear) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      next();
    }
  }
}

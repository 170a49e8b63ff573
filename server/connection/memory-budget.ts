/**
 * What clients make the server hold, of all connections together: requests without their answer, messages that came
 * in part, and what was sent and not taken yet. Above it each connection gets on by one message at a time.
 */
export class MemoryBudget {
  readonly #sizeBytes: number;
  #heldBytes = 0;

  constructor(sizeBytes: number) {
    this.#sizeBytes = sizeBytes;
  }

  get isSpent(): boolean {
    return this.#heldBytes >= this.#sizeBytes;
  }

  hasRoomFor(bytes: number): boolean {
    return this.#heldBytes + bytes <= this.#sizeBytes;
  }

  /** So many bytes more are held, or fewer where it is negative. */
  change(bytes: number): void {
    this.#heldBytes += bytes;
  }
}

/** A bounded number of equal buffers, lent in the order of asking: bounds what reading from disk holds in all. */
export class BufferPool {
  readonly #bufferBytes: number;
  readonly #maxBuffers: number;
  readonly #free: Uint8Array<ArrayBuffer>[] = [];
  readonly #waiting: ((buffer: Uint8Array<ArrayBuffer>) => void)[] = [];
  #made = 0;

  constructor(bufferBytes: number, maxBuffers: number) {
    this.#bufferBytes = bufferBytes;
    this.#maxBuffers = maxBuffers;
  }

  /** Lends a buffer for as long as `use` takes, as soon as one is free. */
  async lend<T>(use: (buffer: Uint8Array<ArrayBuffer>) => Promise<T>): Promise<T> {
    const buffer = await this.#take();
    try {
      return await use(buffer);
    } finally {
      this.#giveBack(buffer);
    }
  }

  #take(): Promise<Uint8Array<ArrayBuffer>> | Uint8Array<ArrayBuffer> {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#made < this.#maxBuffers) {
      this.#made++;
      return new Uint8Array(this.#bufferBytes);
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #giveBack(buffer: Uint8Array<ArrayBuffer>): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(buffer);
    else next(buffer);
  }
}

/** Bytes that the other side allows to be sent (PROTOCOL.md, Credits). */
export class Credit {
  #bytes = 0;
  #waiting: {
    readonly bytes: number;
    readonly resolve: () => void;
    readonly reject: (reason: unknown) => void;
  }[] = [];
  #failure: { readonly reason: unknown } | undefined;

  grant(bytes: number): void {
    this.#bytes += bytes;
    while (this.#waiting[0] !== undefined && this.#waiting[0].bytes <= this.#bytes) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#bytes -= next.bytes;
      next.resolve();
    }
  }

  /** Takes `bytes` in the order of asking, waiting for them; rejects once the connection has failed. */
  async take(bytes: number): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.reason;
    if (this.#waiting.length === 0 && bytes <= this.#bytes) {
      this.#bytes -= bytes;
      return;
    }
    await new Promise<void>((resolve, reject) => this.#waiting.push({ bytes, resolve, reject }));
  }

  fail(reason: unknown): void {
    this.#failure ??= { reason };
    for (const { reject } of this.#waiting) reject(reason);
    this.#waiting = [];
  }
}

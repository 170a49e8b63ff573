/** Lets work through, or holds it while a job is paused. */
export class Gate {
  #opened: { readonly promise: Promise<void>; readonly open: () => void } | undefined;

  get isClosed(): boolean {
    return this.#opened !== undefined;
  }

  close(): void {
    this.#opened ??= deferred();
  }

  open(): void {
    this.#opened?.open();
    this.#opened = undefined;
  }

  /** Resolves at once, or when the gate opens; rejects when `signal` aborts. */
  async pass(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (this.#opened !== undefined) {
      await Promise.race([this.#opened.promise, aborted(signal)]);
      // The gate may have opened, and closed again, in the same moment.
      signal.throwIfAborted();
    }
  }
}

function deferred(): { readonly promise: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => (open = resolve));
  return { promise, open };
}

async function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener(
      'abort',
      () => {
        reject(signal.reason as Error);
      },
      { once: true },
    );
  });
}

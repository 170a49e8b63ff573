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
      await openedOrAborted(this.#opened.promise, signal);
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

async function openedOrAborted(opened: Promise<void>, signal: AbortSignal): Promise<void> {
  let stop: () => void = () => undefined;
  const aborted = new Promise<void>((resolve) => (stop = resolve));
  signal.addEventListener('abort', stop, { once: true });
  await Promise.race([opened, aborted]);
  signal.removeEventListener('abort', stop);
}

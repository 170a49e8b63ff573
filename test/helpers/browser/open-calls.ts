/** Calls to a browser that wait for their answers, by the ids that both carry. */

export type Result = Readonly<Record<string, unknown>>;

/** What the other side says to a call: a result, or what went wrong. */
export interface Answer {
  readonly id: number;
  readonly result?: Result;
  readonly error?: unknown;
  readonly message?: string;
}

interface OpenCall {
  readonly method: string;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

export class OpenCalls {
  readonly #open = new Map<number, OpenCall>();
  #lastId = 0;

  /** Begins a call of `method`: the id to send, and what resolves with its result or rejects with the browser's words. */
  open(method: string): { readonly id: number; readonly answered: Promise<Result> } {
    const id = ++this.#lastId;
    const answered = new Promise<Result>((resolve, reject) => {
      this.#open.set(id, { method, resolve, reject });
    });
    return { id, answered };
  }

  /** Takes an answer; one that nobody waits for is dropped. */
  settle({ id, result = {}, error, message = '' }: Answer): void {
    const call = this.#open.get(id);
    this.#open.delete(id);
    if (error === undefined) call?.resolve(result);
    else call?.reject(new Error(`${call.method}: ${JSON.stringify(error)} ${message}`));
  }

  /** The connection has ended. */
  rejectAll(): void {
    for (const { method, reject } of this.#open.values()) reject(new Error(`The browser is gone: ${method}`));
    this.#open.clear();
  }
}

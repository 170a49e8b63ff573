/** Calls to a browser that wait for their answers, by the ids that both carry. */

export type Result = Readonly<Record<string, unknown>>;

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

  open(method: string): { readonly id: number; readonly answered: Promise<Result> } {
    const id = ++this.#lastId;
    const answered = new Promise<Result>((resolve, reject) => {
      this.#open.set(id, { method, resolve, reject });
    });
    return { id, answered };
  }

  settle({ id, result = {}, error, message = '' }: Answer): void {
    const call = this.#open.get(id);
    this.#open.delete(id);
    if (error === undefined) call?.resolve(result);
    else call?.reject(new Error(`${call.method}: ${JSON.stringify(error)} ${message}`));
  }

  rejectAll(): void {
    for (const { method, reject } of this.#open.values()) reject(new Error(`The browser is gone: ${method}`));
    this.#open.clear();
  }
}

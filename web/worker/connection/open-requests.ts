/** Requests that wait for their answers, by their ids. */
import { HoldfastError, isErrorCode } from '../../../shared/errors.ts';
import type { Received, ServerMessage } from '../../../shared/wire/messages.ts';
import type { Whole } from '../../../shared/wire/parts.ts';

export type Answer = Whole<ServerMessage>;
/** Takes an answer; `more` if others follow it. Throws what the request fails with. */
export type AnswerHandler = (answer: Answer) => 'done' | 'more';

export interface OpenRequest {
  readonly handle: AnswerHandler;
  readonly reject: (reason: unknown) => void;
  /** Whether its answer is large: what the server sends as fast as it is let. */
  readonly isBulk: boolean;
}

export class OpenRequests {
  readonly #open = new Map<number, OpenRequest>();
  #nextId = 1;
  #bulk = 0;

  /** Whether the server has something large to send. */
  get hasBulk(): boolean {
    return this.#bulk > 0;
  }

  has(requestId: number): boolean {
    return this.#open.has(requestId);
  }

  /** Gives the id of a request that waits from now on. */
  add(request: OpenRequest): number {
    const requestId = this.#nextId++;
    this.#open.set(requestId, request);
    if (request.isBulk) this.#bulk++;
    return requestId;
  }

  /** An answer that nobody waits for any more is let pass: the rest of a chunk that was refused, for one. */
  answer({ message, requestId }: Received<Answer>): void {
    const request = this.#open.get(requestId);
    if (request === undefined) return;
    try {
      if (message.type === 'error') throw errorOf(message);
      if (request.handle(message) === 'done') this.#remove(requestId, request);
    } catch (error) {
      this.#remove(requestId, request);
      request.reject(error);
    }
  }

  /** All fail with `reason`. */
  fail(reason: unknown): void {
    for (const { reject } of this.#open.values()) reject(reason);
    this.#open.clear();
    this.#bulk = 0;
  }

  #remove(requestId: number, { isBulk }: OpenRequest): void {
    if (this.#open.delete(requestId) && isBulk) this.#bulk--;
  }
}

export function errorOf(message: Extract<ServerMessage, { type: 'error' }>): HoldfastError {
  const code = isErrorCode(message.code) ? message.code : 'internal';
  const { detail, retryAfterMs } = message;
  return new HoldfastError(code, retryAfterMs === undefined ? { detail } : { detail, retryAfterMs });
}

export function unexpected(message: { readonly type: string }): HoldfastError {
  return new HoldfastError('malformed', { detail: `unexpected ${message.type}` });
}

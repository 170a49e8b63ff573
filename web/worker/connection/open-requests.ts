/** Requests that wait for their answers, by their ids. */
import { HoldfastError, codeFromServer } from '../../../shared/errors.ts';
import type { Received, ServerMessage } from '../../../shared/wire/messages.ts';
import type { Whole } from '../../../shared/wire/parts.ts';

export type Answer = Whole<ServerMessage>;
/** Takes an answer; `more` if others follow it. Throws what the request fails with. */
export type AnswerHandler = (answer: Answer) => 'done' | 'more';

export interface OpenRequest {
  readonly handle: AnswerHandler;
  readonly reject: (reason: unknown) => void;
  /** `bulk`: its answer is large, what the server sends as fast as it is let. */
  readonly kind: 'ping' | 'bulk' | 'plain';
}

/** Pings are never so many unless none is answered. */
const MANY_PINGS = 100;

export class OpenRequests {
  readonly #open = new Map<number, OpenRequest>();
  #nextId = 1;
  readonly #counts = { ping: 0, bulk: 0, plain: 0 };

  /** Whether the server has something large to send. */
  get hasBulk(): boolean {
    return this.#counts.bulk > 0;
  }

  /** Whether the server owes an answer. On a long way there is always some ping under way: a few say nothing. */
  get areOwed(): boolean {
    return this.#counts.bulk + this.#counts.plain > 0 || this.#counts.ping > MANY_PINGS;
  }

  has(requestId: number): boolean {
    return this.#open.has(requestId);
  }

  /** Gives the id of a request that waits from now on. */
  add(request: OpenRequest): number {
    const requestId = this.#nextId++;
    this.#open.set(requestId, request);
    this.#counts[request.kind]++;
    return requestId;
  }

  /**
   * Gives an answer to who waits for it; false if nobody does any more: the rest of a chunk that was refused, for
   * one. Throws `malformed` for an answer to what was never asked.
   */
  answer({ message, requestId }: Received<Answer>): boolean {
    if (requestId >= this.#nextId)
      throw new HoldfastError('malformed', { detail: `${message.type} that nobody asked for` });
    const request = this.#open.get(requestId);
    if (request === undefined) return false;
    try {
      if (message.type === 'error') throw errorOf(message);
      if (request.handle(message) === 'done') this.#remove(requestId, request);
    } catch (error) {
      this.#remove(requestId, request);
      request.reject(error);
    }
    return true;
  }

  /** All fail with `reason`. */
  fail(reason: unknown): void {
    for (const { reject } of this.#open.values()) reject(reason);
    this.#open.clear();
    Object.assign(this.#counts, { ping: 0, bulk: 0, plain: 0 });
  }

  #remove(requestId: number, { kind }: OpenRequest): void {
    if (this.#open.delete(requestId)) this.#counts[kind]--;
  }
}

export function errorOf(message: Extract<ServerMessage, { type: 'error' }>): HoldfastError {
  const told = codeFromServer(message.code);
  // What a session before had asked for. Who still wants it asks again; only a person cancels.
  const code = told === 'cancelled' ? 'stalled' : told;
  const { detail, retryAfterMs } = message;
  return new HoldfastError(code, retryAfterMs === undefined ? { detail } : { detail, retryAfterMs });
}

export function unexpected(message: { readonly type: string }): HoldfastError {
  return new HoldfastError('malformed', { detail: `unexpected ${message.type}` });
}

/**
 * What the server can't do at present although it is there, its disk full for one. Work that waits for that is tried
 * again by itself; meanwhile a person has to read why nothing moves.
 */
import type { ErrorCode, HoldfastError } from '../../../shared/errors.ts';
import type { ServerLink } from './server-link.ts';

/** Others pass in a moment, or are told as being offline. */
const TOLD: readonly ErrorCode[] = ['storage-full', 'quota-exceeded', 'storage-failed', 'index-damaged'];

export class ServerTrouble {
  readonly #onChange: (failure: HoldfastError | undefined) => void;
  /** One for each piece of work that waits. */
  readonly #failures = new Set<HoldfastError>();
  #told: ErrorCode | undefined;

  /** `onChange` hears of a trouble, and `undefined` once nothing waits for its end any more. */
  constructor(onChange: (failure: HoldfastError | undefined) => void) {
    this.#onChange = onChange;
  }

  /** The link, with its work being watched. */
  watched(link: ServerLink): Pick<ServerLink, 'withConnection' | 'request'> {
    return {
      withConnection: async (work, signal) => link.withConnection(work, signal, this.#hold),
      request: async (message, types, signal) => link.request(message, types, signal, this.#hold),
    };
  }

  readonly #hold = (failure: HoldfastError): (() => void) => {
    if (!TOLD.includes(failure.code)) return () => undefined;
    this.#failures.add(failure);
    this.#tell();
    return () => {
      this.#failures.delete(failure);
      this.#tell();
    };
  };

  #tell(): void {
    const [failure] = this.#failures;
    if (failure?.code === this.#told) return;
    this.#told = failure?.code;
    this.#onChange(failure);
  }
}

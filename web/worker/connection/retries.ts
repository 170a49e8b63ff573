/**
 * Whether work that failed is tried again. What the network or the server's state did passes: there is no limit to
 * that. A message that one side couldn't read may have been damaged on the way; if it is again, it is our fault.
 */
import type { ErrorCode, HoldfastError } from '../../../shared/errors.ts';

/** Tries of what may be the client's own fault. */
const TRIES = 3;
const PERHAPS_OURS: ReadonlySet<ErrorCode> = new Set([
  'malformed',
  'too-large',
  'unknown-kind',
  // Another version would have been refused when the connection began.
  'version-unsupported',
  'credit-exceeded',
  'piece-out-of-order',
]);

/** The tries of one piece of work. */
export class Retries {
  #faults = 0;

  /** Whether to try again after `failure`. */
  allow({ action, code }: HoldfastError): boolean {
    return PERHAPS_OURS.has(code) ? ++this.#faults < TRIES : action === 'retry';
  }
}

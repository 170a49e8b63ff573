/**
 * What the server takes from outside itself: time and randomness. Tests hand in their own; main.ts
 * hands in the machine's.
 */

export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
  /** Calls `run` once after `delayMs`; the returned function calls it off. */
  after(delayMs: number, run: () => void): () => void;
}

/** `length` bytes that nobody can predict. */
export type RandomBytes = (length: number) => Uint8Array<ArrayBuffer>;

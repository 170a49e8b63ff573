/**
 * Bytes that look random and are the same at every run: xoshiro128** seeded by SplitMix32. Runs in Node and
 * in a page. Never for secrets.
 */

/** A generator; two of the same seed give the same values in the same order. */
export interface SeededRandom {
  /** A whole number from 0 to `below` - 1. */
  integer(below: number): number;
  /** `length` new bytes. */
  bytes(length: number): Uint8Array<ArrayBuffer>;
  /** Fills `target` and returns it. */
  fill(target: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
}

/** A generator for `seed`, of which 32 bits count. */
export function seededRandom(seed: number): SeededRandom {
  const next = xoshiro128(seed);
  const fill = (target: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
    const wholeWords = target.length >>> 2;
    const words = new Uint32Array(wholeWords + 1);
    for (let i = 0; i < words.length; i++) words[i] = next();
    target.set(new Uint8Array(words.buffer, 0, target.length));
    return target;
  };
  return {
    integer: (below) => Math.floor((next() / 2 ** 32) * below),
    bytes: (length) => fill(new Uint8Array(length)),
    fill,
  };
}

function xoshiro128(seed: number): () => number {
  const splitMix = splitMix32(seed);
  let [a, b, c, d] = [splitMix(), splitMix(), splitMix(), splitMix()];
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result;
  };
}

function splitMix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  };
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

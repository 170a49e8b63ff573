/** What a vector is: an input in plain JSON, and what must come of it. */
import { createHash } from 'node:crypto';
import { fromHex } from '../../shared/bytes.ts';
import type { Bytes } from '../../shared/crypto/primitives.ts';
import { HoldfastError } from '../../shared/errors.ts';
import type { ErrorCode } from '../../shared/errors.ts';

export type Expected = Readonly<Record<string, unknown>> | { readonly error: ErrorCode };

export interface Vector {
  readonly name: string;
  readonly input: unknown;
  readonly expect: Expected;
}

/** A file of vectors: its cases, and the function from an input to what comes of it. */
export interface VectorKind {
  /** In this folder. */
  readonly file: string;
  /** For who implements the format anew. */
  readonly about: string;
  readonly vectors: () => Promise<Vector[]>;
  /** What comes of the input now. */
  readonly outcome: (input: unknown) => Promise<Expected>;
}

interface KindParts<I> {
  readonly file: string;
  readonly about: string;
  readonly cases: readonly { readonly name: string; readonly input: I }[];
  /** May throw a coded error: then that is the outcome. Fails where writing what was read gives other bytes. */
  readonly run: (input: I) => Promise<Readonly<Record<string, unknown>>>;
}

/** A kind of vectors whose inputs are of type `I`, also when they come from its file. */
export function vectorKind<I>({ file, about, cases, run }: KindParts<I>): VectorKind {
  const outcome = async (input: unknown): Promise<Expected> => {
    try {
      return await run(input as I);
    } catch (error) {
      if (error instanceof HoldfastError) return { error: error.code };
      throw error;
    }
  };
  const vectors = async (): Promise<Vector[]> =>
    Promise.all(cases.map(async ({ name, input }) => ({ name, input, expect: await outcome(input) })));
  return { file, about, vectors, outcome };
}

/** Content that a vector gives as hexadecimal, or by a rule where it is long. */
export type Content =
  | { readonly hex: string }
  /** SHA-256(seed u32 || 0 u32) || SHA-256(seed u32 || 1 u32) || ..., cut at `lengthBytes`. */
  | { readonly sha256Counter: { readonly seed: number; readonly lengthBytes: number } }
  | { readonly zeros: number };

export function contentBytes(content: Content): Bytes {
  if ('hex' in content) return fromHex(content.hex);
  if ('zeros' in content) return new Uint8Array(content.zeros);
  const { seed, lengthBytes } = content.sha256Counter;
  const bytes = new Uint8Array(lengthBytes + 32);
  const block = Buffer.alloc(8);
  block.writeUInt32LE(seed);
  for (let place = 0; place < lengthBytes; place += 32) {
    block.writeUInt32LE(place / 32, 4);
    bytes.set(createHash('sha256').update(block).digest(), place);
  }
  return bytes.slice(0, lengthBytes);
}

export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A source of "random" bytes that gives exactly these. */
export function fixedRandom(hex: string): (bytes: Bytes) => Bytes {
  return (bytes) => {
    bytes.set(fromHex(hex));
    return bytes;
  };
}

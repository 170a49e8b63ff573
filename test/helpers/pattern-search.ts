/**
 * Looks for many byte patterns at once in files of any size, in one pass: how tests look for plaintext where
 * only sealed bytes may be. A filter of hashed first bytes passes nearly every position by at memory speed.
 */
import { createReadStream } from 'node:fs';

const PREFIX_BYTES = 4;
const FILTER_BITS = 22;
const READ_BYTES = 4 * 1024 * 1024;

export interface Pattern {
  /** For a message: where the bytes are from. */
  readonly label: string;
  readonly bytes: Uint8Array;
}

export interface Finding {
  readonly label: string;
  readonly file: string;
  readonly offset: number;
}

export class PatternSearch {
  readonly #byPrefix = new Map<number, Pattern[]>();
  readonly #filter = new Uint8Array(1 << (FILTER_BITS - 3));
  readonly #longestBytes: number;

  /** Every pattern must have at least 4 bytes. */
  constructor(patterns: readonly Pattern[]) {
    this.#longestBytes = patterns.reduce(
      (longest, { bytes }) => Math.max(longest, bytes.length),
      PREFIX_BYTES,
    );
    for (const pattern of patterns) {
      if (pattern.bytes.length < PREFIX_BYTES) throw new Error(`Too short to look for: ${pattern.label}`);
      const prefix = new DataView(pattern.bytes.buffer, pattern.bytes.byteOffset).getInt32(0, true);
      const bit = filterBit(prefix);
      this.#filter[bit >>> 3] = (this.#filter[bit >>> 3] ?? 0) | (1 << (bit & 7));
      this.#byPrefix.set(prefix, [...(this.#byPrefix.get(prefix) ?? []), pattern]);
    }
  }

  /** Every place of `file` at which a pattern lies. */
  async inFile(file: string): Promise<Finding[]> {
    const findings: Finding[] = [];
    let kept = Buffer.alloc(0);
    let startOfKept = 0;
    for await (const part of createReadStream(file, { highWaterMark: READ_BYTES })) {
      const bytes = Buffer.concat([kept, part as Buffer]);
      // What begins in the kept end was looked at only if it ended there: see the next lines.
      const end = Math.max(0, bytes.length - this.#longestBytes + 1);
      findings.push(...this.#inBytes(bytes, end, file, startOfKept));
      kept = bytes.subarray(end);
      startOfKept += end;
    }
    findings.push(...this.#inBytes(kept, kept.length, file, startOfKept));
    return findings;
  }

  /** Every pattern that begins before `end`. */
  #inBytes(bytes: Buffer, end: number, file: string, startOffset: number): Finding[] {
    return positionsThatMayMatch(bytes, end, this.#filter).flatMap((position) =>
      (this.#byPrefix.get(bytes.readInt32LE(position)) ?? [])
        .filter((pattern) => bytes.subarray(position, position + pattern.bytes.length).equals(pattern.bytes))
        .map(({ label }) => ({ label, file, offset: startOffset + position })),
    );
  }
}

function filterBit(prefix: number): number {
  return Math.imul(prefix, 0x9e3779b1) >>> (32 - FILTER_BITS);
}

/** The hot loop, over locals alone. */
function positionsThatMayMatch(bytes: Uint8Array, end: number, filter: Uint8Array): number[] {
  const positions: number[] = [];
  const last = Math.min(end - 1, bytes.length - PREFIX_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let position = 0; position <= last; position++) {
    const bit = Math.imul(view.getInt32(position, true), 0x9e3779b1) >>> (32 - FILTER_BITS);
    if (((filter[bit >>> 3] ?? 0) & (1 << (bit & 7))) !== 0) positions.push(position);
  }
  return positions;
}

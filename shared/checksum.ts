/**
 * The checksum of sealed pieces and records' bodies: the low 32 bits of XXH64 with seed 0 (FORMAT.md, Segments).
 * Several times as fast in a page as CRC-32, which browsers can only compute byte by byte.
 */
import { createXXHash64 } from 'hash-wasm';

/** An unsigned number of 32 bits. */
export type Checksum = (bytes: Uint8Array) => number;

/** Compiles the library, and gives the function. */
export async function loadChecksum(): Promise<Checksum> {
  const xxh64 = await createXXHash64();
  return (bytes) => {
    const digest = xxh64.init().update(bytes).digest('binary'); // big-endian
    return new DataView(digest.buffer, digest.byteOffset, digest.byteLength).getUint32(4);
  };
}

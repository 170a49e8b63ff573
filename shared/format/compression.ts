/**
 * Compression before sealing (FORMAT.md, Sealed chunks): zstd (RFC 8878), chunk by chunk, where a sample
 * shrinks. The library comes in as a port: this module runs where it can't be loaded, too.
 */
import { Reader, concatBytes, ownBytes } from '../bytes.ts';
import type { Bytes } from '../crypto/primitives.ts';
import { HoldfastError } from '../errors.ts';
import { PIECE_BYTES } from '../limits.ts';

export interface Zstd {
  /** One zstd frame. */
  compress(content: Uint8Array): Uint8Array;
  /** How long one would be that is made in a hurry: a little longer than that of `compress`. */
  estimate(content: Uint8Array): number;
  /** The content of one zstd frame. Throws anything for what isn't one. */
  decompress(frame: Uint8Array): Uint8Array;
}

/** What is sealed of a chunk. */
export interface StoredContent {
  readonly compression: 'none' | 'zstd';
  readonly contentBytes: number;
  /** The stored bytes, each piece but the last PIECE_BYTES long. */
  readonly pieces: readonly Bytes[];
}

const ZSTD_MAGIC = 0xfd2fb528;
const MAX_FRAME_HEADER_BYTES = 18;
/** By the descriptor's last two bits. */
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
/** By the descriptor's first two bits. */
const CONTENT_BYTES: readonly ((header: Reader, isSingleSegment: boolean) => number | undefined)[] = [
  (header, isSingleSegment) => (isSingleSegment ? header.u8() : undefined),
  (header) => header.u16() + 256,
  (header) => header.u32(),
  (header) => header.u64(),
];

const SAMPLE_BYTES = 32 * 1024;
/** Below this gain, opening isn't worth the work. */
const WORTHWHILE = 0.95;

/** Content as it is. */
export function uncompressed(pieces: readonly Bytes[]): StoredContent {
  const contentBytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return { compression: 'none', contentBytes, pieces };
}

/** Content compressed, or as it is where a sample says that it wouldn't shrink. */
export function compressed(pieces: readonly Bytes[], zstd: Zstd): StoredContent {
  const plain = uncompressed(pieces);
  const [first] = pieces;
  if (first === undefined || !shrinks(first.subarray(0, SAMPLE_BYTES), zstd)) return plain;
  const frame = ownBytes(zstd.compress(pieces.length === 1 ? first : concatBytes(...pieces)));
  if (frame.length > plain.contentBytes * WORTHWHILE) return plain;
  return { compression: 'zstd', contentBytes: plain.contentBytes, pieces: cutIntoPieces(frame) };
}

/**
 * The content's pieces. Throws `malformed` if the stored bytes don't give exactly `contentBytes`. What a frame says of
 * its size is looked at before: the library takes as much memory as that, and a device of the account may lie.
 */
export function decompressed(stored: StoredContent, zstd: Zstd): readonly Bytes[] {
  if (stored.compression === 'none') return stored.pieces;
  const frame = concatBytes(...stored.pieces);
  if (frameContentBytes(frame) !== stored.contentBytes)
    throw new HoldfastError('malformed', { detail: 'zstd frame of another size' });
  const content = tryDecompress(frame, zstd);
  if (content.length !== stored.contentBytes)
    throw new HoldfastError('malformed', { detail: 'content length' });
  return cutIntoPieces(ownBytes(content));
}

function tryDecompress(frame: Uint8Array, zstd: Zstd): Uint8Array {
  try {
    return zstd.decompress(frame);
  } catch (cause) {
    throw new HoldfastError('malformed', { detail: 'not a zstd frame', cause });
  }
}

/** The content's size that a zstd frame's header gives (RFC 8878, 3.1.1.1); `undefined` if it gives none. */
function frameContentBytes(frame: Uint8Array): number | undefined {
  const header = new Reader(frame.subarray(0, MAX_FRAME_HEADER_BYTES));
  if (header.u32() !== ZSTD_MAGIC) return undefined;
  const descriptor = header.u8();
  const isSingleSegment = (descriptor & 0x20) !== 0;
  header.bytes((isSingleSegment ? 0 : 1) + (DICTIONARY_ID_BYTES[descriptor & 3] ?? 0));
  return CONTENT_BYTES[descriptor >> 6]?.(header, isSingleSegment);
}

function shrinks(sample: Uint8Array, zstd: Zstd): boolean {
  return zstd.estimate(sample) <= sample.length * WORTHWHILE;
}

function cutIntoPieces(bytes: Bytes): Bytes[] {
  const pieces: Bytes[] = [];
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    pieces.push(bytes.subarray(start, start + PIECE_BYTES));
  }
  return pieces;
}

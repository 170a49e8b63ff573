/**
 * A chunk's sealed pieces (FORMAT.md, Sealed chunks):
 *
 *   stored  = content, or one zstd frame of it
 *   body    = stored || zeros || trailer        length(body) = Padmé(length(stored) + 9)
 *   trailer = compression u8 || storedBytes u32 || contentBytes u32
 *   piece 0 = version u8 = 1 || epoch u32 || salt 32 || AES-256-GCM(body[0 .. PIECE_BYTES))
 *   piece i = AES-256-GCM(body[i * PIECE_BYTES .. ))
 *
 * Key = HKDF(content or metadata key, salt): new for every sealing, so that the nonce can be the piece's
 * place. Nonce and associated data authenticate order, last piece, kind, vault, epoch and chunk id. The
 * trailer comes last so that content needs no copy to make room.
 */
import { Reader, Writer, concatBytes } from '../bytes.ts';
import { NONCE_BYTES, deriveSealKey, open, seal } from '../crypto/primitives.ts';
import type { Bytes, SealKey } from '../crypto/primitives.ts';
import type { Keyrings, VaultKeyring } from '../crypto/vault-keys.ts';
import { HoldfastError } from '../errors.ts';
import { idBytes } from '../ids.ts';
import type { ChunkId } from '../ids.ts';
import { CHUNK_MAX_BYTES, MAX_PIECES, PIECE_BYTES, TAG_BYTES } from '../limits.ts';
import { release } from '../release.ts';
import { CHUNK_KIND_BYTE, chunkIdOf } from './chunk-id.ts';
import type { ChunkKind } from './chunk-id.ts';
import { decompressed } from './compression.ts';
import type { StoredContent, Zstd } from './compression.ts';
import { padmeBytes } from './padding.ts';

const VERSION = 1;
const SALT_BYTES = 32;
const TRAILER_BYTES = 9;
const HEADER_BYTES = 1 + 4 + SALT_BYTES;
const COMPRESSION_BYTE = { none: 0, zstd: 1 } as const;
const SEAL_LABEL = 'holdfast/v1/chunk';

/** The first sealed piece of every chunk that has more than one. */
export const FULL_FIRST_PIECE_BYTES = HEADER_BYTES + PIECE_BYTES + TAG_BYTES;

/** Bytes of all sealed pieces of a chunk of `contentBytes`, uncompressed: what the server sees. */
export function sealedChunkBytes(contentBytes: number): number {
  const bodyBytes = padmeBytes(contentBytes + TRAILER_BYTES);
  return HEADER_BYTES + bodyBytes + Math.ceil(bodyBytes / PIECE_BYTES) * TAG_BYTES;
}

/**
 * Seals what is stored of a chunk, 1 to CHUNK_MAX_BYTES. The room behind the last piece in its buffer, where
 * there is any, is overwritten. `allot` gives the buffer, of just that length, that the first sealed piece is put into.
 */
export async function sealChunk(
  keyring: VaultKeyring,
  kind: ChunkKind,
  id: ChunkId,
  stored: StoredContent,
  random: (bytes: Bytes) => Bytes,
  allot = (lengthBytes: number): Bytes => new Uint8Array(lengthBytes),
): Promise<Bytes[]> {
  const salt = random(new Uint8Array(SALT_BYTES));
  const key = await chunkKey(keyring, kind, salt);
  const associatedData = chunkAssociatedData(keyring, kind, id);
  const bodyPieces = toBodyPieces(stored);
  const lastIndex = bodyPieces.length - 1;
  const sealed = await Promise.all(
    bodyPieces.map(async (piece, index) =>
      seal(key, pieceNonce(index, index === lastIndex), associatedData, piece),
    ),
  );
  const [first, ...others] = sealed;
  if (first === undefined) throw new HoldfastError('malformed', { detail: 'empty chunk' });
  const withHeader = allot(HEADER_BYTES + first.length);
  withHeader.set(header(keyring.epoch, salt));
  withHeader.set(first, HEADER_BYTES);
  release(first.buffer);
  return [withHeader, ...others];
}

/**
 * The plaintext of a chunk as pieces of PIECE_BYTES (the last one shorter), verified: every bit of it is
 * what was sealed under this id. Throws `seal-broken` (changed, reordered, truncated, other key),
 * `id-mismatch`, `malformed`, `format-unsupported`.
 */
export async function openChunk(
  keyrings: Keyrings,
  kind: ChunkKind,
  id: ChunkId,
  sealedPieces: readonly Bytes[],
  zstd: Zstd,
): Promise<readonly Bytes[]> {
  const [first, ...others] = sealedPieces;
  if (first === undefined || sealedPieces.length > MAX_PIECES) {
    throw new HoldfastError('malformed', { detail: `${String(sealedPieces.length)} pieces` });
  }
  const { epoch, salt } = readHeader(first);
  const keyring = keyrings.ofEpoch(epoch);
  const key = await chunkKey(keyring, kind, salt);
  const associatedData = chunkAssociatedData(keyring, kind, id);
  const lastIndex = others.length;
  const body = await Promise.all(
    [first.subarray(HEADER_BYTES), ...others].map(async (piece, index) =>
      open(key, pieceNonce(index, index === lastIndex), associatedData, piece),
    ),
  );
  const content = decompressed(toStoredContent(body), zstd);
  if ((await chunkIdOf(keyring.idKey, kind, content)) !== id) throw new HoldfastError('id-mismatch');
  return content;
}

async function chunkKey(keyring: VaultKeyring, kind: ChunkKind, salt: Bytes): Promise<SealKey> {
  return deriveSealKey(kind === 'content' ? keyring.contentKey : keyring.metadataKey, SEAL_LABEL, salt);
}

function chunkAssociatedData(keyring: VaultKeyring, kind: ChunkKind, id: ChunkId): Bytes {
  const writer = new Writer();
  writer.u8(VERSION);
  writer.u8(CHUNK_KIND_BYTE[kind]);
  writer.bytes(idBytes(keyring.vaultId));
  writer.u32(keyring.epoch);
  writer.bytes(idBytes(id));
  return writer.done();
}

/** index u32 || zeros || last u8: a key seals each place once. */
function pieceNonce(index: number, last: boolean): Bytes {
  const nonce = new Uint8Array(NONCE_BYTES);
  new DataView(nonce.buffer).setUint32(0, index, true);
  nonce[NONCE_BYTES - 1] = last ? 1 : 0;
  return nonce;
}

function header(epoch: number, salt: Bytes): Bytes {
  const writer = new Writer();
  writer.u8(VERSION);
  writer.u32(epoch);
  writer.bytes(salt);
  return writer.done();
}

function readHeader(piece: Uint8Array): { epoch: number; salt: Bytes } {
  const reader = new Reader(piece);
  const version = reader.u8();
  if (version !== VERSION) throw new HoldfastError('format-unsupported', { detail: 'sealed chunk' });
  return { epoch: reader.u32(), salt: new Uint8Array(reader.bytes(SALT_BYTES)) };
}

/** Stored pieces, then zeros and the trailer in what the last piece leaves or in one more piece. */
function toBodyPieces(stored: StoredContent): Bytes[] {
  const { pieces, contentBytes } = stored;
  const storedBytes = totalBytes(pieces);
  if (storedBytes === 0 || contentBytes > CHUNK_MAX_BYTES) {
    throw new HoldfastError('too-large', { detail: `chunk of ${String(contentBytes)} bytes` });
  }
  const bodyBytes = padmeBytes(storedBytes + TRAILER_BYTES);
  const count = Math.ceil(bodyBytes / PIECE_BYTES);
  const body: Bytes[] = [];
  for (let index = 0; index < count; index++) {
    const wantedBytes = Math.min(PIECE_BYTES, bodyBytes - index * PIECE_BYTES);
    body.push(extended(pieces[index] ?? new Uint8Array(0), wantedBytes));
  }
  writeTrailer(body, COMPRESSION_BYTE[stored.compression], storedBytes, contentBytes);
  return body;
}

/** `piece` with zeros behind it, in place where its buffer has the room. */
function extended(piece: Bytes, wantedBytes: number): Bytes {
  if (piece.length === wantedBytes) return piece;
  const hasRoom = piece.byteOffset + wantedBytes <= piece.buffer.byteLength;
  if (!hasRoom) {
    const copy = new Uint8Array(wantedBytes);
    copy.set(piece);
    return copy;
  }
  const longer = new Uint8Array(piece.buffer, piece.byteOffset, wantedBytes);
  longer.fill(0, piece.length);
  return longer;
}

function writeTrailer(
  body: readonly Bytes[],
  compression: number,
  storedBytes: number,
  contentBytes: number,
): void {
  const writer = new Writer(new Uint8Array(TRAILER_BYTES));
  writer.u8(compression);
  writer.u32(storedBytes);
  writer.u32(contentBytes);
  // Backwards from the end: the trailer may begin in the last piece but one.
  let left = writer.done();
  for (const piece of body.toReversed()) {
    const here = left.subarray(Math.max(0, left.length - piece.length));
    piece.set(here, piece.length - here.length);
    left = left.subarray(0, left.length - here.length);
    if (left.length === 0) return;
  }
}

function toStoredContent(body: readonly Bytes[]): StoredContent {
  const { compression, storedBytes, contentBytes } = readTrailer(body);
  const between = (start: number, end: number): Bytes[] =>
    body.map((piece, index) => {
      const pieceStart = index * PIECE_BYTES;
      return piece.subarray(Math.max(0, start - pieceStart), Math.max(0, end - pieceStart));
    });
  if (!between(storedBytes, totalBytes(body) - TRAILER_BYTES).every(isZero)) {
    throw new HoldfastError('malformed', { detail: 'chunk padding' });
  }
  const pieces = between(0, storedBytes).filter((piece) => piece.length > 0);
  return { compression, contentBytes, pieces };
}

interface Trailer {
  readonly compression: StoredContent['compression'];
  readonly storedBytes: number;
  readonly contentBytes: number;
}

function readTrailer(body: readonly Bytes[]): Trailer {
  const reader = new Reader(tail(body, TRAILER_BYTES));
  const compression = compressionOf(reader.u8());
  const trailer = { compression, storedBytes: reader.u32(), contentBytes: reader.u32() };
  if (!isPossible(trailer) || totalBytes(body) !== padmeBytes(trailer.storedBytes + TRAILER_BYTES)) {
    throw new HoldfastError('malformed', { detail: 'chunk trailer' });
  }
  return trailer;
}

function compressionOf(byte: number): StoredContent['compression'] {
  if (byte === COMPRESSION_BYTE.none) return 'none';
  if (byte === COMPRESSION_BYTE.zstd) return 'zstd';
  throw new HoldfastError('format-unsupported', { detail: 'compression' });
}

function isPossible({ compression, storedBytes, contentBytes }: Trailer): boolean {
  if (storedBytes === 0 || contentBytes === 0 || contentBytes > CHUNK_MAX_BYTES) return false;
  return compression === 'none' ? storedBytes === contentBytes : storedBytes < contentBytes;
}

/** A plain loop: `every` with a function takes ten times as long. */
function isZero(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte !== 0) return false;
  return true;
}

/** The last `length` bytes of all pieces. */
function tail(body: readonly Bytes[], length: number): Bytes {
  const lastTwo = concatBytes(...body.slice(-2).map((piece) => piece.subarray(-length)));
  if (lastTwo.length < length) throw new HoldfastError('malformed', { detail: 'chunk body too short' });
  return lastTwo.subarray(-length);
}

function totalBytes(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}

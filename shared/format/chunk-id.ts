/**
 * Chunk ids (FORMAT.md, Chunk ids): a MAC over the digests of the plaintext's pieces rather than over
 * the plaintext itself, because one-shot WebCrypto pays for every buffer above 512 KiB.
 *
 *   id = HMAC-SHA-256(idKey, kind u8 || contentBytes u32 || SHA-256(piece 0) || SHA-256(piece 1) || ...)
 */
import { Writer } from '../bytes.ts';
import { mac, sha256 } from '../crypto/primitives.ts';
import type { Bytes, MacKey } from '../crypto/primitives.ts';
import { idFromBytes } from '../ids.ts';
import type { ChunkId } from '../ids.ts';

/** What a chunk holds; the server can't tell them apart. */
export type ChunkKind = 'content' | 'folders';

export const CHUNK_KIND_BYTE: Readonly<Record<ChunkKind, number>> = { content: 1, folders: 2 };

/** The id of the chunk whose plaintext is `pieces`, each but the last PIECE_BYTES long. */
export async function chunkIdOf(idKey: MacKey, kind: ChunkKind, pieces: readonly Bytes[]): Promise<ChunkId> {
  const digests = await Promise.all(pieces.map(async (piece) => sha256(piece)));
  const contentBytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const writer = new Writer();
  writer.u8(CHUNK_KIND_BYTE[kind]);
  writer.u32(contentBytes);
  for (const digest of digests) writer.bytes(digest);
  return idFromBytes<ChunkId>(await mac(idKey, writer.done()));
}

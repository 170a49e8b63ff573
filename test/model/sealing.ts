/**
 * A stand-in for sealing: chunks of a few hundred bytes whose id is their content's hash, sealed by nothing but a
 * salt. Sealing the same content twice gives other bytes, as real sealing does: two copies of a chunk differ.
 */
import { createHash } from 'node:crypto';
import type { ChunkId } from '../../shared/ids.ts';
import type { SeededRandom } from '../helpers/seeded-random.ts';

export type ChunkKind = 'content' | 'folders';

/** A chunk holds at most this much; files are cut at its multiples. */
export const MAX_CHUNK_BYTES = 480;
const PIECE_BYTES = 200;
const SALT_BYTES = 8;

export interface OpenChunk {
  readonly chunkId: ChunkId;
  readonly content: Buffer;
}

export function openChunkOf(kind: ChunkKind, content: Buffer): OpenChunk {
  return { chunkId: chunkIdOf(kind, content), content };
}

export function chunkIdOf(kind: ChunkKind, content: Uint8Array): ChunkId {
  return createHash('sha256').update(kind).update(content).digest('hex') as ChunkId;
}

/** The pieces to send, at least one: salt and content, cut. */
export function seal({ content }: OpenChunk, random: SeededRandom): Uint8Array[] {
  const sealed = Buffer.concat([random.bytes(SALT_BYTES), content]);
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < sealed.length; start += PIECE_BYTES) {
    pieces.push(sealed.subarray(start, start + PIECE_BYTES));
  }
  return pieces;
}

/** What `seal` sealed. */
export function unseal(pieces: readonly Uint8Array[]): Buffer {
  return Buffer.concat(pieces).subarray(SALT_BYTES);
}

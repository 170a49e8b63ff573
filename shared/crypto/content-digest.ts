/**
 * Digests of small files' content (FORMAT.md, Content digests): with one a backup finds content that the vault
 * holds already, in whatever bundle. BLAKE3 because it takes a key, and is fast for many short inputs.
 */
import { createBLAKE3 } from 'hash-wasm';
import { DIGEST_BYTES } from '../ids.ts';
import type { ContentDigest } from '../ids.ts';
import type { Bytes } from './primitives.ts';

export type ContentDigester = (content: Uint8Array) => ContentDigest;

/** Digests under the vault's digest key (32 bytes). */
export async function contentDigester(digestKey: Bytes): Promise<ContentDigester> {
  const hasher = await createBLAKE3(8 * DIGEST_BYTES, digestKey);
  return (content) => hasher.init().update(content).digest('hex') as ContentDigest;
}

/** Branded ids: random or keyed-hash bytes, written as lower-case hexadecimal everywhere outside a codec. */
import { fromHex, toHex } from './bytes.ts';
import { HoldfastError } from './errors.ts';

declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

export type AccountId = Id<'account'>;
export type VaultId = Id<'vault'>;
export type DeviceId = Id<'device'>;
export type SourceId = Id<'source'>;
export type SnapshotId = Id<'snapshot'>;
/** HMAC-SHA-256 under the vault's id key (FORMAT.md, Chunk ids). */
export type ChunkId = Id<'chunk'>;
/** SHA-256 of a page of chunk ids (FORMAT.md, Reference pages). */
export type RefPageId = Id<'ref-page'>;
/** Keyed BLAKE3 of a small file's content (FORMAT.md, Content digests). */
export type ContentDigest = Id<'content-digest'>;
export type JobId = Id<'job'>;

/** Bytes of a random id, a hash id and a content digest. */
export const RANDOM_ID_BYTES = 16;
export const HASH_ID_BYTES = 32;
export const DIGEST_BYTES = 16;

/** The id whose bytes these are: 16 for random ids, 32 for chunk and page ids. Throws `malformed`. */
export function idFromBytes<T extends Id<string>>(bytes: Uint8Array): T {
  if (bytes.length !== RANDOM_ID_BYTES && bytes.length !== HASH_ID_BYTES) {
    throw new HoldfastError('malformed', { detail: 'an id has 16 or 32 bytes' });
  }
  return toHex(bytes) as T;
}

/** The bytes of an id. */
export function idBytes(id: Id<string>): Uint8Array<ArrayBuffer> {
  return fromHex(id);
}

/** A new random id from 16 bytes of `random`. */
export function randomId<T extends Id<string>>(random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array): T {
  return idFromBytes<T>(random(new Uint8Array(RANDOM_ID_BYTES)));
}

/**
 * Keys that wrap keys (FORMAT.md, Wrapped keys):
 *
 *   version u8 = 1 || nonce 12 || AES-256-GCM(key 32) 48
 *
 * The associated data names what is wrapped for whom, so that a server can't pass one wrapped key
 * off as another, or an old epoch as a new one.
 */
import { Reader, Writer, concatBytes, utf8 } from '../bytes.ts';
import { HoldfastError } from '../errors.ts';
import { TAG_BYTES } from '../limits.ts';
import { KEY_BYTES, NONCE_BYTES, open, seal } from './primitives.ts';
import type { Bytes, SealKey } from './primitives.ts';

const VERSION = 1;

export interface WrapContext {
  readonly kind: 'account-key/password' | 'account-key/recovery' | 'vault-key';
  /** Hexadecimal id of the account that owns the wrapping key. */
  readonly owner: string;
  /** Hexadecimal id of what is wrapped: the account again, or the vault. */
  readonly keyId: string;
  readonly epoch: number;
}

/** Wraps 32 key bytes. A wrapping key sees a handful of random nonces in its life. */
export async function wrapKey(
  wrappingKey: SealKey,
  context: WrapContext,
  key: Bytes,
  random: (bytes: Bytes) => Bytes,
): Promise<Bytes> {
  const nonce = random(new Uint8Array(NONCE_BYTES));
  const sealed = await seal(wrappingKey, nonce, associatedData(context), key);
  return concatBytes(new Uint8Array([VERSION]), nonce, sealed);
}

/** The wrapped 32 bytes. Throws `malformed`, `format-unsupported`, `seal-broken`. */
export async function unwrapKey(
  wrappingKey: SealKey,
  context: WrapContext,
  wrapped: Uint8Array,
): Promise<Bytes> {
  const reader = new Reader(wrapped);
  const version = reader.u8();
  if (version !== VERSION) throw new HoldfastError('format-unsupported', { detail: 'wrapped key' });
  const nonce = new Uint8Array(reader.bytes(NONCE_BYTES));
  const sealed = new Uint8Array(reader.bytes(KEY_BYTES + TAG_BYTES));
  reader.end();
  return open(wrappingKey, nonce, associatedData(context), sealed);
}

function associatedData(context: WrapContext): Bytes {
  const writer = new Writer();
  writer.u8(VERSION);
  for (const part of [context.kind, context.owner, context.keyId]) {
    const bytes = utf8(part);
    writer.u8(bytes.length);
    writer.bytes(bytes);
  }
  writer.u32(context.epoch);
  return writer.done().slice();
}

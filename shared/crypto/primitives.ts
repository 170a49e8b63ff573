/**
 * The only module that calls WebCrypto. Everything else speaks of sealing, ids and keys.
 * AES-256-GCM (NIST SP 800-38D), HMAC-SHA-256 (RFC 2104), HKDF-SHA-256 (RFC 5869).
 */
import { utf8 } from '../bytes.ts';
import { HoldfastError } from '../errors.ts';

export type Bytes = Uint8Array<ArrayBuffer>;

/** Keys of the two kinds that derive or authenticate; never extractable. */
export type DerivationKey = CryptoKey & { readonly __use?: 'hkdf' };
export type MacKey = CryptoKey & { readonly __use?: 'hmac' };
export type SealKey = CryptoKey & { readonly __use?: 'aes-gcm' };

export const KEY_BYTES = 32;
export const NONCE_BYTES = 12;
const noSalt = new Uint8Array(0);

/** Fills `bytes` from the browser's secure source, and returns them. */
export function secureRandom(bytes: Bytes): Bytes {
  return crypto.getRandomValues(bytes);
}

/** SHA-256 (FIPS 180-4): 32 bytes. */
export async function sha256(data: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', data));
}

/** A non-extractable key that others are derived from. */
export async function importDerivationKey(secret: Bytes): Promise<DerivationKey> {
  return crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits', 'deriveKey']);
}

/** HKDF: `lengthBytes` bytes for one purpose, named by `label`. */
export async function deriveBytes(key: DerivationKey, label: string, lengthBytes: number): Promise<Bytes> {
  const bits = await crypto.subtle.deriveBits(hkdf(label, noSalt), key, lengthBytes * 8);
  return new Uint8Array(bits);
}

/** HKDF: a non-extractable derivation key for one purpose. */
export async function deriveSubkey(key: DerivationKey, label: string): Promise<DerivationKey> {
  return importDerivationKey(await deriveBytes(key, label, KEY_BYTES));
}

/** HKDF: a non-extractable HMAC-SHA-256 key for one purpose. */
export async function deriveMacKey(key: DerivationKey, label: string): Promise<MacKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256', length: KEY_BYTES * 8 };
  return crypto.subtle.deriveKey(hkdf(label, noSalt), key, algorithm, false, ['sign', 'verify']);
}

/** HKDF: a non-extractable AES-256-GCM key for one purpose and one `salt`. */
export async function deriveSealKey(
  key: DerivationKey,
  label: string,
  salt: Bytes = noSalt,
): Promise<SealKey> {
  const algorithm = { name: 'AES-GCM', length: KEY_BYTES * 8 };
  return crypto.subtle.deriveKey(hkdf(label, salt), key, algorithm, false, ['encrypt', 'decrypt']);
}

/** HMAC-SHA-256 of `data`: 32 bytes. */
export async function mac(key: MacKey, data: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, data));
}

/** Whether `tag` is the HMAC-SHA-256 of `data`; takes as long where it isn't. */
export async function isMac(key: MacKey, data: Bytes, tag: Bytes): Promise<boolean> {
  return crypto.subtle.verify('HMAC', key, tag, data);
}

/** AES-256-GCM: ciphertext and tag. The caller guarantees that a key never sees a nonce twice. */
export async function seal(
  key: SealKey,
  nonce: Bytes,
  associatedData: Bytes,
  plaintext: Bytes,
): Promise<Bytes> {
  const algorithm = { name: 'AES-GCM', iv: nonce, additionalData: associatedData };
  return new Uint8Array(await crypto.subtle.encrypt(algorithm, key, plaintext));
}

/** The plaintext, or `seal-broken` if key, nonce, associated data or a single bit differ. */
export async function open(key: SealKey, nonce: Bytes, associatedData: Bytes, sealed: Bytes): Promise<Bytes> {
  const algorithm = { name: 'AES-GCM', iv: nonce, additionalData: associatedData };
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, sealed));
  } catch (cause) {
    throw new HoldfastError('seal-broken', { cause });
  }
}

function hkdf(label: string, salt: Bytes): HkdfParams {
  return { name: 'HKDF', hash: 'SHA-256', salt, info: utf8(label) };
}

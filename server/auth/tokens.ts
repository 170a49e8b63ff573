/** Secret tokens (sessions, invitations): 32 random bytes, of which only the hash is kept. */
import { createHash } from 'node:crypto';
import type { RandomBytes } from '../ports.ts';

const TOKEN_BYTES = 32;

export function newToken(random: RandomBytes): Uint8Array<ArrayBuffer> {
  return random(TOKEN_BYTES);
}

/** A token as it stands in a link. */
export function tokenText(token: Uint8Array): string {
  return Buffer.from(token).toString('base64url');
}

/**
 * What is kept of a token. A plain hash is enough: 256 random bits can't be guessed, and finding the
 * row by hash tells nothing about the token in time.
 */
export function hashToken(token: Uint8Array | string): Uint8Array {
  const bytes = typeof token === 'string' ? Buffer.from(token, 'base64url') : token;
  return createHash('sha256').update(bytes).digest();
}

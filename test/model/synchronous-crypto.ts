/**
 * WebCrypto's calls that the client makes (shared/crypto/primitives.ts), answered at once by Node's own cryptography.
 * WebCrypto answers from threads, in an order of their own: then a seed would not give the same run again, and a run
 * would take longer. The results are the same bytes.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  timingSafeEqual,
} from 'node:crypto';

const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

interface Key {
  readonly secret: Uint8Array;
}
interface Hkdf {
  readonly salt: Uint8Array;
  readonly info: Uint8Array;
}
interface Gcm {
  readonly iv: Uint8Array;
  readonly additionalData: Uint8Array;
}

const calls = {
  digest: (_: string, data: Uint8Array) => createHash('sha256').update(data).digest(),
  importKey: (_: string, secret: Uint8Array): Key => ({ secret: secret.slice() }),
  deriveBits: (hkdf: Hkdf, key: Key, bits: number) => derive(hkdf, key, bits),
  deriveKey: (hkdf: Hkdf, key: Key, { length }: { readonly length: number }): Key => ({
    secret: derive(hkdf, key, length),
  }),
  sign: (_: string, { secret }: Key, data: Uint8Array) => createHmac('sha256', secret).update(data).digest(),
  verify: (_: string, { secret }: Key, tag: Uint8Array, data: Uint8Array) =>
    timingSafeEqual(createHmac('sha256', secret).update(data).digest(), tag),
  encrypt: ({ iv, additionalData }: Gcm, { secret }: Key, data: Uint8Array) => {
    const cipher = createCipheriv(CIPHER, secret, iv).setAAD(additionalData);
    return Buffer.concat([cipher.update(data), cipher.final(), cipher.getAuthTag()]);
  },
  decrypt: ({ iv, additionalData }: Gcm, { secret }: Key, sealed: Uint8Array) => {
    const decipher = createDecipheriv(CIPHER, secret, iv).setAAD(additionalData);
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
  },
};

/** Takes WebCrypto's place until the returned function is called. Keys of the one are none of the other. */
export function useSynchronousCrypto(): () => void {
  const { subtle } = crypto;
  const replace = (value: unknown) => Object.defineProperty(crypto, 'subtle', { configurable: true, value });
  const promising = Object.entries(calls).map(([name, call]) => [
    name,
    async (...args: unknown[]) => Promise.resolve((call as (...args: unknown[]) => unknown)(...args)),
  ]);
  replace(Object.fromEntries(promising));
  return () => {
    replace(subtle);
  };
}

function derive({ salt, info }: Hkdf, { secret }: Key, bits: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, salt, info, bits / 8));
}

/** The recovery key: 256 random bits that a person keeps as 24 words (BIP-39, English list). */
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { HoldfastError } from '../errors.ts';
import { toHex } from '../bytes.ts';
import { KEY_BYTES, deriveBytes, deriveSealKey, importDerivationKey } from './primitives.ts';
import type { Bytes, SealKey } from './primitives.ts';

export const RECOVERY_WORDS = 24;

/** A new recovery key's words. */
export function newRecoveryWords(random: (bytes: Bytes) => Bytes): string[] {
  return entropyToMnemonic(random(new Uint8Array(KEY_BYTES)), wordlist).split(' ');
}

/** The 32 bytes behind typed words, whatever their case and spacing. Throws `recovery-words-invalid`. */
export function recoveryEntropy(typedWords: string): Bytes {
  const words = typedWords.toLowerCase().trim().split(/\s+/);
  try {
    if (words.length !== RECOVERY_WORDS) throw new HoldfastError('recovery-words-invalid');
    return new Uint8Array(mnemonicToEntropy(words.join(' '), wordlist));
  } catch (cause) {
    throw new HoldfastError('recovery-words-invalid', { cause });
  }
}

export interface RecoverySecrets {
  /** What the recovery credential's OPAQUE registration takes as its password. */
  readonly opaquePassword: string;
  /** Wraps the account key. */
  readonly wrappingKey: SealKey;
}

/** What a recovery key is used for, one HKDF label each (FORMAT.md, Keys). */
export async function recoverySecrets(entropy: Bytes): Promise<RecoverySecrets> {
  const base = await importDerivationKey(entropy);
  const opaqueSecret = await deriveBytes(base, 'holdfast/v1/recovery/opaque', KEY_BYTES);
  const wrappingKey = await deriveSealKey(base, 'holdfast/v1/recovery/account-key');
  return { opaquePassword: toHex(opaqueSecret), wrappingKey };
}

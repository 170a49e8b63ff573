/** Account names: what is allowed, and when two are the same. */
import { utf8 } from '../../shared/bytes.ts';
import { HoldfastError } from '../../shared/errors.ts';
import { MAX_ACCOUNT_NAME_BYTES } from '../../shared/limits.ts';

export interface AccountName {
  /** As the person wrote it, NFC. */
  readonly shown: string;
  /** Equal for names that differ in case or composition only. */
  readonly folded: string;
}

/** Control characters, line ends, halves of surrogate pairs, and marks that turn the reading direction. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

/** Throws `name-invalid`. */
export function parseAccountName(text: string): AccountName {
  const shown = text.normalize('NFC');
  const sizeBytes = utf8(shown).length;
  const fits = sizeBytes > 0 && sizeBytes <= MAX_ACCOUNT_NAME_BYTES;
  if (!fits || FORBIDDEN.test(shown) || shown.trim() !== shown) throw new HoldfastError('name-invalid');
  return { shown, folded: foldName(shown) };
}

/** Upper case first: it folds what has no lower-case twin of its own, as ß and the final sigma. */
function foldName(name: string): string {
  return name.toUpperCase().toLowerCase().normalize('NFC');
}

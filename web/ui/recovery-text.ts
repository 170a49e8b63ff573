/**
 * Reads typed or pasted recovery words: forgives numbers, punctuation, line breaks and capitals, and
 * says what is missing. Whether the words are a key is the engine's to say.
 */
export const RECOVERY_WORD_COUNT = 24;

export interface RecoveryText {
  readonly words: readonly string[];
  /** What is to be done, in words; empty while there is nothing to say. */
  readonly hint: string;
  readonly isComplete: boolean;
}

// The shortest word of the list has 3 letters, the longest 8; all are plain letters.
const WORD = /^[a-z]{3,8}$/;

export function readRecoveryWords(text: string): RecoveryText {
  const words = text
    .toLowerCase()
    .split(/[\s,;.:)(\d]+/)
    .filter((word) => word !== '');
  const wrong = words.findIndex((word) => !WORD.test(word));
  const isComplete = words.length === RECOVERY_WORD_COUNT && wrong === -1;
  return { words, hint: hintFor(words, wrong), isComplete };
}

function hintFor(words: readonly string[], wrong: number): string {
  // The last word may still be being typed.
  if (wrong !== -1 && wrong < words.length - 1) return `Word ${wrong + 1} can’t be right`;
  if (words.length > RECOVERY_WORD_COUNT) return `${words.length - RECOVERY_WORD_COUNT} too many`;
  return words.length === RECOVERY_WORD_COUNT ? 'Complete' : '';
}

/**
 * A rough, honest estimate of how hard a password is to guess, for a hint while typing. It only
 * advises: the rule is the minimum length. Nothing leaves the page.
 */
export const PASSWORD_MIN_LENGTH = 10;

export interface Strength {
  /** 0 = too short, 1 = weak, 2 = fair, 3 = good, 4 = strong. */
  readonly score: 0 | 1 | 2 | 3 | 4;
  readonly words: string;
}

const COMMON = [
  'password',
  'passwort',
  'qwerty',
  'letmein',
  'welcome',
  'admin',
  'iloveyou',
  'monkey',
  'dragon',
  'holdfast',
  'backup',
  'secret',
  'abc',
  '123',
  'login',
  'master',
];

const CLASSES: readonly (readonly [RegExp, number])[] = [
  [/[a-z]/, 26],
  [/[A-Z]/, 26],
  [/[0-9]/, 10],
  [/[^a-zA-Z0-9]/, 33],
];

const WORDS: Readonly<Record<Strength['score'], string>> = {
  0: `At least ${PASSWORD_MIN_LENGTH} characters`,
  1: 'Easy to guess. Make it longer or less usual.',
  2: 'Fair. A few more words would make it good.',
  3: 'Good',
  4: 'Strong',
};

/** How strong `password` is. */
export function passwordStrength(password: string): Strength {
  const score = characterCount(password) < PASSWORD_MIN_LENGTH ? 0 : scoreOfBits(estimateBits(password));
  return { score, words: WORDS[score] };
}

/** Characters as a person counts them: one beyond the basic plane is one. */
function characterCount(text: string): number {
  return Array.from(text).length;
}

function scoreOfBits(bits: number): Strength['score'] {
  if (bits < 36) return 1;
  if (bits < 52) return 2;
  return bits < 72 ? 3 : 4;
}

function estimateBits(password: string): number {
  const alphabet = CLASSES.reduce((sum, [pattern, size]) => sum + (pattern.test(password) ? size : 0), 0);
  return surprisingLength(password) * Math.log2(Math.max(2, alphabet));
}

/** The length, counting little for repetitions, runs and well-known words. */
function surprisingLength(password: string): number {
  let rest = password.toLowerCase();
  for (const word of COMMON) rest = rest.replaceAll(word, word.charAt(0));
  let length = 0;
  for (let i = 0; i < rest.length; i++) length += isExpected(rest, i) ? 0.25 : 1;
  return Math.min(length, 2.2 * new Set(rest).size);
}

function isExpected(text: string, index: number): boolean {
  if (index === 0) return false;
  const step = text.charCodeAt(index) - text.charCodeAt(index - 1);
  return step === 0 || Math.abs(step) === 1;
}

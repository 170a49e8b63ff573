/** Asks for some of the recovery words, so that nobody clicks past the one thing that saves them. */
import { HoldfastError } from '../../../shared/errors.ts';
import type { RecoveryAnswer } from '../../bridge/engine-api.ts';
import type { Random } from '../ports.ts';

const ASKED_WORDS = 3;

/** A recovery key that a person was shown and hasn't proved to have written down yet. */
export class PendingRecoveryCheck {
  readonly askPositions: readonly number[];
  readonly #words: readonly string[];
  readonly #onConfirmed: (keepUnlocked: boolean) => Promise<void>;

  constructor(
    words: readonly string[],
    random: Random,
    onConfirmed: (keepUnlocked: boolean) => Promise<void>,
  ) {
    this.#words = words;
    this.askPositions = askedPositions(words.length, random);
    this.#onConfirmed = onConfirmed;
  }

  /** Throws `recovery-check-failed`, after which it can be tried again, and what confirming throws. */
  async confirm(answers: readonly RecoveryAnswer[], keepUnlocked: boolean): Promise<void> {
    checkAnswers(this.#words, this.askPositions, answers);
    await this.#onConfirmed(keepUnlocked);
  }
}

/** Three different positions of `count` words, counted from 1, ascending. */
export function askedPositions(count: number, random: Random): number[] {
  const positions = new Set<number>();
  while (positions.size < ASKED_WORDS) {
    const [byte = 0] = random(new Uint8Array(1));
    positions.add(1 + (byte % count));
  }
  return [...positions].sort((a, b) => a - b);
}

/** Throws `recovery-check-failed` unless every asked position is answered with its word. */
export function checkAnswers(
  words: readonly string[],
  asked: readonly number[],
  answers: readonly RecoveryAnswer[],
): void {
  const given = new Map(answers.map(({ position, word }) => [position, word.trim().toLowerCase()]));
  if (!asked.every((position) => given.get(position) === words[position - 1])) {
    throw new HoldfastError('recovery-check-failed');
  }
}

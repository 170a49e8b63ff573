import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { secureRandom } from '../../shared/crypto/primitives.ts';
import { newRecoveryWords } from '../../shared/crypto/recovery-key.ts';
import {
  PendingRecoveryCheck,
  askedPositions,
  checkAnswers,
} from '../../web/worker/account/recovery-check.ts';
import { assertRejectsCode, assertThrowsCode } from '../helpers/coded-errors.ts';
import { seededRandom } from '../helpers/seeded-random.ts';

const words = newRecoveryWords(secureRandom);
const rightAnswers = (positions: readonly number[]): { position: number; word: string }[] =>
  positions.map((position) => ({ position, word: words[position - 1] ?? '' }));

describe('the asked positions', () => {
  it('are three different ones of all words, in order', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const random = seededRandom(seed);
        const asked = askedPositions(24, (bytes) => random.fill(bytes));
        assert.equal(new Set(asked).size, 3);
        assert.deepEqual(
          asked,
          asked.toSorted((a, b) => a - b),
        );
        assert.ok(asked.every((position) => Number.isInteger(position) && position >= 1 && position <= 24));
      }),
    );
  });

  it('leave no word out for good', () => {
    const random = seededRandom(5);
    const seen = new Set(
      Array.from({ length: 500 }, () => askedPositions(24, (bytes) => random.fill(bytes))).flat(),
    );
    assert.equal(seen.size, 24);
  });
});

describe('answers', () => {
  const asked = [2, 9, 24];

  it('are right however they are typed', () => {
    const typed = rightAnswers(asked).map(({ position, word }) => ({
      position,
      word: ` ${word.toUpperCase()}\n`,
    }));
    assert.doesNotThrow(() => {
      checkAnswers(words, asked, typed.toReversed());
    });
  });

  it('are wrong when one is wrong, missing, empty or given at another place', () => {
    const [first, second, third] = rightAnswers(asked) as [Answer, Answer, Answer];
    const wrong: readonly (readonly Answer[])[] = [
      [],
      [first, second],
      [first, second, { ...third, word: '' }],
      [first, second, { ...third, word: `${third.word}s` }],
      [first, second, { ...third, position: 23 }],
      [first, second, third, { ...first, word: 'zzz' }],
    ];
    for (const answers of wrong) {
      assertThrowsCode(() => {
        checkAnswers(words, asked, answers);
      }, 'recovery-check-failed');
    }
  });

  it('to what was not asked prove nothing', () => {
    assertThrowsCode(() => {
      checkAnswers(words, asked, rightAnswers([1, 3, 4]));
    }, 'recovery-check-failed');
  });
});

describe('a pending check', () => {
  it('confirms once the answers are right, and may be tried again until then', async () => {
    const confirmed: boolean[] = [];
    const check = new PendingRecoveryCheck(words, secureRandom, async (keepUnlocked) => {
      confirmed.push(keepUnlocked);
      return Promise.resolve();
    });
    await assertRejectsCode(check.confirm([], true), 'recovery-check-failed');
    assert.deepEqual(confirmed, []);
    await check.confirm(rightAnswers(check.askPositions), true);
    assert.deepEqual(confirmed, [true]);
  });
});

interface Answer {
  readonly position: number;
  readonly word: string;
}

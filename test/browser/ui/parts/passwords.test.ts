import { assert } from 'chai';
import { passwordStrength } from '../../../../web/ui/password-strength.ts';
import { readRecoveryWords } from '../../../../web/ui/recovery-text.ts';
import { FAKE_WORDS } from '../fake-engine.ts';

describe('the strength hint', () => {
  it('refuses fewer than ten characters, counted as a person counts', () => {
    assert.equal(passwordStrength('Tr0ub4dor').score, 0);
    assert.equal(passwordStrength('😀'.repeat(9)).score, 0);
    assert.isAbove(passwordStrength('😀🚀🌊🔑🧭🪢⚓🛡️🐙🦑🌋').score, 0);
  });

  it('is not fooled by length alone', () => {
    for (const weak of [
      'aaaaaaaaaaaaaaaa',
      '1234567890123',
      'passwordpassword',
      'abcdefghijklmnop',
      'qwertyqwerty123',
    ]) {
      assert.isAtMost(passwordStrength(weak).score, 1, weak);
    }
  });

  it('finds several unrelated words good', () => {
    assert.isAtLeast(passwordStrength('correct horse battery').score, 3);
    assert.equal(passwordStrength('vM7#kq!Zt2&xWp9$').score, 4);
  });

  it('says in words what to do', () => {
    assert.include(passwordStrength('short').words, '10');
  });
});

describe('recovery words that were typed', () => {
  const line = FAKE_WORDS.join(' ');

  it('are complete at 24, however they are spaced, numbered and capitalised', () => {
    const numbered = FAKE_WORDS.map((word, index) => `${index + 1}. ${word.toUpperCase()},`).join('\n');
    for (const text of [line, `  ${line}\n`, numbered]) {
      const { words, isComplete } = readRecoveryWords(text);
      assert.isTrue(isComplete);
      assert.deepEqual(words, FAKE_WORDS);
    }
  });

  it('count while one types, without complaining of the word that is being typed', () => {
    const { words, hint, isComplete } = readRecoveryWords('anchor basket c');
    assert.deepEqual([words.length, hint, isComplete], [3, '', false]);
  });

  it('say which word can’t be one', () => {
    assert.equal(readRecoveryWords('anchor b@sket canyon').hint, 'Word 2 can’t be right');
    assert.isFalse(readRecoveryWords(line.replace('zebra', 'zebraaaaaaa')).isComplete);
  });

  it('say when there are too many', () => {
    assert.equal(readRecoveryWords(`${line} anchor basket`).hint, '2 too many');
  });
});

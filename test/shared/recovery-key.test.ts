import assert from 'node:assert/strict';
import { hkdfSync } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex, utf8 } from '../../shared/bytes.ts';
import { secureRandom } from '../../shared/crypto/primitives.ts';
import {
  RECOVERY_WORDS,
  newRecoveryWords,
  recoveryEntropy,
  recoverySecrets,
} from '../../shared/crypto/recovery-key.ts';
import { bytesOf } from '../helpers/arbitraries.ts';
import { assertThrowsCode, orCodedError } from '../helpers/coded-errors.ts';

/** A vector of BIP-39's authors. */
const KNOWN = {
  entropy: 'f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f',
  words:
    'void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing screen patrol ' +
    'group space point ten exist slush involve unfold',
};

function wordsOf(entropy: Uint8Array): string[] {
  return newRecoveryWords((bytes) => {
    bytes.set(entropy);
    return bytes;
  });
}

describe('a recovery key', () => {
  it('is 24 words of BIP-39', () => {
    assert.equal(wordsOf(fromHex(KNOWN.entropy)).join(' '), KNOWN.words);
    assert.equal(toHex(recoveryEntropy(KNOWN.words)), KNOWN.entropy);
  });

  it('comes back from its words, all 256 bits of it', () => {
    fc.assert(
      fc.property(bytesOf(32), (entropy) => {
        const words = wordsOf(entropy);
        assert.equal(words.length, RECOVERY_WORDS);
        assert.deepEqual(recoveryEntropy(words.join(' ')), entropy);
      }),
    );
  });

  it('is another one every time', () => {
    const made = Array.from({ length: 20 }, () => newRecoveryWords(secureRandom).join(' '));
    assert.equal(new Set(made).size, made.length);
  });

  it('is understood however it is typed: case, spaces, line ends, a phone’s capital at the start', () => {
    const words = KNOWN.words.split(' ');
    const typed = [
      KNOWN.words.toUpperCase(),
      `  ${words.join('   ')}\n`,
      words.join('\n'),
      words.join('\t'),
      words.join('\u00a0'),
      words.join('\r\n'),
      KNOWN.words.replace('void', 'Void'),
    ];
    for (const text of typed) assert.equal(toHex(recoveryEntropy(text)), KNOWN.entropy, text);
  });

  it('is refused with a typo, a missing, doubled or foreign word, or numbers between', () => {
    const words = KNOWN.words.split(' ');
    const wrong = [
      '',
      ' ',
      words.slice(1).join(' '),
      words.slice(0, 12).join(' '),
      [...words, 'void'].join(' '),
      KNOWN.words.replace('void', 'voids'),
      KNOWN.words.replace('void', 'vide'),
      KNOWN.words.replace('void', ''),
      words.join(', '),
      words.map((word, index) => `${index + 1}. ${word}`).join(' '),
      words.join(''),
    ];
    for (const text of wrong) assertThrowsCode(() => recoveryEntropy(text), 'recovery-words-invalid');
  });

  it('is refused with two words exchanged or one replaced, but for one time in 256', () => {
    const words = KNOWN.words.split(' ');
    const accepted = words.slice(1).filter((word, index) => {
      const swapped = words.with(index, word).with(index + 1, words[index] ?? '');
      return orCodedError(() => recoveryEntropy(swapped.join(' '))) !== undefined;
    });
    const replaced = words.filter((_, index) => {
      return orCodedError(() => recoveryEntropy(words.with(index, 'zoo').join(' '))) !== undefined;
    });
    assert.ok(accepted.length + replaced.length <= 2);
  });

  it('serves two purposes by two labels, neither of which tells the other', async () => {
    const entropy = fromHex(KNOWN.entropy);
    const { opaquePassword, wrappingKey } = await recoverySecrets(entropy);
    const expected = hkdfSync('sha256', entropy, new Uint8Array(0), utf8('holdfast/v1/recovery/opaque'), 32);
    assert.equal(opaquePassword, Buffer.from(expected).toString('hex'));
    assert.equal(wrappingKey.extractable, false);
    assert.deepEqual(wrappingKey.algorithm, { name: 'AES-GCM', length: 256 });
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { utf8 } from '../../shared/bytes.ts';
import { ERRORS, HoldfastError, isErrorCode, toHoldfastError } from '../../shared/errors.ts';
import type { ErrorCode } from '../../shared/errors.ts';

const CODES = Object.keys(ERRORS) as ErrorCode[];

describe('the table of errors', () => {
  it('says something else for every code, so that a person’s words lead to one place', () => {
    assert.equal(new Set(CODES.map((code) => ERRORS[code].words)).size, CODES.length);
  });

  it('speaks in whole sentences', () => {
    for (const code of CODES) assert.match(ERRORS[code].words, /^[A-Z].*\.$/u, code);
  });

  it('writes no straight quotation marks and no code into a person’s words', () => {
    for (const code of CODES) {
      assert.doesNotMatch(ERRORS[code].words, /['"]/, code);
      if (code.includes('-')) assert.ok(!ERRORS[code].words.includes(code), code);
    }
  });

  it('has codes that fit in an error message', () => {
    for (const code of CODES) {
      assert.match(code, /^[a-z]+(-[a-z]+)*$/);
      assert.ok(utf8(code).length <= 64);
    }
  });
});

describe('an error', () => {
  it('carries its code, the table’s words and what to do', () => {
    for (const code of CODES) {
      const error = new HoldfastError(code, { detail: 'piece 3', retryAfterMs: 5 });
      assert.deepEqual(
        [error.code, error.message, error.action, error.detail, error.retryAfterMs],
        [code, ERRORS[code].words, ERRORS[code].action, 'piece 3', 5],
      );
    }
  });

  it('of ours stays itself; any other becomes internal and keeps its cause', () => {
    const ours = new HoldfastError('offline');
    assert.equal(toHoldfastError(ours), ours);
    const theirs = new TypeError('no such thing');
    const wrapped = toHoldfastError(theirs);
    assert.deepEqual([wrapped.code, wrapped.detail, wrapped.cause], ['internal', 'no such thing', theirs]);
    assert.equal(toHoldfastError('text').detail, 'text');
    assert.equal(toHoldfastError(undefined).code, 'internal');
  });

  it('code that a server makes up is not one', () => {
    for (const text of [
      '',
      'Offline',
      'offline ',
      'constructor',
      '__proto__',
      'toString',
      'hasOwnProperty',
    ]) {
      assert.equal(isErrorCode(text), false, text);
    }
    assert.ok(CODES.every(isErrorCode));
  });
});

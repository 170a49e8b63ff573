import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ERRORS, HoldfastError } from '../../shared/errors.ts';
import { crossing, crossingError, problemOf } from '../../web/worker/problems.ts';

describe('a problem', () => {
  it('is plain data: code, words, what to do, and what is known besides', () => {
    const error = new HoldfastError('source-changed', { detail: 'twice', retryAfterMs: 10 });
    const problem = problemOf(error, ['a', 'b.txt']);
    assert.deepEqual(problem, {
      code: 'source-changed',
      words: ERRORS['source-changed'].words,
      action: 'retry',
      detail: 'twice',
      path: 'a/b.txt',
      retryAfterMs: 10,
    });
    assert.deepEqual(structuredClone(problem), problem);
  });

  it('has no keys for what isn’t known', () => {
    assert.deepEqual(Object.keys(problemOf(new HoldfastError('offline'))).sort(), [
      'action',
      'code',
      'words',
    ]);
  });

  it('of an error that isn’t ours is internal, with its message for experts', () => {
    const problem = problemOf(new TypeError('x is not a function'));
    assert.deepEqual([problem.code, problem.detail], ['internal', 'x is not a function']);
  });
});

describe('an engine behind a message port', () => {
  const engine = {
    greeting: 'hello',
    greet(name: string) {
      return Promise.resolve(`${this.greeting} ${name}`);
    },
    async fail() {
      return Promise.reject(new HoldfastError('locked', { detail: 'why' }));
    },
    throwAtOnce() {
      throw new HoldfastError('storage-full');
    },
  };
  type Remote = { readonly [K in keyof typeof engine]: (...args: unknown[]) => Promise<unknown> };
  const remote = (target: Promise<object>): Remote => crossing(target) as Remote;

  it('is called with its own `this`, once it is there', async () => {
    assert.equal(await remote(Promise.resolve(engine)).greet('Ada'), 'hello Ada');
  });

  it('rejects with errors whose message carries the problem', async () => {
    const calls = remote(Promise.resolve(engine));
    for (const [call, code] of [
      [calls.fail(), 'locked'],
      [calls.throwAtOnce(), 'storage-full'],
      [calls.greeting(), 'internal'],
      [remote(Promise.reject(new HoldfastError('unsupported-browser'))).greet(), 'unsupported-browser'],
    ] as const) {
      await assert.rejects(call, (error) => {
        assert.ok(error instanceof Error);
        assert.equal((JSON.parse(error.message) as { code: string }).code, code);
        return true;
      });
    }
  });

  it('keeps the cause on its own side', () => {
    const cause = new HoldfastError('offline');
    assert.equal(crossingError(cause).cause, cause);
  });
});

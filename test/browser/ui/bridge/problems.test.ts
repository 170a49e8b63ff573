import { assert } from 'chai';
import { HoldfastError } from '../../../../shared/errors.ts';
import { problemFor, problemOf } from '../../../../web/bridge/problems.ts';
import { crossing } from '../fake-engine.ts';

describe('a problem that crossed from the engine', () => {
  it('keeps its code, words and action', () => {
    assert.deepEqual(problemOf(crossing('name-taken')), problemFor('name-taken'));
  });

  it('keeps path and waiting time', () => {
    const sent = { ...problemFor('too-many-attempts'), retryAfterMs: 9_000, path: 'a/b' };
    assert.deepEqual(problemOf(new Error(JSON.stringify(sent))), sent);
  });

  it('is told of a HoldfastError of the page’s own', () => {
    const error = new HoldfastError('malformed', { detail: 'x', retryAfterMs: 5 });
    assert.deepEqual(problemOf(error), { ...problemFor('malformed', 'x'), retryAfterMs: 5 });
  });

  it('is “internal” for anything else, with what it said as the detail', () => {
    const cases: readonly (readonly [unknown, string])[] = [
      [new TypeError('boom'), 'TypeError: boom'],
      [new Error('{not json'), 'Error: {not json'],
      [
        new Error('{"code":"no-such-code","words":"w","action":"stop"}'),
        'Error: {"code":"no-such-code","words":"w","action":"stop"}',
      ],
      [new Error('{"code":7}'), 'Error: {"code":7}'],
      ['text', 'text'],
    ];
    for (const [error, detail] of cases) assert.deepEqual(problemOf(error), problemFor('internal', detail));
  });
});

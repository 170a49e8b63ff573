import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { trustOwnScripts } from '../../shared/trusted-scripts.ts';
import { assertThrowsCode } from '../helpers/coded-errors.ts';

const location = { href: 'https://backup.example/app/', origin: 'https://backup.example' };

describe('the policy for scripts', () => {
  it('lets this origin’s files be started, and no others', () => {
    let createScriptURL = (url: string): string => url;
    const createPolicy = (name: string, rules: { createScriptURL: typeof createScriptURL }): void => {
      assert.equal(name, 'default');
      createScriptURL = rules.createScriptURL;
    };
    trustOwnScripts({ location, trustedTypes: { createPolicy } });
    for (const url of ['./sw.js', '/assets/a.js', 'https://backup.example/a.js'])
      assert.equal(createScriptURL(url), url);
    for (const url of [
      'https://evil.example/a.js',
      '//evil.example/a.js',
      'data:text/javascript,1',
      'blob:null/1',
    ])
      assertThrowsCode(() => createScriptURL(url), 'internal');
  });

  it('is no matter where the browser has none', () => {
    trustOwnScripts({ location });
  });
});

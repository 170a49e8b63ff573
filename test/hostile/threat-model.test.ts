/** What THREAT-MODEL.md says to be tested is: each test that it names is there, each section too, and no known attack is left out. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url);
const TEXT = readFileSync(new URL('THREAT-MODEL.md', ROOT), 'utf8');
const ROWS = TEXT.split('\n').filter((line) => line.startsWith('|'));
const KNOWN_ATTACKS = 18;

interface Named {
  readonly file: string;
  readonly title: string;
}

function testsIn(text: string): Named[] {
  const found = text.matchAll(/`(test\/[\w/.-]+\.test\.ts)` “([^”]+)”/g);
  return [...found].map(([, file = '', title = '']) => ({ file, title }));
}

function sectionsIn(text: string): string[] {
  return [...text.matchAll(/section ([^;|]+)/g)].map(([, title = '']) => title.trim());
}

/** The titles of a file's tests. */
function titlesOf(file: string): Set<string> {
  const source = readFileSync(fileURLToPath(new URL(file, ROOT)), 'utf8');
  const titles = source.matchAll(/^\s*(?:it|test)\(\s*(?:'([^']+)'|`([^`]+)`)/gm);
  return new Set([...titles].map(([, plain, template]) => plain ?? template ?? ''));
}

describe('THREAT-MODEL.md', () => {
  it('names tests that exist, under the names that they have', () => {
    const named = testsIn(TEXT);
    assert.ok(named.length > 40, String(named.length));
    for (const { file, title } of named) assert.ok(titlesOf(file).has(title), `${file} has no “${title}”`);
  });

  it('names no test file but with the name of a test', () => {
    const files = ROWS.flatMap((row) => [...row.matchAll(/test\/[\w/.-]+\.test\.ts/g)]);
    assert.equal(files.length, testsIn(ROWS.join('\n')).length);
  });

  it('names sections that it has', () => {
    const headings = new Set(TEXT.split('\n').flatMap((line) => /^#+ (.+)$/.exec(line)?.slice(1) ?? []));
    const named = ROWS.flatMap(sectionsIn);
    assert.ok(named.length > 4);
    for (const title of named) assert.ok(headings.has(title), title);
  });

  it('answers every known attack by a test or a section', () => {
    const numbered = ROWS.filter((row) => /^\| +\d+ +\|/.test(row));
    assert.deepEqual(
      numbered.map((row) => Number(row.split('|')[1])),
      Array.from({ length: KNOWN_ATTACKS }, (_, index) => index + 1),
    );
    for (const row of numbered) assert.ok(testsIn(row).length + sectionsIn(row).length > 0, row.slice(0, 60));
  });
});

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { PatternSearch } from './pattern-search.ts';
import { seededRandom } from './seeded-random.ts';
import { tempDir } from './temp-dir.ts';

const MIB = 1024 * 1024;

describe('a search for patterns', () => {
  it('finds each pattern at every place, at a file’s ends and across the parts it is read in', async (test) => {
    const random = seededRandom(1);
    const content = Buffer.from(random.bytes(9 * MIB));
    const long = { label: 'long', bytes: random.bytes(1000) };
    const short = { label: 'short', bytes: random.bytes(4) };
    const offsets = [0, 4 * MIB - 500, 8 * MIB - 1, 9 * MIB - 1000];
    for (const offset of offsets) content.set(long.bytes, offset);
    content.set(short.bytes, 5 * MIB);
    const file = path.join(await tempDir(test), 'content');
    await writeFile(file, content);

    const findings = await new PatternSearch([long, short]).inFile(file);

    assert.deepEqual(
      findings.filter(({ label }) => label === 'long').map(({ offset }) => offset),
      offsets,
    );
    assert.ok(findings.some(({ label, offset }) => label === 'short' && offset === 5 * MIB));
  });

  it('finds nothing where nothing is', async (test) => {
    const random = seededRandom(2);
    const patterns = Array.from({ length: 20_000 }, (_, index) => ({
      label: String(index),
      bytes: random.bytes(16),
    }));
    const file = path.join(await tempDir(test), 'content');
    await writeFile(file, random.bytes(8 * MIB));
    assert.deepEqual(await new PatternSearch(patterns).inFile(file), []);
  });

  it('tells patterns of one beginning apart', async (test) => {
    const file = path.join(await tempDir(test), 'content');
    await writeFile(file, 'abcdefgh');
    const [one, other] = ['abcdef', 'abcdxx'].map((text) => ({ label: text, bytes: Buffer.from(text) }));
    assert.ok(one !== undefined && other !== undefined);
    const findings = await new PatternSearch([one, other]).inFile(file);
    assert.deepEqual(findings, [{ label: 'abcdef', file, offset: 0 }]);
  });
});

import { assert } from 'chai';
import {
  formatAgo,
  formatBytes,
  formatCount,
  formatDuration,
  percentOf,
  plural,
} from '../../../../web/ui/format.ts';

describe('numbers for people', () => {
  it('sizes have three digits at most and the unit that fits', () => {
    const cases: readonly (readonly [number, string])[] = [
      [0, '0 B'],
      [999, '999 B'],
      [1_000, '1.0 KB'],
      [1_234, '1.2 KB'],
      [99_949, '99.9 KB'],
      [99_950, '100 KB'],
      [999_499, '999 KB'],
      [999_500, '1.0 MB'],
      [48_230_000_000, '48.2 GB'],
      [5e18, '5000 PB'],
    ];
    for (const [bytes, words] of cases) assert.equal(formatBytes(bytes), words);
  });

  it('durations name at most two units', () => {
    const cases: readonly (readonly [number, string])[] = [
      [-3, '0 s'],
      [59.4, '59 s'],
      [59.6, '1 min'],
      [185, '3 min 5 s'],
      [7_800, '2 h 10 min'],
      [86_400, '1 day'],
      [273_600, '3 days 4 h'],
    ];
    for (const [seconds, words] of cases) assert.equal(formatDuration(seconds), words);
  });

  it('times that passed are told relative, up to a week', () => {
    const now = Date.UTC(2026, 10, 24, 12);
    const minute = 60_000;
    const cases: readonly (readonly [number, string])[] = [
      [10_000, 'just now'],
      [-5_000, 'just now'],
      [minute, '1 minute ago'],
      [50 * minute, '50 minutes ago'],
      [120 * minute, '2 hours ago'],
      [24 * 60 * minute, 'yesterday'],
      [5 * 24 * 60 * minute, '5 days ago'],
      [20 * 24 * 60 * minute, '4 Nov 2026'],
    ];
    for (const [agoMs, words] of cases) assert.equal(formatAgo(now - agoMs, now), words);
  });

  it('percent reaches 100 only at the end, and nothing of nothing is 0', () => {
    assert.deepEqual(
      [percentOf(0, 0), percentOf(999, 1_000), percentOf(1_000, 1_000), percentOf(5, 4)],
      [0, 99, 100, 100],
    );
  });

  it('counts agree with their nouns', () => {
    assert.equal(plural(1, 'file'), '1 file');
    assert.equal(plural(0, 'file'), '0 files');
    assert.equal(plural(2, 'entry', 'entries'), '2 entries');
    assert.equal(formatCount(1_234_567), '1,234,567');
  });
});

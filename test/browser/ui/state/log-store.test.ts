import { assert } from 'chai';
import { filterLines, formatLines, LogStore } from '../../../../web/state/log-store.ts';

function filled(): LogStore {
  const log = new LogStore();
  log.add({ atMs: 0, level: 'info', text: 'Connected' });
  log.add({ atMs: 1_500, level: 'error', text: 'The SERVER stopped' });
  log.add({ atMs: 2_000, level: 'info', text: 'server is back' });
  return log;
}

describe('the log', () => {
  it('is filtered by level and by text in any case', () => {
    const lines = filled().lines.value;
    assert.equal(filterLines(lines, 'all', '').length, 3);
    assert.deepEqual(
      filterLines(lines, 'all', ' Server ').map(({ text }) => text),
      ['The SERVER stopped', 'server is back'],
    );
    assert.deepEqual(
      filterLines(lines, 'error', 'server').map(({ text }) => text),
      ['The SERVER stopped'],
    );
  });

  it('is exported a line each, with times that sort', () => {
    assert.equal(
      formatLines(filled().lines.value.slice(0, 2)),
      '1970-01-01T00:00:00.000Z info  Connected\n1970-01-01T00:00:01.500Z error The SERVER stopped\n',
    );
  });

  it('forgets the oldest lines, not the newest, and numbers never repeat', () => {
    const log = new LogStore();
    for (let i = 0; i < 6_000; i++) log.add({ atMs: i, level: 'info', text: `line ${i}` });
    const lines = log.lines.value;
    assert.equal(lines.length, 5_000);
    assert.equal(lines.at(-1)?.text, 'line 5999');
    assert.equal(new Set(lines.map(({ number }) => number)).size, 5_000);
  });
});

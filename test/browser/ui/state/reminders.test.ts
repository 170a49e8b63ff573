import { assert } from 'chai';
import { overdueFrom } from '../../../../web/state/reminders.ts';
import { FAKE_NOW_MS, fakeSource } from '../fake-engine.ts';

const DAY_MS = 86_400_000;

describe('when a backup is overdue', () => {
  it('is a day after the schedule, or a week after the last backup without one', () => {
    assert.equal(overdueFrom([fakeSource('a', { nextBackupAtMs: FAKE_NOW_MS })]), FAKE_NOW_MS + DAY_MS);
    assert.equal(overdueFrom([fakeSource('a', { lastBackupAtMs: FAKE_NOW_MS })]), FAKE_NOW_MS + 7 * DAY_MS);
  });

  it('is the first of all sources', () => {
    const sources = [
      fakeSource('a', { lastBackupAtMs: FAKE_NOW_MS }),
      fakeSource('b', { nextBackupAtMs: FAKE_NOW_MS + 2 * DAY_MS }),
    ];
    assert.equal(overdueFrom(sources), FAKE_NOW_MS + 3 * DAY_MS);
  });

  it('is never where nothing is backed up from this device', () => {
    assert.isUndefined(overdueFrom([]));
    assert.isUndefined(overdueFrom([fakeSource('a', { access: 'pick', lastBackupAtMs: 1 })]));
    assert.isUndefined(overdueFrom([fakeSource('a')]));
  });
});

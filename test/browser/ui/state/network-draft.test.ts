import { assert } from 'chai';
import type { NetworkSettings } from '../../../../web/bridge/network-api.ts';
import { checkDraft, draftOf, NEW_PERIOD, type NetworkDraft } from '../../../../web/state/network-draft.ts';

const SETTINGS: NetworkSettings = {
  limits: { uploadBytesPerSecond: 1_024, downloadBytesPerSecond: 12_345_678 },
  periods: [
    { weekdays: [0, 6], fromMinute: 1_439, toMinute: 0, limits: { uploadBytesPerSecond: 125_000 } },
    { weekdays: [3], fromMinute: 5, toMinute: 5, limits: {} },
  ],
  pauseOnMetered: true,
};

const draft = (upload: string): NetworkDraft => ({
  rates: { upload, download: '' },
  periods: [],
  pauseOnMetered: false,
});

describe('network settings as text', () => {
  it('are the same settings when they are read back, in either unit', () => {
    for (const unit of ['MB/s', 'Mbit/s'] as const)
      assert.deepEqual(checkDraft(draftOf(SETTINGS, unit), unit).settings, SETTINGS, unit);
  });

  it('are read as people write them', () => {
    for (const [text, bytes] of [
      ['2', 2_000_000],
      [' 2,5 ', 2_500_000],
      ['.5', 500_000],
      ['3.', 3_000_000],
    ] as const)
      assert.equal(checkDraft(draft(text), 'MB/s').settings?.limits.uploadBytesPerSecond, bytes, text);
    assert.deepEqual(checkDraft(draft('  '), 'MB/s').settings?.limits, {});
  });

  it('that the engine would refuse are refused here, in words', () => {
    for (const text of ['-1', '1e3', 'two', '1.2.3', '0', '0.0000001', '0.001', 'Infinity', '5 MB/s', '.'])
      assert.isString(checkDraft(draft(text), 'MB/s').rates.upload, text);
  });

  it('of a period without days or times are refused, each field for itself', () => {
    const periods = [{ ...NEW_PERIOD, weekdays: [], from: '', to: '25:00' }];
    const checked = checkDraft({ ...draft(''), periods }, 'MB/s');
    assert.hasAllKeys(checked.periods[0], ['weekdays', 'from', 'to']);
    assert.isUndefined(checked.settings);
    assert.isEmpty(checkDraft({ ...draft(''), periods: [NEW_PERIOD] }, 'MB/s').periods[0]);
  });
});

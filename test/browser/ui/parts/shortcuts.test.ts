import { assert } from 'chai';
import { deviceName } from '../../../../web/bridge/device.ts';
import { ShortcutReader } from '../../../../web/ui/shortcuts.ts';

describe('shortcuts', () => {
  it('of one key act at once, of two when both come in time', () => {
    const reader = new ShortcutReader();
    assert.equal(reader.read('?', 0), 'help');
    assert.isUndefined(reader.read('g', 100));
    assert.equal(reader.read('s', 500), 'snapshots');
  });

  it('of two keys expire', () => {
    const reader = new ShortcutReader();
    reader.read('g', 0);
    assert.isUndefined(reader.read('s', 5_000));
  });

  it('are not triggered by the second key alone or by other keys', () => {
    const reader = new ShortcutReader();
    for (const key of ['s', 'x', 'Enter', 'b']) assert.isUndefined(reader.read(key, 0));
  });
});

describe('the name of this device', () => {
  const CASES: readonly (readonly [string, string])[] = [
    [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
      'Chrome on Linux',
    ],
    [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36',
      'Chrome on Linux',
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0',
      'Edge on Windows',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:153.0) Gecko/20100101 Firefox/153.0',
      'Firefox on Mac',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1',
      'Safari on iPhone',
    ],
    [
      'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/156.0.0.0 Mobile Safari/537.36',
      'Chrome on Android',
    ],
    ['curl/8', 'Browser on this device'],
  ];

  it('is browser and system, as a person knows them', () => {
    for (const [userAgent, name] of CASES) assert.equal(deviceName(userAgent), name);
  });
});

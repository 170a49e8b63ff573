import { assert } from 'chai';
import { DEFAULT_PREFERENCES, PreferencesStore } from '../../../../web/state/preferences.ts';

function storageOf(text: string | null) {
  const kept = { text };
  const storage = {
    getItem: () => kept.text,
    setItem: (_key: string, value: string) => {
      kept.text = value;
    },
  };
  return { kept, storage };
}

describe('preferences', () => {
  it('last over visits', () => {
    const { storage } = storageOf(null);
    new PreferencesStore(storage).change({ theme: 'light', accountName: 'mara' });
    const { theme, accountName, chartShown } = new PreferencesStore(storage).value;
    assert.deepEqual(
      { theme, accountName, chartShown },
      { theme: 'light', accountName: 'mara', chartShown: true },
    );
  });

  it('are the defaults where what is stored is no preference of ours', () => {
    for (const text of [
      'not json',
      'null',
      '[]',
      '7',
      '{"theme":"pink","chartShown":"yes","conflict":3,"other":1}',
    ]) {
      assert.deepEqual(new PreferencesStore(storageOf(text).storage).value, DEFAULT_PREFERENCES, text);
    }
  });

  it('work for one visit where the browser forbids storage', () => {
    const store = new PreferencesStore(undefined);
    store.change({ shortcutsOn: false });
    assert.isFalse(store.value.shortcutsOn);
  });

  it('hold no password', () => {
    const { kept, storage } = storageOf(null);
    new PreferencesStore(storage).change({ accountName: 'mara' });
    assert.notInclude(kept.text ?? '', 'password');
  });
});

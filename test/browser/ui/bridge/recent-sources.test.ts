import { assert } from 'chai';
import { createRecentSources } from '../../../../web/bridge/recent-sources.ts';

describe('recent sources', () => {
  const recents = createRecentSources(indexedDB);

  beforeEach(() => recents.forgetAll());

  it('come newest first, each name once', async () => {
    await recents.remember({ sourceName: 'Photos', lastUsedMs: 1 });
    await recents.remember({ sourceName: 'Thesis', lastUsedMs: 2 });
    await recents.remember({ sourceName: 'Photos', lastUsedMs: 3 });
    assert.deepEqual(await recents.list(), [
      { sourceName: 'Photos', lastUsedMs: 3 },
      { sourceName: 'Thesis', lastUsedMs: 2 },
    ]);
  });

  it('keep a folder’s handle, so that it opens again', async () => {
    const root = await navigator.storage.getDirectory();
    const handle = await root.getDirectoryHandle('kept', { create: true });
    await recents.remember({ sourceName: 'kept', lastUsedMs: 1, handle });
    const [recent] = await recents.list();
    assert.isTrue(await recent?.handle?.isSameEntry(handle));
  });

  it('are gone after sign-out', async () => {
    await recents.remember({ sourceName: 'Photos', lastUsedMs: 1 });
    await recents.forgetAll();
    assert.isEmpty(await recents.list());
  });
});

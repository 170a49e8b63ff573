import { assert } from 'chai';
import { deleteDB } from 'idb';
import { secureRandom } from '../../../shared/crypto/primitives.ts';
import { randomId } from '../../../shared/ids.ts';
import type { SourceId, VaultId } from '../../../shared/ids.ts';
import type { RememberedSource } from '../../../web/worker/ports.ts';
import { openDatabase } from '../../../web/worker/storage/database.ts';
import { sourceStore } from '../../../web/worker/storage/source-db.ts';
import { tabLocks } from '../../../web/worker/tab-locks.ts';

const [vaultId, otherVaultId] = [0, 1].map(() => randomId<VaultId>(secureRandom)) as [VaultId, VaultId];

async function remembered(name: string): Promise<RememberedSource> {
  return {
    sourceId: randomId<SourceId>(secureRandom),
    name,
    settings: {
      rules: ['*.tmp'],
      compress: true,
      fixedSize: false,
      schedule: { kind: 'daily', minuteOfDay: 5 },
      retention: {},
    },
    savedAtMs: 7,
    handle: await navigator.storage.getDirectory(),
  };
}

describe('what a device remembers of sources', () => {
  it('is kept with the folder, for each vault apart, until it is forgotten', async () => {
    await deleteDB('holdfast');
    const database = await openDatabase();
    const store = sourceStore(database);
    const [one, two, other] = await Promise.all([remembered('one'), remembered('two'), remembered('other')]);
    await store.put(vaultId, one);
    await store.put(vaultId, two);
    await store.put(otherVaultId, other);
    await store.put(vaultId, { ...two, name: 'renamed' });
    const kept = await store.list(vaultId);
    assert.deepEqual(kept.map(({ name }) => name).sort(), ['one', 'renamed']);
    const folder = kept[0]?.handle;
    assert.isTrue(folder !== undefined && (await folder.isSameEntry(await navigator.storage.getDirectory())));
    await store.delete(vaultId, one.sourceId);
    assert.lengthOf(await store.list(vaultId), 1);
    await store.clear();
    assert.deepEqual([await store.list(vaultId), await store.list(otherVaultId)], [[], []]);
    database.close();
  });
});

describe('a lock that tabs share', () => {
  it('is held by one at a time, and by nobody who gave up waiting', async () => {
    const never = new AbortController().signal;
    const waiting = new AbortController();
    const held: string[] = [];
    let release: () => void = () => undefined;
    let first: Promise<void> = Promise.resolve();
    await new Promise<void>((isHeld) => {
      first = tabLocks.hold('test', never, async () => {
        held.push('first');
        isHeld();
        await new Promise<void>((resolve) => (release = resolve));
      });
    });
    const second = tabLocks.hold('test', waiting.signal, async () => {
      held.push('second');
      return Promise.resolve();
    });
    const third = tabLocks.hold('test', never, async () => {
      held.push('third');
      return Promise.resolve();
    });
    waiting.abort(new Error('gave up'));
    const reason = await second.then(
      () => 'held',
      (error: unknown) => (error instanceof Error ? error.message : ''),
    );
    assert.equal(reason, 'gave up');
    assert.deepEqual(held, ['first']);
    release();
    await Promise.all([first, third]);
    assert.deepEqual(held, ['first', 'third']);
  });
});

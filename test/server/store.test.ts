/** The store over a catalog that is slow or fails, as one beyond this machine may. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { checksum } from '../../server/checksum.ts';
import type { VaultId } from '../../shared/ids.ts';
import { HoldfastError } from '../../shared/errors.ts';
import { SegmentStore } from '../../server/store/disk/segment-store.ts';
import type { Catalog, Vault, VaultCatalog } from '../../server/store/ports.ts';
import { SqliteCatalog } from '../../server/store/sqlite/sqlite-catalog.ts';
import { RecordStore } from '../../server/store/store.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import type { CleanUp } from '../helpers/temp-dir.ts';
import { scanAll } from '../contract/blob-store.contract.ts';
import { TestClock, testRandom } from './test-server.ts';
import { putPieces, randomChunk } from './wire-client.ts';
import type { TestChunk } from './wire-client.ts';

const vaultId = 'ab'.repeat(16) as VaultId;

/** A store on a real disk whose catalog does some things its own way. */
async function openStore(t: CleanUp, change: (catalog: Catalog) => Partial<Catalog>) {
  const folder = await tempDir(t);
  const blobs = SegmentStore.open({
    folder: join(folder, 'segments'),
    segmentSizeBytes: 1_000_000,
    random: testRandom,
  });
  const catalog = SqliteCatalog.open(join(folder, 'index.sqlite'));
  const whole: Catalog = {
    vaults: catalog.vaults,
    upkeep: catalog.upkeep,
    accounts: catalog.accounts,
    sessions: catalog.sessions,
    invites: catalog.invites,
    index: (entries, checkpoint) => catalog.index(entries, checkpoint),
    checkpoint: () => catalog.checkpoint(),
    close: () => {
      catalog.close();
    },
  };
  const store = new RecordStore({
    blobs,
    catalog: { ...whole, ...change(whole) },
    clock: new TestClock(),
    random: testRandom,
  });
  t.after(() => store.close());
  return { store, blobs, catalog };
}

async function put(vault: Vault, chunk: TestChunk): Promise<{ readonly existed: boolean } | undefined> {
  const upload = vault.beginChunk(chunk.chunkId);
  let stored: Promise<{ readonly existed: boolean }> | undefined;
  for (const piece of putPieces(chunk)) stored = upload.append(piece);
  return stored;
}

/** `vaults`, which knows only later whether it has a chunk. */
function slowToKnow(vaults: VaultCatalog): VaultCatalog {
  const slow: VaultCatalog = Object.create(vaults) as VaultCatalog;
  return Object.assign(slow, {
    hasChunk: async (...ids: Parameters<VaultCatalog['hasChunk']>) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return vaults.hasChunk(...ids);
    },
    findChunk: vaults.findChunk.bind(vaults),
    headSeq: vaults.headSeq.bind(vaults),
    changes: vaults.changes.bind(vaults),
    confirm: vaults.confirm.bind(vaults),
  });
}

test('a catalog that answers late costs a known chunk’s writing, not its truth', async (t) => {
  const { store, blobs, catalog } = await openStore(t, ({ vaults }) => ({ vaults: slowToKnow(vaults) }));
  const vault = await store.openVault(vaultId);
  const chunk = randomChunk(100, 50);
  assert.deepEqual(await put(vault, chunk), { existed: false });
  const places = await vault.findChunk(chunk.chunkId);
  assert.deepEqual(await put(vault, chunk), { existed: true });
  assert.deepEqual(await vault.findChunk(chunk.chunkId), places);
  assert.equal(scanAll(blobs).length, 4);
  const later = randomChunk(10);
  assert.deepEqual(await put(vault, later), { existed: false });
  assert.deepEqual(await catalog.checkpoint(), blobs.end, 'what was written in vain holds no recovery up');
});

test('a catalog that is full refuses the group that it can’t index; the next one goes on', async (t) => {
  let full = false;
  const { store } = await openStore(t, (catalog) => ({
    index: (entries, checkpoint) =>
      full ? Promise.reject(new HoldfastError('storage-full')) : catalog.index(entries, checkpoint),
  }));
  const vault = await store.openVault(vaultId);
  full = true;
  const chunks = [randomChunk(10), randomChunk(20)];
  for (const chunk of chunks) await assert.rejects(put(vault, chunk), { code: 'storage-full' });
  for (const { chunkId } of chunks) await assert.rejects(vault.findChunk(chunkId), { code: 'chunk-missing' });
  full = false;
  for (const chunk of chunks) assert.deepEqual(await put(vault, chunk), { existed: false });
});

test('a vault that could not be opened can be opened later', async (t) => {
  let failing = true;
  const { store } = await openStore(t, ({ vaults }) => ({
    vaults: Object.assign(slowToKnow(vaults), {
      headSeq: (id: VaultId) =>
        failing ? Promise.reject(new HoldfastError('storage-failed')) : vaults.headSeq(id),
    }),
  }));
  await assert.rejects(store.openVault(vaultId), { code: 'storage-failed' });
  failing = false;
  assert.equal((await store.openVault(vaultId)).headSeq, 0);
});

test('recovery starts at the oldest chunk that is still coming, and forgets it when it is given up', async (t) => {
  const { store, blobs, catalog } = await openStore(t, () => ({}));
  const vault = await store.openVault(vaultId);
  await put(vault, randomChunk(10));
  const slow = vault.beginChunk(randomChunk(1).chunkId);
  const sealed = Buffer.alloc(100);
  const begun = blobs.end;
  assert.equal(slow.append({ index: 0, last: false, checksum: checksum(sealed), sealed }), undefined);
  await put(vault, randomChunk(10));
  assert.deepEqual(await catalog.checkpoint(), begun);
  slow.abandon();
  await put(vault, randomChunk(10));
  assert.deepEqual(await catalog.checkpoint(), blobs.end);
});

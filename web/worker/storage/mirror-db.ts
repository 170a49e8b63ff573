/**
 * The mirror in IndexedDB. Chunk ids lie in packed pages, one record an answer of the change feed and never
 * one a chunk: a million chunks are read back in a few hundred records. Pages are merged as they pile up.
 */
import { concatBytes } from '../../../shared/bytes.ts';
import { HASH_ID_BYTES, idBytes } from '../../../shared/ids.ts';
import type { VaultId } from '../../../shared/ids.ts';
import type { MirrorState, MirrorStore } from '../ports.ts';
import type { IDBPObjectStore } from 'idb';
import type { HoldfastDatabase, HoldfastSchema } from './database.ts';

/** A page grows up to this before the next one is begun. */
const PAGE_BYTES = 8_192 * HASH_ID_BYTES;

type MirrorStoreNames = ('mirror-position' | 'mirror-chunks' | 'mirror-snapshots')[];
type ChunkPages = IDBPObjectStore<HoldfastSchema, MirrorStoreNames, 'mirror-chunks', 'readwrite'>;

export function mirrorStore(database: HoldfastDatabase): MirrorStore {
  return {
    load: async (vaultId) => load(database, vaultId),
    append: async (vaultId, change) => append(database, vaultId, change),
    clear: async () => {
      const names = ['mirror-position', 'mirror-chunks', 'mirror-snapshots'] as const;
      const transaction = database.transaction(names, 'readwrite');
      await Promise.all([
        ...names.map(async (name) => transaction.objectStore(name).clear()),
        transaction.done,
      ]);
    },
  };
}

async function load(database: HoldfastDatabase, vaultId: VaultId): Promise<MirrorState> {
  const transaction = database.transaction(['mirror-position', 'mirror-chunks', 'mirror-snapshots']);
  const [seq, pages, snapshots] = await Promise.all([
    transaction.objectStore('mirror-position').get(vaultId),
    transaction.objectStore('mirror-chunks').getAll(ofVault(vaultId)),
    transaction.objectStore('mirror-snapshots').getAll(ofVault(vaultId)),
  ]);
  return { seq: seq ?? 0, chunkPages: pages.map((page) => new Uint8Array(page)), snapshots };
}

async function append(
  database: HoldfastDatabase,
  vaultId: VaultId,
  change: Parameters<MirrorStore['append']>[1],
): Promise<void> {
  const transaction = database.transaction(
    ['mirror-position', 'mirror-chunks', 'mirror-snapshots'],
    'readwrite',
  );
  if (change.chunkIds.length > 0) {
    const added = concatBytes(...change.chunkIds.map(idBytes));
    await appendPage(transaction.objectStore('mirror-chunks'), vaultId, added);
  }
  const snapshots = transaction.objectStore('mirror-snapshots');
  for (const record of change.snapshots) await snapshots.put(record, [vaultId, record.seq]);
  await transaction.objectStore('mirror-position').put(change.seq, vaultId);
  await transaction.done;
}

/** Adds ids to the vault's last page, or to a new one where that would grow too large. */
async function appendPage(
  chunks: ChunkPages,
  vaultId: VaultId,
  added: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const cursor = await chunks.openCursor(ofVault(vaultId), 'prev');
  const { number, last } =
    cursor === null
      ? { number: 0, last: new Uint8Array(0) }
      : { number: cursor.key[1], last: new Uint8Array(cursor.value) };
  const isFull = last.length + added.length > PAGE_BYTES;
  const page = isFull ? added : concatBytes(last, added);
  await chunks.put(page.buffer, [vaultId, isFull ? number + 1 : number]);
}

/** The keys of a vault: its id and any number. */
function ofVault(vaultId: VaultId): IDBKeyRange {
  return IDBKeyRange.bound([vaultId, 0], [vaultId, Number.MAX_SAFE_INTEGER]);
}

/**
 * The mirror in IndexedDB. Chunk ids lie in packed pages, one record for many answers of the change feed and
 * never one a chunk: a million chunks are read back in a few dozen records. Small pages are merged as they pile
 * up. What is removed is a page's first part; `compact` rids the pages of it.
 */
import { concatBytes } from '../../../shared/bytes.ts';
import { HASH_ID_BYTES } from '../../../shared/ids.ts';
import type { VaultId } from '../../../shared/ids.ts';
import type { ChunkPage, MirrorChange, MirrorState, MirrorStore } from '../ports.ts';
import type { IDBPObjectStore, IDBPTransaction } from 'idb';
import type { HoldfastDatabase, HoldfastSchema } from './database.ts';

/** A page takes more up to this size, which is then read and written again each time. */
const MERGED_PAGE_BYTES = 8_192 * HASH_ID_BYTES;

const NAMES = ['mirror-position', 'mirror-chunks', 'mirror-snapshots', 'mirror-marks'] as const;
type Names = (typeof NAMES)[number][];
type ChunkPages = IDBPObjectStore<HoldfastSchema, Names, 'mirror-chunks', 'readwrite'>;
type Writing = IDBPTransaction<HoldfastSchema, Names, 'readwrite'>;

const EMPTY = { seq: 0, isWhole: false, acceptedLinks: [], hiddenSnapshotIds: [] } as const;

export function mirrorStore(database: HoldfastDatabase): MirrorStore {
  return {
    load: async (vaultId) => load(database, vaultId),
    chunkPages: (vaultId) => chunkPages(database, vaultId),
    append: async (vaultId, change) => append(database, vaultId, change),
    compact: async (vaultId, pages) => compact(database, vaultId, pages),
    clear: async () => {
      const transaction = database.transaction([...NAMES], 'readwrite');
      await Promise.all([
        ...NAMES.map(async (name) => transaction.objectStore(name).clear()),
        transaction.done,
      ]);
    },
  };
}

async function load(database: HoldfastDatabase, vaultId: VaultId): Promise<MirrorState> {
  const transaction = database.transaction(['mirror-position', 'mirror-snapshots', 'mirror-marks']);
  const [position, snapshots, marks] = await Promise.all([
    transaction.objectStore('mirror-position').get(vaultId),
    transaction.objectStore('mirror-snapshots').getAll(ofVault(vaultId)),
    transaction.objectStore('mirror-marks').getAll(ofVault(vaultId)),
  ]);
  return { ...(position ?? EMPTY), snapshots, marks };
}

/** One page after another, so that few are in memory at once. */
async function* chunkPages(database: HoldfastDatabase, vaultId: VaultId): AsyncGenerator<ChunkPage> {
  for (const key of await database.getAllKeys('mirror-chunks', ofVault(vaultId))) {
    const page = await database.get('mirror-chunks', key);
    // Another tab may have merged it into another page since; an id that is missed is sent once more.
    if (page !== undefined) yield pageOf(page);
  }
}

async function append(database: HoldfastDatabase, vaultId: VaultId, change: MirrorChange): Promise<void> {
  const { seq, isWhole, acceptedLinks, hiddenSnapshotIds, chunks } = change;
  const transaction = database.transaction([...NAMES], 'readwrite');
  if (chunks.added.length + chunks.removed.length > 0)
    await appendPage(transaction.objectStore('mirror-chunks'), vaultId, chunks);
  await putSnapshots(transaction, vaultId, change);
  const position = { seq, isWhole, acceptedLinks, hiddenSnapshotIds };
  await transaction.objectStore('mirror-position').put(position, vaultId);
  await transaction.done;
}

async function putSnapshots(transaction: Writing, vaultId: VaultId, change: MirrorChange): Promise<void> {
  const snapshots = transaction.objectStore('mirror-snapshots');
  const marks = transaction.objectStore('mirror-marks');
  for (const record of change.snapshots) await snapshots.put(record, [vaultId, record.snapshotId]);
  for (const mark of change.marks) await marks.put(mark, [vaultId, mark.snapshotId]);
  for (const snapshotId of change.erasedSnapshotIds) {
    const mark = await marks.get([vaultId, snapshotId]);
    if (mark !== undefined) await marks.put({ ...mark, isErased: true }, [vaultId, snapshotId]);
    await snapshots.delete([vaultId, snapshotId]);
  }
}

/** Adds to the vault's last page, or begins a new one where that is large or something is removed first. */
async function appendPage(chunks: ChunkPages, vaultId: VaultId, change: ChunkPage): Promise<void> {
  const cursor = await chunks.openCursor(ofVault(vaultId), 'prev');
  const number = cursor === null ? 0 : cursor.key[1];
  const last = pageOf(cursor?.value);
  const merges = change.removed.length === 0 && last.added.length + change.added.length <= MERGED_PAGE_BYTES;
  const page = merges ? { ...last, added: concatBytes(last.added, change.added) } : change;
  await chunks.put(stored(page), [vaultId, merges ? number : number + 1]);
}

async function compact(
  database: HoldfastDatabase,
  vaultId: VaultId,
  pages: Iterable<Uint8Array>,
): Promise<void> {
  const transaction = database.transaction('mirror-chunks', 'readwrite');
  const puts = [transaction.store.delete(ofVault(vaultId))];
  let number = 0;
  for (const added of pages) {
    const page = stored({ removed: new Uint8Array(0), added });
    puts.push(transaction.store.put(page, [vaultId, number++]).then(() => undefined));
  }
  await Promise.all([...puts, transaction.done]);
}

type StoredPage = HoldfastSchema['mirror-chunks']['value'];

function pageOf(page: StoredPage | undefined): ChunkPage {
  return { removed: new Uint8Array(page?.removed ?? []), added: new Uint8Array(page?.added ?? []) };
}

/** Buffers of their own, since a view would be stored with all that lies around it. */
function stored({ removed, added }: ChunkPage): StoredPage {
  return { removed: new Uint8Array(removed).buffer, added: new Uint8Array(added).buffer };
}

/** The keys of a vault: its id and anything; lists come after all numbers and texts. */
function ofVault(vaultId: VaultId): IDBKeyRange {
  return IDBKeyRange.bound([vaultId], [vaultId, []]);
}

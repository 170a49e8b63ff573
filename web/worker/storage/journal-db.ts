/**
 * The journal of restores in IndexedDB. The folder's handle is kept apart from the paths, which change often:
 * storing a handle costs the browser a round trip between processes.
 */
import type { JobId } from '../../../shared/ids.ts';
import type { JournalEntry, JournalStore } from '../ports.ts';
import type { HoldfastDatabase } from './database.ts';

const STORES = ['restore-folders', 'restore-paths'] as const;

export function journalStore(database: HoldfastDatabase): JournalStore {
  return {
    load: async () => load(database),
    begin: async ({ key, folder, paths }) => {
      const transaction = writing(database);
      await Promise.all([
        transaction.objectStore('restore-folders').put(folder, key),
        transaction.objectStore('restore-paths').put(paths, key),
        transaction.done,
      ]);
    },
    save: async (key, paths) => {
      const transaction = writing(database);
      await Promise.all([transaction.objectStore('restore-paths').put(paths, key), transaction.done]);
    },
    remove: async (keys) => remove(database, keys),
    clear: async () => remove(database, await database.getAllKeys('restore-folders')),
  };
}

function writing(database: HoldfastDatabase) {
  return database.transaction(STORES, 'readwrite', { durability: 'relaxed' });
}

async function load(database: HoldfastDatabase): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  const transaction = database.transaction(STORES);
  const paths = transaction.objectStore('restore-paths');
  for (let cursor = await transaction.objectStore('restore-folders').openCursor(); cursor !== null;) {
    entries.push({ key: cursor.key, folder: cursor.value, paths: (await paths.get(cursor.key)) ?? [] });
    cursor = await cursor.continue();
  }
  return entries;
}

async function remove(database: HoldfastDatabase, keys: readonly JobId[]): Promise<void> {
  const transaction = writing(database);
  await Promise.all([
    ...STORES.flatMap((name) => keys.map(async (key) => transaction.objectStore(name).delete(key))),
    transaction.done,
  ]);
}

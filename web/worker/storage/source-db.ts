/** Keeps in IndexedDB what this device remembers of sources: folders, settings, how their schedules go. */
import type { SourceStore } from '../ports.ts';
import type { HoldfastDatabase } from './database.ts';

export function sourceStore(database: HoldfastDatabase): SourceStore {
  return {
    list: async (vaultId) => database.getAll('sources', IDBKeyRange.bound([vaultId], [vaultId, []])),
    put: async (vaultId, source) => {
      await database.put('sources', source, [vaultId, source.sourceId]);
    },
    delete: async (vaultId, sourceId) => database.delete('sources', [vaultId, sourceId]),
    clear: async () => database.clear('sources'),
  };
}

/** Keeps this device's id and unlocked session in IndexedDB. Keys are stored as non-extractable CryptoKeys. */
import type { SessionStore } from '../ports.ts';
import type { HoldfastDatabase } from './database.ts';

export function sessionStore(database: HoldfastDatabase): SessionStore {
  return {
    deviceId: async (make) => {
      const transaction = database.transaction('device', 'readwrite');
      const known = await transaction.store.get('id');
      const id = known ?? make();
      if (known === undefined) await transaction.store.put(id, 'id');
      await transaction.done;
      return id;
    },
    load: async () => database.get('session', 'current'),
    save: async (session) => {
      await database.put('session', session, 'current');
    },
    clear: async () => database.delete('session', 'current'),
  };
}

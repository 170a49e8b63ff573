/** Keeps this device's settings of the network in IndexedDB. */
import type { NetworkStore } from '../ports.ts';
import type { HoldfastDatabase } from './database.ts';

export function networkStore(database: HoldfastDatabase): NetworkStore {
  return {
    load: async () => database.get('network', 'current'),
    save: async (settings) => {
      await database.put('network', settings, 'current');
    },
  };
}

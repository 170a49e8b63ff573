/** Keeps this device's settings of the network in IndexedDB; tabs and service worker share them. */
import type { NetworkStore } from '../ports.ts';
import type { HoldfastDatabase } from './database.ts';

const CHANNEL = 'holdfast-network';

export function networkStore(database: HoldfastDatabase): NetworkStore {
  return {
    load: async () => database.get('network', 'current'),
    save: async (settings) => {
      await database.put('network', settings, 'current');
      const channel = new BroadcastChannel(CHANNEL);
      channel.postMessage('changed');
      channel.close();
    },
    onChange: (listener) => {
      const channel = new BroadcastChannel(CHANNEL);
      channel.addEventListener('message', listener);
      return () => {
        channel.close();
      };
    },
  };
}

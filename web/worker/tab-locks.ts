/** Web Locks: what only one of a browser's tabs and its service worker may do at a time. */
import type { Locks } from './ports.ts';

export const tabLocks: Locks = {
  hold: async (name, signal, work) => {
    await navigator.locks.request(name, { signal }, work);
  },
  tryHold: async (name, work) =>
    navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
      if (lock !== null) await work();
      return lock !== null;
    }),
};

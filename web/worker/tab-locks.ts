/** Web Locks: what only one of a browser's tabs may do at a time. */
import type { Locks } from './ports.ts';

export const tabLocks: Locks = {
  hold: async (name, signal, work) => {
    await navigator.locks.request(name, { signal }, work);
  },
};

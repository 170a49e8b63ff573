/** Keeps the queue's record in IndexedDB: durably, since what it counts as queued is promised to a person. */
import type { QueueRecord, QueueStore } from '../outbox/ports.ts';
import type { HoldfastDatabase } from './database.ts';

const EMPTY: QueueRecord = { entries: [], isPaused: false, receipts: [], access: [] };

export function queueStore(database: HoldfastDatabase): QueueStore {
  return {
    load: async () => (await database.get('queue', 'current')) ?? EMPTY,
    change: async (apply) => {
      const transaction = database.transaction('queue', 'readwrite', { durability: 'strict' });
      const record = apply((await transaction.store.get('current')) ?? EMPTY);
      // Of a device that nobody uses any more nothing stays.
      const kept = isEmpty(record)
        ? transaction.store.delete('current')
        : transaction.store.put(record, 'current');
      await Promise.all([kept, transaction.done]);
      return record;
    },
  };
}

function isEmpty({ entries, isPaused, receipts, access }: QueueRecord): boolean {
  return !isPaused && [entries, receipts, access].every((list) => list.length === 0);
}

/** Sends the queue without a page, for the service worker: no keys, no engine, no WebAssembly. */
import { secureRandom } from '../../shared/crypto/primitives.ts';
import { systemClock } from './clock.ts';
import { networkInfoOf } from './network/network-info.ts';
import { outboxPorts } from './outbox-ports.ts';
import { sendInBackground } from './outbox/background.ts';
import { openDirectSocket } from './socket/direct-socket.ts';
import { openDatabase } from './storage/database.ts';
import { networkStore } from './storage/network-db.ts';
import { tabLocks } from './tab-locks.ts';

/** Resolves when nothing is left that may go out; rejects if that takes too long, or can't be done. */
export async function sendQueue(): Promise<void> {
  const database = await openDatabase();
  const outbox = await outboxPorts(database);
  const networkInfo = networkInfoOf(self.navigator);
  try {
    await sendInBackground({
      clock: systemClock,
      random: secureRandom,
      openSocket: openDirectSocket,
      locks: tabLocks,
      outbox,
      network: networkStore(database),
      ...(networkInfo && { networkInfo }),
    });
  } finally {
    outbox.bell.close();
    database.close();
  }
}

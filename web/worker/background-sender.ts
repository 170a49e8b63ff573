/**
 * Sends the queue without a page, for the service worker: no keys, no engine, no WebAssembly. What a person set for the
 * network holds here, too.
 */
import { HoldfastError } from '../../shared/errors.ts';
import { secureRandom } from '../../shared/crypto/primitives.ts';
import { systemClock } from './clock.ts';
import { Traffic } from './connection/traffic.ts';
import { networkInfoOf } from './network/network-info.ts';
import { Network } from './network/network.ts';
import { outboxPorts } from './outbox-ports.ts';
import { Queue } from './outbox/queue.ts';
import { Sender } from './outbox/sender.ts';
import { openDirectSocket } from './socket/direct-socket.ts';
import { openDatabase } from './storage/database.ts';
import { networkStore } from './storage/network-db.ts';
import { tabLocks } from './tab-locks.ts';

/** Shorter than the five minutes after which Chromium ends a service worker: so it is asked to try again. */
const MOST_MS = 4.5 * 60_000;
/** A page may send meanwhile, and the browser tries again: waiting here would only keep the queue from both. */
const PATIENCE_MS = 10_000;

/** Resolves when nothing is left that may go out; rejects if that takes too long, or can't be done. */
export async function sendQueue(): Promise<void> {
  const database = await openDatabase();
  const outbox = await outboxPorts(database);
  const traffic = new Traffic(systemClock);
  const networkInfo = networkInfoOf(self.navigator);
  const ports = { clock: systemClock, network: networkStore(database), ...(networkInfo && { networkInfo }) };
  const network = new Network(ports, traffic, { hold: () => undefined });
  const life = new AbortController();
  void systemClock.sleep(MOST_MS, life.signal).then(
    () => {
      life.abort(new HoldfastError('offline'));
    },
    // It ended in time.
    () => undefined,
  );
  try {
    await network.start();
    const senderPorts = {
      ...ports,
      random: secureRandom,
      openSocket: openDirectSocket,
      locks: tabLocks,
      outbox,
    };
    await new Sender(senderPorts, new Queue(outbox), traffic, PATIENCE_MS).drain(life.signal);
  } finally {
    life.abort();
    network.stop();
    outbox.bell.close();
    database.close();
  }
}

/**
 * One go at sending the queue without a page. What a person set for the network holds here, too: limits and their
 * schedule, and that nothing goes out over a metered network.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import { Traffic } from '../connection/traffic.ts';
import { Network } from '../network/network.ts';
import type { NetworkPorts } from '../network/network.ts';
import { Queue } from './queue.ts';
import { Sender } from './sender.ts';
import type { SenderPorts } from './sender.ts';

/** Shorter than the five minutes after which Chromium ends a service worker: so it is asked to try again. */
const MOST_MS = 4.5 * 60_000;
/** A page may send meanwhile, and the browser tries again: waiting here would only keep the queue from both. */
const PATIENCE_MS = 10_000;

/**
 * Resolves when nothing is left that may go out. Rejects if that takes too long or can't be done, so that the browser
 * tries again: with `metered`, not even connected, where the network is to be spared.
 */
export async function sendInBackground(ports: SenderPorts & NetworkPorts): Promise<void> {
  const { clock, outbox } = ports;
  const traffic = new Traffic(clock);
  const network = new Network(ports, traffic, { hold: () => undefined });
  const life = new AbortController();
  void clock.sleep(MOST_MS, life.signal).then(
    () => {
      life.abort(new HoldfastError('offline'));
    },
    // It ended in time.
    () => undefined,
  );
  try {
    await network.start();
    if (traffic.gate.isClosed) throw new HoldfastError('metered');
    await new Sender(ports, new Queue(outbox), traffic, PATIENCE_MS).drain(life.signal);
  } finally {
    life.abort();
    network.stop();
  }
}

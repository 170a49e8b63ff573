/** Tells apart what a moment's loss of the connection interrupts, which goes on, from being offline. */
import { HoldfastError } from '../../../shared/errors.ts';
import type { Clock } from '../ports.ts';
import type { ServerLink } from './server-link.ts';

const LOOK_EVERY_MS = 250;

type Link = Pick<ServerLink, 'isConnected'>;

/**
 * What `work` gives; undefined if there was no connection for `patienceMs` meanwhile. `work` has to end when its
 * signal aborts.
 */
export async function whileConnected<T>(
  { link, clock, patienceMs }: { readonly link: Link; readonly clock: Clock; readonly patienceMs: number },
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const [over, lost] = [new AbortController(), new AbortController()];
  void lostFor(link, clock, patienceMs, over.signal).then((isLost) => {
    if (isLost) lost.abort(new HoldfastError('offline'));
  });
  try {
    return await work(AbortSignal.any([signal, lost.signal]));
  } catch (error) {
    if (!lost.signal.aborted || signal.aborted) throw error;
    return undefined;
  } finally {
    over.abort();
  }
}

/** True once there was no connection for `patienceMs`, looked at again and again; false when `signal` aborts. */
export async function lostFor(
  link: Link,
  clock: Clock,
  patienceMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  // Looks are counted, not time, which passes while a device sleeps.
  for (let looksLeft = Math.ceil(patienceMs / LOOK_EVERY_MS); looksLeft > 0;) {
    const isOver = await clock.sleep(LOOK_EVERY_MS, signal).then(
      () => false,
      () => true,
    );
    if (isOver) return false;
    looksLeft = link.isConnected ? Math.ceil(patienceMs / LOOK_EVERY_MS) : looksLeft - 1;
  }
  return true;
}

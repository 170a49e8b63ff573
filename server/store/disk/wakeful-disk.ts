/**
 * A disk whose calls aren't forgotten. Those that wait do so in Node's thread pool, and glibc before 2.41 (in Debian 12,
 * for one) loses now and then the signal that wakes one of the pool's threads (sourceware.org, bug 25847; seen once in
 * some million calls). The call then lies in the queue, with all threads asleep, until another comes; where all wait
 * for the same group commit none does. So while any is under way another call is made now and then.
 */
import { stat } from 'node:fs';
import type { Clock } from '../../ports.ts';
import type { DiskCalls } from './segment-writer.ts';

/** Far below the time in which a client takes a silent server for a stalled one. */
const WAKE_EVERY_MS = 500;

/** `wake` makes any call that goes through the pool. */
export function wakefulDisk(disk: DiskCalls, clock: Clock, wake: () => void = callPool): DiskCalls {
  let underWay = 0;
  let isWatched = false;
  const watch = (): void => {
    if (isWatched) return;
    isWatched = true;
    clock.after(WAKE_EVERY_MS, () => {
      isWatched = false;
      if (underWay === 0) return;
      wake();
      watch();
    });
  };
  const watched = async <T>(call: () => Promise<T>): Promise<T> => {
    underWay++;
    watch();
    try {
      return await call();
    } finally {
      underWay--;
    }
  };
  return {
    ...disk,
    readv: (fd, targets, position) => watched(() => disk.readv(fd, targets, position)),
    fdatasync: (fd) => watched(() => disk.fdatasync(fd)),
  };
}

function callPool(): void {
  stat('/', () => undefined);
}

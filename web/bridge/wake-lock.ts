/**
 * Keeps the screen awake while a job runs, where the browser can: a phone that sleeps stops the page,
 * and the backup with it. The browser drops the lock when the page is hidden; it is taken again then.
 */

export interface WakeLockControl {
  /** Whether the screen should stay awake from now on. */
  hold(wanted: boolean): void;
}

/** The wake lock of this document; one that does nothing where the browser has none. */
export function createWakeLock(navigator: Navigator, document: Document): WakeLockControl {
  if (!('wakeLock' in navigator)) return { hold: () => undefined };
  let wanted = false;
  let lock: Promise<WakeLockSentinel | undefined> | undefined;
  const take = (): void => {
    // Refused when the battery is low, for one: the job goes on without it.
    lock = navigator.wakeLock.request('screen').catch(() => undefined);
  };
  document.addEventListener('visibilitychange', () => {
    if (wanted && document.visibilityState === 'visible') take();
  });
  return {
    hold(next) {
      if (next === wanted) return;
      wanted = next;
      if (wanted) take();
      else void lock?.then((held) => held?.release());
    },
  };
}

/**
 * The page's side of the service worker: registers it, tells of a new version, and swaps to it after
 * the person agreed. Every step of its life that the page has a part in is here.
 */
import type { ServiceWorkerRequest } from './sw-api.ts';

export interface ServiceWorkerClient {
  /** The worker that answers for this page's scope, once there is one. */
  active(): ServiceWorker | undefined;
  /** `listener` is called once for each new version that waits for the person's word. */
  onUpdate(listener: () => void): void;
  /** The person agreed: the new version takes over and the page reloads. */
  applyUpdate(): void;
}

const CHECK_EVERY_MS = 60 * 60 * 1000;

/**
 * Registers the service worker at `url`. `onFailed` hears why where the browser refuses; the app works
 * on, only not offline.
 */
export function registerServiceWorker(
  container: ServiceWorkerContainer | undefined,
  url: string,
  onFailed: (detail: string) => void,
): ServiceWorkerClient {
  let registration: ServiceWorkerRegistration | undefined;
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  const waits = (): boolean => Boolean(registration?.waiting) && Boolean(registration?.active);
  container?.register(url, { scope: './' }).then(
    (registered) => {
      registration = registered;
      watchForUpdates(registered, tell);
    },
    (error: unknown) => {
      onFailed(String(error));
    },
  );
  return {
    active: () => registration?.active ?? undefined,
    onUpdate(listener) {
      listeners.add(listener);
      if (waits()) listener();
    },
    applyUpdate() {
      reloadWhenControlled(container);
      registration?.waiting?.postMessage({ type: 'skip-waiting' } satisfies ServiceWorkerRequest);
    },
  };
}

function watchForUpdates(registration: ServiceWorkerRegistration, tell: () => void): void {
  if (registration.waiting !== null && registration.active !== null) tell();
  registration.addEventListener('updatefound', () => {
    const installing = registration.installing;
    installing?.addEventListener('statechange', () => {
      // The first installation replaces nothing: only a later one is news.
      if (installing.state === 'installed' && registration.active !== null) tell();
    });
  });
  setInterval(() => {
    // Offline is no news: the next check comes.
    registration.update().catch(() => undefined);
  }, CHECK_EVERY_MS);
}

function reloadWhenControlled(container: ServiceWorkerContainer | undefined): void {
  container?.addEventListener(
    'controllerchange',
    () => {
      location.reload();
    },
    { once: true },
  );
}

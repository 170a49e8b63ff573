/**
 * The page's side of the service worker: registers it, tells of a new version, and swaps to it after
 * the person agreed. Every step of its life that the page has a part in is here.
 */
import type { ServiceWorkerRequest } from './sw-api.ts';

export interface ServiceWorkerClient {
  /** Whether there is one, or will be in a moment. */
  readonly isAvailable: boolean;
  /** The worker that answers for this page's scope; undefined if there is none and none comes soon. */
  active(): Promise<ServiceWorker | undefined>;
  /** Its registration once it is active; undefined if there is none and none comes soon. */
  registration(): Promise<ServiceWorkerRegistration | undefined>;
  /** `listener` is called once for each new version that waits for the person's word. */
  onUpdate(listener: () => void): void;
  /** The person agreed: the new version takes over and the page reloads. */
  applyUpdate(): void;
}

const ACTIVE_WITHIN_MS = 3_000;
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
  let isAvailable = container !== undefined;
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
      isAvailable = false;
      onFailed(String(error));
    },
  );
  return {
    get isAvailable() {
      return isAvailable;
    },
    active: async () => {
      const ready = await readyWithin(isAvailable ? container : undefined);
      return ready?.active ?? undefined;
    },
    registration: () => readyWithin(isAvailable ? container : undefined),
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

/** `ready` stays open for ever where no worker gets active, so it is waited for only so long. */
function readyWithin(
  container: ServiceWorkerContainer | undefined,
): Promise<ServiceWorkerRegistration | undefined> {
  if (container === undefined) return Promise.resolve(undefined);
  const late = new Promise<undefined>((resolve) => {
    setTimeout(() => {
      resolve(undefined);
    }, ACTIVE_WITHIN_MS);
  });
  return Promise.race([container.ready, late]);
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

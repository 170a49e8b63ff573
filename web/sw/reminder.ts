/**
 * Reminds of an overdue backup while the app is closed. The page says from when on one is overdue; the
 * browser wakes this worker now and then. Only that one time is kept: no name and no number of sources.
 */
import type { ReminderAnswer, ReminderRequest, ReminderTag } from '../bridge/reminder-api.ts';

const TAG: ReminderTag = 'holdfast-reminder';
const DATABASE = 'holdfast-reminder';
const STORE = 'times';
const KEY = 'overdue-at';

interface PeriodicSyncEvent extends ExtendableEvent {
  readonly tag: string;
}

/** What a reminder needs of the service worker's scope. */
export interface ReminderScope {
  readonly registration: Pick<ServiceWorkerRegistration, 'showNotification' | 'scope'>;
  readonly clients: {
    matchAll(options: {
      readonly type: 'window';
      readonly includeUncontrolled: true;
    }): Promise<readonly { focus(): Promise<unknown> }[]>;
    openWindow(url: string): Promise<unknown>;
  };
  readonly indexedDB: IDBFactory;
  readonly nowMs: () => number;
}

/** Whether a message of the page is about reminders. */
export function isReminderRequest(message: { readonly type: string }): message is ReminderRequest {
  return message.type === 'remind-from';
}

export class Reminder {
  readonly #scope: ReminderScope;

  constructor(scope: ReminderScope) {
    this.#scope = scope;
  }

  /** Keeps the time from which on a backup is overdue, and answers on `port`. */
  async remindFrom({ overdueAtMs }: ReminderRequest, port: MessagePort | undefined): Promise<void> {
    const noted = await this.#inStore('readwrite', (store) => store.put(overdueAtMs, KEY)).then(
      () => true,
      () => false, // the device keeps nothing: then there is no reminder
    );
    port?.postMessage({ noted } satisfies ReminderAnswer);
  }

  /** The browser woke this worker: shows the reminder if a backup is overdue. */
  async onPeriodicSync(event: Event): Promise<void> {
    if ((event as PeriodicSyncEvent).tag !== TAG) return;
    const overdueAtMs: unknown = await this.#inStore(
      'readonly',
      (store) => store.get(KEY) as IDBRequest<unknown>,
    );
    if (typeof overdueAtMs !== 'number' || overdueAtMs === 0 || overdueAtMs > this.#scope.nowMs()) return;
    await this.#scope.registration.showNotification('A backup is overdue', {
      body: 'Open Holdfast to back up what has changed.',
      tag: TAG,
      icon: new URL('icons/icon-192.png', this.#scope.registration.scope).href,
    });
  }

  /** The person clicked on the reminder: shows the app. */
  async onClick(notification: Pick<Notification, 'tag' | 'close'>): Promise<void> {
    if (notification.tag !== TAG) return;
    notification.close();
    const [open] = await this.#scope.clients.matchAll({ type: 'window', includeUncontrolled: true });
    if (open === undefined) await this.#scope.clients.openWindow(`${this.#scope.registration.scope}#/backup`);
    else await open.focus();
  }

  async #inStore<T>(mode: IDBTransactionMode, run: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    const opening = this.#scope.indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore(STORE);
    };
    const database = await settled(opening);
    try {
      return await settled(run(database.transaction(STORE, mode).objectStore(STORE)));
    } finally {
      database.close();
    }
  }
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(request.error ?? new DOMException('IndexedDB failed', 'UnknownError'));
    };
  });
}

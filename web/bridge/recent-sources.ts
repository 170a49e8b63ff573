/**
 * Remembers, in this browser, which folders were backed up, with the handle that opens them again
 * where the browser has such handles (Chromium). IndexedDB, because localStorage can't hold a handle.
 */

export interface RecentSource {
  readonly sourceName: string;
  readonly lastUsedMs: number;
  readonly handle?: FileSystemDirectoryHandle;
}

export interface RecentSources {
  /** Newest first. */
  list(): Promise<readonly RecentSource[]>;
  remember(source: RecentSource): Promise<void>;
  forgetAll(): Promise<void>;
}

const DATABASE = 'holdfast-recent';
const STORE = 'sources';
const KEPT = 12;

/** The recent sources in `factory`'s database. */
export function createRecentSources(factory: IDBFactory): RecentSources {
  return {
    async list() {
      const all = await inStore(factory, 'readonly', (store) => store.getAll() as IDBRequest<RecentSource[]>);
      return all.sort((a, b) => b.lastUsedMs - a.lastUsedMs).slice(0, KEPT);
    },
    async remember(source) {
      await inStore(factory, 'readwrite', (store) => store.put(source));
    },
    async forgetAll() {
      await inStore(factory, 'readwrite', (store) => store.clear());
    },
  };
}

async function inStore<T>(
  factory: IDBFactory,
  mode: IDBTransactionMode,
  run: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const database = await openDatabase(factory);
  try {
    return await settled(run(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

function openDatabase(factory: IDBFactory): Promise<IDBDatabase> {
  const request = factory.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(STORE, { keyPath: 'sourceName' });
  };
  return settled(request);
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

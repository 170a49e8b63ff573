/** What a page has stored in its browser, wherever a page can store something. */
import type { Page } from './page.ts';

export interface KeptData {
  /** Every CryptoKey in any database. */
  readonly keys: readonly { readonly store: string; readonly extractable: boolean }[];
  /** Databases' stores that hold something, as `database/store`. */
  readonly filledStores: readonly string[];
  readonly localStorageKeys: readonly string[];
  /** Names of files and folders in the page's private file system. */
  readonly privateFiles: readonly string[];
  /** All of it as text, for a search; bytes are read as Latin-1. */
  readonly text: string;
}

export async function readKept(page: Page): Promise<KeptData> {
  return { ...(await page.run(readStores)), privateFiles: await page.run(readPrivateFiles) };
}

async function readStores(): Promise<Omit<KeptData, 'privateFiles'>> {
  const keys: { store: string; extractable: boolean }[] = [];
  const filledStores: string[] = [];
  const texts: string[] = [];

  const settled = <T>(request: IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => {
        resolve(request.result);
      };
      request.onerror = () => {
        reject(new Error(request.error?.message));
      };
    });
  const latin1 = new TextDecoder('latin1');
  const isBytes = (value: object): value is ArrayBuffer | ArrayBufferView =>
    value instanceof ArrayBuffer || ArrayBuffer.isView(value);
  const lookAtObject = (value: object, store: string): void => {
    if (value instanceof CryptoKey) keys.push({ store, extractable: value.extractable });
    else if (isBytes(value)) texts.push(latin1.decode(value));
    else for (const part of Object.entries(value).flat()) look(part, store);
  };
  const look = (value: unknown, store: string): void => {
    if (typeof value === 'object' && value !== null) lookAtObject(value, store);
    else texts.push(String(value));
  };
  const lookIntoDatabase = async (name: string): Promise<void> => {
    const database = await settled(indexedDB.open(name));
    for (const storeName of database.objectStoreNames) {
      const store = database.transaction(storeName).objectStore(storeName);
      const values: unknown[] = await settled(store.getAll());
      if (values.length > 0) filledStores.push(`${name}/${storeName}`);
      look(values, `${name}/${storeName}`);
    }
    database.close();
  };

  for (const { name } of await indexedDB.databases()) await lookIntoDatabase(name ?? '');
  for (const storage of [localStorage, sessionStorage]) texts.push(...Object.entries<string>(storage).flat());
  return {
    keys,
    filledStores: filledStores.sort(),
    localStorageKeys: Object.keys(localStorage).sort(),
    text: texts.join('\n'),
  };
}

/** Their names, without those of folders. */
async function readPrivateFiles(): Promise<string[]> {
  const names: string[] = [];
  const folders = [await navigator.storage.getDirectory()];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for await (const handle of folder.values()) {
      if (handle.kind === 'directory') folders.push(handle);
      else names.push(handle.name);
    }
  }
  return names;
}

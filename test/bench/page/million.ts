/** A vault of a million chunks, as a new device meets it, and as the same device opens it later. */
import type { Figures, Task } from '../tasks.ts';
import { WatchedEngine, mark } from './watched-engine.ts';

type MillionTask = Extract<Task, { readonly type: 'million-account' | 'million-first' | 'million-later' }>;

/** Makes the account with one snapshot. The device keeps its session, and nothing of the vault's index. */
export async function makeAccount({ serverUrl, firstRunToken }: MillionTask): Promise<Figures> {
  await WatchedEngine.run(serverUrl, async (watched) => {
    await watched.signUp(firstRunToken ?? '', { keepUnlocked: true });
    await backUpOne(watched, 'one');
  });
  await forgetMirror();
  return {};
}

/** Downloads the whole mirror. Then one small file is backed up. */
export async function openFirst({ serverUrl }: MillionTask): Promise<Figures> {
  await mark('first-start');
  const startedAtMs = performance.now();
  return WatchedEngine.run(serverUrl, async (watched) => {
    await watched.heard('snapshots-changed', 0);
    const openMs = performance.now() - startedAtMs;
    await mark('first-end');
    return { openMs, backUpMs: await backUpOne(watched, 'two') };
  });
}

/** What the app does when it is started again: opens the kept session, the mirror read from IndexedDB. */
export async function openLater({ serverUrl }: MillionTask): Promise<Figures> {
  await mark('later-start');
  return WatchedEngine.run(serverUrl, async (watched, openMs) => {
    const { length } = await watched.engine.listSnapshots();
    await mark('later-end');
    if (length !== 2) throw new Error(`There are ${length} snapshots.`);
    return { openMs };
  });
}

async function backUpOne(watched: WatchedEngine, name: string): Promise<number> {
  const startedAtMs = performance.now();
  const file = new File([name], `${name}.txt`, { lastModified: 1_700_000_000_000 });
  const jobId = await watched.engine.backUp({
    sourceName: 'Benchmark',
    picked: { kind: 'files', files: [{ path: [file.name], file }], folders: [] },
  });
  const { job, seenAtMs } = await watched.ended(jobId);
  if (job.receipt === undefined) throw new Error(`The backup ended as ${JSON.stringify(job)}`);
  return seenAtMs - startedAtMs;
}

/** Empties what the engine keeps of the index, the session apart. */
async function forgetMirror(): Promise<void> {
  const database = await done(indexedDB.open('holdfast'));
  const names = [...database.objectStoreNames].filter((name) => name.startsWith('mirror-'));
  const transaction = database.transaction(names, 'readwrite');
  await Promise.all(names.map(async (name) => done(transaction.objectStore(name).clear())));
  database.close();
}

async function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(new Error(request.error?.message));
    };
  });
}

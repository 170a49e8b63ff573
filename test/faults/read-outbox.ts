/** What a page's browser keeps of its outbox, read past the app. */
import type { Page } from '../helpers/browser/page.ts';
import type { SnapshotId } from '../../shared/ids.ts';

export interface OutboxFacts {
  /** State by job. */
  readonly jobs: Readonly<Record<string, string>>;
  /** Accepted, newest first. */
  readonly accepted: readonly { readonly jobId: string; readonly snapshotId: SnapshotId }[];
  /** Its files: in the private file system, and in IndexedDB. */
  readonly privateFiles: readonly string[];
  readonly databaseFiles: readonly string[];
}

export async function readOutbox(page: Page): Promise<OutboxFacts> {
  const { accepted, ...outbox } = await page.run(read);
  return {
    ...outbox,
    accepted: accepted.map(({ jobId, snapshotId }) => ({ jobId, snapshotId: snapshotId as SnapshotId })),
  };
}

interface Facts {
  readonly jobs: Record<string, string>;
  readonly accepted: { readonly jobId: string; readonly snapshotId: string }[];
  readonly privateFiles: string[];
  readonly databaseFiles: string[];
}

/** Runs in the page. */
async function read(): Promise<Facts> {
  interface QueueRecord {
    readonly entries: readonly { readonly jobId: string; readonly state: string }[];
    readonly receipts: readonly { readonly jobId: string; readonly snapshotId: string }[];
  }
  const settled = <T>(request: IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => {
        resolve(request.result);
      };
      request.onerror = () => {
        reject(new Error(request.error?.message));
      };
    });
  const root = await navigator.storage.getDirectory();
  const privateFiles: string[] = [];
  const folder = await root.getDirectoryHandle('outbox').catch(() => undefined);
  if (folder !== undefined) for await (const name of folder.keys()) privateFiles.push(name);
  const database = await settled(indexedDB.open('holdfast'));
  const transaction = database.transaction(['queue', 'outbox-parts']);
  const reading = settled(transaction.objectStore('queue').get('current'));
  const keys = await settled(transaction.objectStore('outbox-parts').getAllKeys());
  const none: QueueRecord = { entries: [], receipts: [] };
  const { entries, receipts } = ((await reading) as QueueRecord | undefined) ?? none;
  database.close();
  const parts = new Set(keys.map((key) => (key as [string, number])[0]));
  return {
    jobs: Object.fromEntries(entries.map(({ jobId, state }) => [jobId, state])),
    accepted: receipts.map(({ jobId, snapshotId }) => ({ jobId, snapshotId })),
    privateFiles,
    databaseFiles: [...parts],
  };
}

/** The browser's side of outbox/ports.ts, for the engine's thread and the service worker. */
import type { OutboxFiles, OutboxPorts, QueueBell } from './outbox/ports.ts';
import { databaseFiles } from './storage/outbox-db.ts';
import { eitherFiles } from './storage/outbox-either.ts';
import { opfsFiles } from './storage/outbox-opfs.ts';
import { queueStore } from './storage/queue-db.ts';
import type { HoldfastDatabase } from './storage/database.ts';

const CHANNEL = 'holdfast-queue';

export async function outboxPorts(database: HoldfastDatabase): Promise<OutboxPorts> {
  return {
    files: await outboxFiles(database),
    queue: queueStore(database),
    bell: queueBell(),
    freeBytes,
    sendsInBackground: 'SyncManager' in self,
  };
}

/**
 * In the private file system; in the database where that can't be had (private windows of some browsers) or written in
 * place. The service worker, which only reads, can't tell whether the engine can write there: it looks at both.
 */
async function outboxFiles(database: HoldfastDatabase): Promise<OutboxFiles> {
  const inDatabase = databaseFiles(database);
  const inPrivate = await privateFiles().catch(() => undefined);
  if (inPrivate === undefined) return inDatabase;
  const isWritable = 'FileSystemSyncAccessHandle' in self || 'clients' in self;
  return isWritable ? eitherFiles(inPrivate, inDatabase) : eitherFiles(inDatabase, inPrivate);
}

async function privateFiles(): Promise<OutboxFiles | undefined> {
  const { storage } = navigator as { readonly storage?: Partial<StorageManager> };
  const root = await storage?.getDirectory?.call(storage);
  return root && opfsFiles(root);
}

async function freeBytes(): Promise<number | undefined> {
  const { storage } = navigator as { readonly storage?: StorageManager };
  const { quota, usage } = (await storage?.estimate()) ?? {};
  return quota === undefined || usage === undefined ? undefined : Math.max(0, quota - usage);
}

function queueBell(): QueueBell {
  const channel = new BroadcastChannel(CHANNEL);
  return {
    ring: () => {
      channel.postMessage('changed');
    },
    onRing: (listener) => {
      channel.addEventListener('message', listener);
    },
    close: () => {
      channel.close();
    },
  };
}

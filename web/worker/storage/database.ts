/** The engine's IndexedDB database. Device, session, sources, network and queue are kept; the rest is a cache of the server's. */
import { openDB } from 'idb';
import type { DBSchema, IDBPDatabase } from 'idb';
import type { ChunkId, DeviceId, JobId, SnapshotId, SourceId, VaultId } from '../../../shared/ids.ts';
import type { SnapshotRecord } from '../../../shared/wire/messages.ts';
import type { NetworkSettings } from '../../bridge/network-api.ts';
import type { QueueRecord } from '../outbox/ports.ts';
import type { KeptMark, MirrorPosition, RememberedSource, StoredSession } from '../ports.ts';

const NAME = 'holdfast';
const VERSION = 1;

export interface HoldfastSchema extends DBSchema {
  /** One of each at most, under a fixed key. */
  device: { key: 'id'; value: DeviceId };
  session: { key: 'current'; value: StoredSession };
  /** The mirror: how far it is, packed chunk ids, snapshots, what was said of them. */
  'mirror-position': { key: VaultId; value: MirrorPosition };
  'mirror-chunks': {
    key: [VaultId, number];
    value: { readonly removed: ArrayBuffer; readonly added: ArrayBuffer };
  };
  'mirror-snapshots': { key: [VaultId, SnapshotId]; value: SnapshotRecord };
  'mirror-marks': { key: [VaultId, SnapshotId]; value: KeptMark };
  /** Sealed pieces of folder chunks. */
  'folder-chunks': { key: ChunkId; value: readonly ArrayBuffer[] };
  /** Restores into folders: where, and which files in it are not finished. */
  'restore-folders': { key: JobId; value: FileSystemDirectoryHandle };
  'restore-paths': { key: JobId; value: readonly string[] };
  /** What this device remembers of sources, their folders among it. */
  sources: { key: [VaultId, SourceId]; value: RememberedSource };
  /** One of each at most, under a fixed key. */
  network: { key: 'current'; value: NetworkSettings };
  queue: { key: 'current'; value: QueueRecord };
  /** Outbox files where there is no private file system: what was appended, by where it begins. */
  'outbox-parts': { key: [string, number]; value: ArrayBuffer };
}

const STORES = [
  'device',
  'session',
  'mirror-position',
  'mirror-chunks',
  'mirror-snapshots',
  'mirror-marks',
  'folder-chunks',
  'restore-folders',
  'restore-paths',
  'sources',
  'network',
  'queue',
  'outbox-parts',
] as const;

export type HoldfastDatabase = IDBPDatabase<HoldfastSchema>;

export async function openDatabase(): Promise<HoldfastDatabase> {
  return openDB<HoldfastSchema>(NAME, VERSION, {
    upgrade(database) {
      for (const name of STORES) database.createObjectStore(name);
    },
    /** A newer version of the app in another tab wants to upgrade: don't stand in its way. */
    blocking(_current, _blocked, event) {
      (event.target as IDBDatabase).close();
    },
  });
}

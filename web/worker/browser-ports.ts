/** The browser's side of ports.ts: sockets, threads, checksums, storage. */
import { loadChecksum } from '../../shared/checksum.ts';
import { secureRandom } from '../../shared/crypto/primitives.ts';
import { systemClock } from './clock.ts';
import type { EnginePorts } from './ports.ts';
import { networkInfoOf } from './network/network-info.ts';
import type { OpaqueReport } from './opaque/protocol.ts';
import { remoteOpaque } from './opaque/remote-opaque.ts';
import type { StartOpaqueThread } from './opaque/remote-opaque.ts';
import { outboxPorts } from './outbox-ports.ts';
import type { MessageOfReader } from './reader/protocol.ts';
import { RemoteReaders } from './reader/remote-readers.ts';
import type { SocketReport } from './socket/protocol.ts';
import { RemoteSockets } from './socket/remote-sockets.ts';
import { openDatabase } from './storage/database.ts';
import { folderCache } from './storage/folder-cache-db.ts';
import { journalStore } from './storage/journal-db.ts';
import { mirrorStore } from './storage/mirror-db.ts';
import { networkStore } from './storage/network-db.ts';
import { sessionStore } from './storage/session-db.ts';
import { sourceStore } from './storage/source-db.ts';
import { tabLocks } from './tab-locks.ts';
import { folderWatcher } from './watch-folder.ts';
import { loadZstd } from './zstd.ts';

export async function browserPorts(): Promise<EnginePorts> {
  const [checksum, zstd, database] = await Promise.all([loadChecksum(), loadZstd(), openDatabase()]);
  const sockets = startSockets();
  const networkInfo = networkInfoOf(self.navigator);
  const watchFolder = folderWatcher(self);
  return {
    clock: systemClock,
    random: secureRandom,
    checksum,
    zstd,
    openSocket: (url, events) => sockets.open(url, events),
    startReader: startReaders().start,
    runOpaque: remoteOpaque(startOpaqueThread),
    sessions: sessionStore(database),
    mirror: mirrorStore(database),
    folderCache: folderCache(database),
    journal: journalStore(database),
    sources: sourceStore(database),
    network: networkStore(database),
    locks: tabLocks,
    outbox: await outboxPorts(database),
    ...(networkInfo && { networkInfo }),
    ...(watchFolder && { watchFolder }),
  };
}

/** One thread for all sockets, there is one at a time. */
function startSockets(): RemoteSockets {
  const thread = new Worker(new URL('./socket/index.ts', import.meta.url), { type: 'module' });
  const sockets = new RemoteSockets((request, transfer) => {
    thread.postMessage(request, transfer);
  });
  thread.onmessage = ({ data }: MessageEvent<SocketReport>) => {
    sockets.take(data);
  };
  return sockets;
}

/** One thread for all that is read. */
function startReaders(): RemoteReaders {
  const thread = new Worker(new URL('./reader/index.ts', import.meta.url), { type: 'module' });
  const readers = new RemoteReaders((request, transfer) => {
    thread.postMessage(request, transfer);
  });
  thread.onmessage = ({ data }: MessageEvent<MessageOfReader>) => {
    readers.take(data);
  };
  return readers;
}

const startOpaqueThread: StartOpaqueThread = (onReport) => {
  const thread = new Worker(new URL('./opaque/index.ts', import.meta.url), { type: 'module' });
  thread.onmessage = ({ data }: MessageEvent<OpaqueReport>) => {
    onReport(data);
  };
  thread.onerror = (event) => {
    event.preventDefault(); // it is told of here
    onReport({
      type: 'failed',
      code: 'internal',
      detail: event.message || 'the OPAQUE thread could not start',
    });
  };
  return {
    postMessage: (request) => {
      thread.postMessage(request);
    },
    end: () => {
      thread.terminate();
    },
  };
};

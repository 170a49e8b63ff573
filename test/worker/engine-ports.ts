/** The engine's ports for tests in Node: real sockets (ws) and WebCrypto, storage in memory, the reader in-process. */
import { checksum } from '../../server/checksum.ts';
import { WebSocket } from 'ws';
import type { Bytes } from '../../shared/crypto/primitives.ts';
import { secureRandom } from '../../shared/crypto/primitives.ts';
import type { ChunkId, DeviceId, JobId, SnapshotId, SourceId } from '../../shared/ids.ts';
import { MAX_FRAME_BYTES } from '../../shared/wire/frame.ts';
import type { NetworkSettings } from '../../web/bridge/network-api.ts';
import { systemClock } from '../../web/worker/clock.ts';
import type {
  ChunkPage,
  EnginePorts,
  FolderCache,
  JournalEntry,
  JournalStore,
  Locks,
  MirrorState,
  MirrorStore,
  NetworkStore,
  OpenSocket,
  RememberedSource,
  SessionStore,
  SourceStore,
  StartReader,
  StoredSession,
} from '../../web/worker/ports.ts';
import { loadZstd } from '../../web/worker/zstd.ts';
import { memoryOutbox } from './memory-outbox.ts';
import { OpaqueThread } from '../../web/worker/opaque/opaque-thread.ts';
import { remoteOpaque } from '../../web/worker/opaque/remote-opaque.ts';
import { ReaderThread } from '../../web/worker/reader/reader-thread.ts';
import { RemoteReaders } from '../../web/worker/reader/remote-readers.ts';

const zstd = await loadZstd();

export const openSocket: OpenSocket = (url, events) => {
  const socket = new WebSocket(url, { origin: new URL(url).origin.replace('ws', 'http') });
  socket.binaryType = 'arraybuffer';
  socket.on('open', () => {
    events.onOpen();
  });
  // A refused connection also closes; `close` is what the engine hears.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    events.onClose();
  });
  socket.on('message', (data: ArrayBuffer) => {
    events.onMessage(data);
  });
  return {
    frame: () => new Uint8Array(MAX_FRAME_BYTES),
    send: (data: Bytes) => {
      socket.send(data);
    },
    close: () => {
      socket.terminate();
    },
  };
};

/** Runs the reader on this thread; buffers change hands as they would between threads. */
export const startReader: StartReader = (setup, onMessage) => {
  const thread = new ReaderThread((message) => {
    queueMicrotask(() => {
      readers.take(message);
    });
  });
  const readers = new RemoteReaders((request) => {
    thread.handle(request);
  });
  return readers.start(setup, onMessage);
};

/** Runs OPAQUE on this thread. */
export const runOpaque = remoteOpaque((onReport) => {
  const thread = new OpaqueThread(onReport);
  return {
    postMessage: (request) => {
      void thread.handle(request);
    },
    end: () => undefined,
  };
});

export function memorySessions(): SessionStore {
  let id: DeviceId | undefined;
  let current: StoredSession | undefined;
  return {
    deviceId: async (make) => Promise.resolve((id ??= make())),
    load: async () => Promise.resolve(current),
    save: async (session) => {
      current = session;
      return Promise.resolve();
    },
    clear: async () => {
      current = undefined;
      return Promise.resolve();
    },
  };
}

const EMPTY_MIRROR: MirrorState = {
  seq: 0,
  isWhole: false,
  acceptedLinks: [],
  hiddenSnapshotIds: [],
  snapshots: [],
  marks: [],
};

export function memoryMirror(): MirrorStore {
  let state = EMPTY_MIRROR;
  let pages: ChunkPage[] = [];
  return {
    load: async () => Promise.resolve(state),
    async *chunkPages() {
      yield* pages;
      return Promise.resolve();
    },
    append: async (_, { chunks, erasedSnapshotIds, ...change }) => {
      pages.push({ removed: chunks.removed.slice(), added: chunks.added.slice() });
      const isLeft = ({ snapshotId }: { readonly snapshotId: SnapshotId }) =>
        !erasedSnapshotIds.includes(snapshotId);
      const others = state.marks.filter((mark) =>
        change.marks.every((each) => each.snapshotId !== mark.snapshotId),
      );
      state = {
        ...change,
        snapshots: [...state.snapshots, ...change.snapshots].filter(isLeft),
        marks: [...others, ...change.marks].map((mark) =>
          isLeft(mark) ? mark : { ...mark, isErased: true },
        ),
      };
      return Promise.resolve();
    },
    compact: async (_, compacted) => {
      pages = [...compacted].map((added) => ({ removed: new Uint8Array(0), added: added.slice() }));
      return Promise.resolve();
    },
    clear: async () => {
      state = EMPTY_MIRROR;
      pages = [];
      return Promise.resolve();
    },
  };
}

function memoryFolderCache(): FolderCache {
  const chunks = new Map<ChunkId, readonly Bytes[]>();
  return {
    get: async (chunkId) => Promise.resolve(chunks.get(chunkId)),
    put: async (chunkId, pieces) => {
      const copies = pieces.map((piece) => piece.slice());
      chunks.set(chunkId, copies);
      return Promise.resolve();
    },
    clear: async () => {
      chunks.clear();
      return Promise.resolve();
    },
  };
}

export function memoryJournal(): JournalStore {
  const entries = new Map<JobId, JournalEntry>();
  return {
    load: async () => Promise.resolve([...entries.values()]),
    begin: async (entry) => {
      entries.set(entry.key, entry);
      return Promise.resolve();
    },
    save: async (key, paths) => {
      const entry = entries.get(key);
      if (entry !== undefined) entries.set(key, { ...entry, paths });
      return Promise.resolve();
    },
    remove: async (keys) => {
      for (const key of keys) entries.delete(key);
      return Promise.resolve();
    },
    clear: async () => {
      entries.clear();
      return Promise.resolve();
    },
  };
}

export function memoryNetwork(): NetworkStore {
  let current: NetworkSettings | undefined;
  const listeners = new Set<() => void>();
  return {
    load: async () => Promise.resolve(current),
    save: async (settings) => {
      current = settings;
      for (const listener of listeners) listener();
      return Promise.resolve();
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function memorySources(): SourceStore {
  const sources = new Map<SourceId, RememberedSource>();
  return {
    list: async () => Promise.resolve([...sources.values()]),
    put: async (_, source) => {
      sources.set(source.sourceId, source);
      return Promise.resolve();
    },
    delete: async (_, sourceId) => {
      sources.delete(sourceId);
      return Promise.resolve();
    },
    clear: async () => {
      sources.clear();
      return Promise.resolve();
    },
  };
}

/** The locks of a browser: engines that are given the same share them. */
export function sharedLocks(): Locks {
  const held = new Map<string, Promise<void>>();
  /** Of those that are only tried. */
  const busy = new Set<string>();
  return {
    hold: async (name, signal, work) => {
      const before = held.get(name) ?? Promise.resolve();
      const turn = before.then(async () => {
        signal.throwIfAborted();
        await work();
      });
      held.set(
        name,
        turn.catch(() => undefined),
      );
      await turn;
    },
    tryHold: async (name, work) => {
      if (busy.has(name)) return false;
      busy.add(name);
      const turn = work().finally(() => busy.delete(name));
      await turn;
      return true;
    },
  };
}

export function enginePorts(overrides: Partial<EnginePorts> = {}): EnginePorts {
  return {
    clock: systemClock,
    random: secureRandom,
    checksum,
    zstd,
    openSocket,
    startReader,
    runOpaque,
    sessions: memorySessions(),
    mirror: memoryMirror(),
    folderCache: memoryFolderCache(),
    journal: memoryJournal(),
    sources: memorySources(),
    network: memoryNetwork(),
    locks: sharedLocks(),
    outbox: memoryOutbox(),
    ...overrides,
  };
}

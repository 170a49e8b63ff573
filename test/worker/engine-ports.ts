/** The engine's ports for tests in Node: real sockets (ws) and WebCrypto, storage in memory, the reader in-process. */
import { checksum } from '../../server/checksum.ts';
import { WebSocket } from 'ws';
import type { Bytes } from '../../shared/crypto/primitives.ts';
import { secureRandom } from '../../shared/crypto/primitives.ts';
import type { ChunkId, DeviceId } from '../../shared/ids.ts';
import { idBytes } from '../../shared/ids.ts';
import { MAX_FRAME_BYTES } from '../../shared/wire/frame.ts';
import type { SnapshotRecord } from '../../shared/wire/messages.ts';
import { systemClock } from '../../web/worker/clock.ts';
import type {
  EnginePorts,
  FolderCache,
  MirrorStore,
  OpenSocket,
  SessionStore,
  StartReader,
  StoredSession,
} from '../../web/worker/ports.ts';
import { loadZstd } from '../../web/worker/zstd.ts';
import { FileReader } from '../../web/worker/reader/file-reader.ts';

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
export const startReader: StartReader = (onMessage) => {
  let isOver = false;
  const reader = new FileReader((message) => {
    queueMicrotask(() => {
      if (!isOver) onMessage(message);
    });
  });
  return {
    postMessage: (request) => {
      reader.handle(request);
    },
    terminate: () => {
      isOver = true;
    },
  };
};

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

export function memoryMirror(): MirrorStore {
  let seq = 0;
  let pages: Uint8Array[] = [];
  let snapshots: SnapshotRecord[] = [];
  return {
    load: async () => Promise.resolve({ seq, chunkPages: [...pages], snapshots: [...snapshots] }),
    append: async (_, change) => {
      seq = change.seq;
      pages.push(...change.chunkIds.map(idBytes));
      snapshots.push(...change.snapshots);
      return Promise.resolve();
    },
    clear: async () => {
      seq = 0;
      pages = [];
      snapshots = [];
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

export function enginePorts(overrides: Partial<EnginePorts> = {}): EnginePorts {
  return {
    clock: systemClock,
    random: secureRandom,
    checksum,
    zstd,
    openSocket,
    startReader,
    sessions: memorySessions(),
    mirror: memoryMirror(),
    folderCache: memoryFolderCache(),
    ...overrides,
  };
}

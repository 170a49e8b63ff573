/**
 * What the engine needs from outside: time, chance, sockets, storage, threads. The browser's versions are
 * put together in index.ts; tests pass their own.
 */
import type { AccountId, ChunkId, DeviceId, VaultId } from '../../shared/ids.ts';
import type { Checksum } from '../../shared/checksum.ts';
import type { Bytes } from '../../shared/crypto/primitives.ts';
import type { Role, SnapshotRecord } from '../../shared/wire/messages.ts';
import type { Zstd } from '../../shared/format/compression.ts';
import type { ReaderMessage, ReaderRequest } from './reader/protocol.ts';

export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export type Random = (bytes: Bytes) => Bytes;

export interface SocketEvents {
  onOpen(): void;
  /** A whole message: an ArrayBuffer if it is binary. */
  onMessage(data: unknown): void;
  /** The connection is over, or never came to be. */
  onClose(): void;
}

/** The part of a WebSocket that the engine uses. */
export interface Socket {
  /** Memory of MAX_FRAME_BYTES to write the next frame into. */
  frame(): Uint8Array<ArrayBuffer>;
  /** Sends a frame, a part of what `frame` gave; its memory is gone afterwards. */
  send(frame: Uint8Array<ArrayBuffer>): void;
  close(): void;
}

export type OpenSocket = (url: string, events: SocketEvents) => Socket;

/** The thread that reads and cuts files. */
export interface ReaderPort {
  postMessage(message: ReaderRequest, transfer: Transferable[]): void;
  terminate(): void;
}

export type StartReader = (onMessage: (message: ReaderMessage) => void) => ReaderPort;

/** What a device keeps so that a reload needs no password. Keys are non-extractable CryptoKeys. */
export interface StoredSession {
  readonly accountName: string;
  readonly accountId: AccountId;
  readonly role: Role;
  readonly token: Bytes;
  readonly vaultId: VaultId;
  readonly vaultKeys: readonly { readonly epoch: number; readonly key: CryptoKey }[];
}

export interface SessionStore {
  /** This browser profile's id, made by `make` at first use. */
  deviceId(make: () => DeviceId): Promise<DeviceId>;
  load(): Promise<StoredSession | undefined>;
  save(session: StoredSession): Promise<void>;
  clear(): Promise<void>;
}

export interface MirrorState {
  /** The newest change that the mirror holds; 0 when empty. */
  readonly seq: number;
  /** Chunk ids, 32 bytes each, in pages of any length. */
  readonly chunkPages: readonly Uint8Array[];
  readonly snapshots: readonly SnapshotRecord[];
}

/** The client's copy of the server's index: a cache, whose loss costs one download. */
export interface MirrorStore {
  load(vaultId: VaultId): Promise<MirrorState>;
  /** Adds one answer of the change feed and moves to its `seq`, both or neither. */
  append(
    vaultId: VaultId,
    change: {
      readonly seq: number;
      readonly chunkIds: readonly ChunkId[];
      readonly snapshots: readonly SnapshotRecord[];
    },
  ): Promise<void>;
  clear(): Promise<void>;
}

/**
 * Sealed chunks of kind folders, kept so that folders can be listed and searched offline and an unchanged
 * backup downloads nothing. A cache: what it lacks comes from the server.
 */
export interface FolderCache {
  get(chunkId: ChunkId): Promise<readonly Bytes[] | undefined>;
  put(chunkId: ChunkId, sealedPieces: readonly Bytes[]): Promise<void>;
  clear(): Promise<void>;
}

export interface EnginePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly checksum: Checksum;
  readonly zstd: Zstd;
  readonly openSocket: OpenSocket;
  readonly startReader: StartReader;
  readonly sessions: SessionStore;
  readonly mirror: MirrorStore;
  readonly folderCache: FolderCache;
}

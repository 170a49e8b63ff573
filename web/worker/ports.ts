/**
 * What the engine needs from outside: time, chance, sockets, storage, threads. The browser's versions are
 * put together in index.ts; tests pass their own.
 */
import type { AccountId, ChunkId, DeviceId, JobId, SnapshotId, SourceId, VaultId } from '../../shared/ids.ts';
import type { Checksum } from '../../shared/checksum.ts';
import type { ExchangeKind, FinishedExchange } from '../../shared/crypto/opaque.ts';
import type { Bytes } from '../../shared/crypto/primitives.ts';
import type { MarkRecord, Role, SnapshotRecord } from '../../shared/wire/messages.ts';
import type { Zstd } from '../../shared/format/compression.ts';
import type { EngineProblem } from '../bridge/engine-api.ts';
import type { NetworkSettings } from '../bridge/network-api.ts';
import type { SourceSettings } from '../bridge/sources-api.ts';
import type { OutboxPorts } from './outbox/ports.ts';
import type { ReaderMessage, ReaderRequest, ReaderSetup } from './reader/protocol.ts';

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
  /** It reads no more, and nothing is heard of it. */
  end(): void;
}

export type StartReader = (setup: ReaderSetup, onMessage: (message: ReaderMessage) => void) => ReaderPort;

/**
 * The client's half of an OPAQUE exchange for `password`: `ask` takes the first message to the server and brings its
 * answer. Rejects with what `ask` does, and as `finish` of an Exchange throws.
 */
export type RunOpaque = (
  kind: ExchangeKind,
  password: string,
  ask: (request: string) => Promise<string>,
) => Promise<FinishedExchange>;

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

/** Packed chunk ids, 32 bytes each: first the removed ones go, then the added ones come. */
export interface ChunkPage {
  readonly removed: Uint8Array;
  readonly added: Uint8Array;
}

/** What was said of a snapshot last, and whether the snapshot is erased by now. */
export interface KeptMark extends MarkRecord {
  readonly isErased?: boolean;
}

export interface MirrorPosition {
  /** The newest change that the mirror holds; 0 when empty. */
  readonly seq: number;
  /** Whether that was all that the server had. */
  readonly isWhole: boolean;
  /** Links, and ids, of missing snapshots that a person has accepted, in hexadecimal. */
  readonly acceptedLinks: readonly string[];
  /** Snapshots that the server calls erased although no device of the account sent them to the trash. */
  readonly hiddenSnapshotIds: readonly SnapshotId[];
}

export interface MirrorState extends MirrorPosition {
  readonly snapshots: readonly SnapshotRecord[];
  readonly marks: readonly KeptMark[];
}

/** What some answers of the change feed bring. */
export interface MirrorChange extends MirrorState {
  readonly chunks: ChunkPage;
  /** Their records go; of their marks it is noted. */
  readonly erasedSnapshotIds: readonly SnapshotId[];
}

/** The client's copy of the server's index: a cache, whose loss costs one download. */
export interface MirrorStore {
  load(vaultId: VaultId): Promise<MirrorState>;
  /** All chunk ids, in pages to be applied in order. */
  chunkPages(vaultId: VaultId): AsyncIterable<ChunkPage>;
  /** Adds a change and moves to its position, both or neither. */
  append(vaultId: VaultId, change: MirrorChange): Promise<void>;
  /** Replaces all pages of chunk ids by these. */
  compact(vaultId: VaultId, pages: Iterable<Uint8Array>): Promise<void>;
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

/** One restore into a folder: the files in it that it has begun and, for all that is known, not finished. */
export interface JournalEntry {
  readonly key: JobId;
  readonly folder: FileSystemDirectoryHandle;
  /** Below the folder, `/` between names. */
  readonly paths: readonly string[];
}

/** What restores into folders leave half-written if they are interrupted (restore/journal.ts). */
export interface JournalStore {
  load(): Promise<readonly JournalEntry[]>;
  begin(entry: JournalEntry): Promise<void>;
  /** Replaces the paths of an entry. */
  save(key: JobId, paths: readonly string[]): Promise<void>;
  remove(keys: readonly JobId[]): Promise<void>;
  clear(): Promise<void>;
}

/** What a device remembers of a source. */
export interface RememberedSource {
  readonly sourceId: SourceId;
  readonly name: string;
  readonly settings: SourceSettings;
  readonly savedAtMs: number;
  readonly handle?: FileSystemDirectoryHandle;
  /** When its schedule last began a backup, whether it went well or not. */
  readonly triedAtMs?: number;
  /** Why that failed, or could not begin. */
  readonly problem?: EngineProblem;
}

export interface SourceStore {
  list(vaultId: VaultId): Promise<readonly RememberedSource[]>;
  put(vaultId: VaultId, source: RememberedSource): Promise<void>;
  delete(vaultId: VaultId, sourceId: SourceId): Promise<void>;
  clear(): Promise<void>;
}

/** This device's settings of the network. */
export interface NetworkStore {
  load(): Promise<NetworkSettings | undefined>;
  save(settings: NetworkSettings): Promise<void>;
  /** Hears that some tab has saved others, until what it gives is called. */
  onChange(listener: () => void): () => void;
}

/** What the browser tells of the network that it uses. */
export interface NetworkInfo {
  /** Whether it says that data costs money, or that it is to be saved. */
  isMetered(): boolean;
  onChange(listener: () => void): void;
}

/** Calls `onChange` after anything below the folder changed; resolves with how to end that. */
export type WatchFolder = (handle: FileSystemDirectoryHandle, onChange: () => void) => Promise<() => void>;

/** Locks that the browser's tabs and the service worker share. */
export interface Locks {
  /** Waits for the lock and holds it while `work` runs. Rejects with the signal's reason if it aborts first. */
  hold(name: string, signal: AbortSignal, work: () => Promise<void>): Promise<void>;
  /** Holds the lock while `work` runs; false, and nothing is run, if somebody else has it. */
  tryHold(name: string, work: () => Promise<void>): Promise<boolean>;
}

export interface EnginePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly checksum: Checksum;
  readonly zstd: Zstd;
  readonly openSocket: OpenSocket;
  readonly startReader: StartReader;
  readonly runOpaque: RunOpaque;
  readonly sessions: SessionStore;
  readonly mirror: MirrorStore;
  readonly folderCache: FolderCache;
  readonly journal: JournalStore;
  readonly sources: SourceStore;
  readonly network: NetworkStore;
  readonly locks: Locks;
  readonly outbox: OutboxPorts;
  /** Absent where the browser tells nothing. */
  readonly networkInfo?: NetworkInfo;
  /** Absent where the browser can't watch folders. */
  readonly watchFolder?: WatchFolder;
}

/** An unlocked vault and what can be looked up in it. */
import { HoldfastError } from '../../../shared/errors.ts';
import type { SnapshotId } from '../../../shared/ids.ts';
import type { EntryInfo, SnapshotInfo } from '../../bridge/engine-api.ts';
import { unlock } from '../account/vault-session.ts';
import type { VaultSession } from '../account/vault-session.ts';
import type { ServerLink } from '../connection/server-link.ts';
import type { EnginePorts, StoredSession } from '../ports.ts';
import { walkSelection } from '../restore/selection.ts';
import type { Selection } from '../restore/selection.ts';
import { ChunkFetcher } from './chunk-fetcher.ts';
import { entryInfo } from './entries.ts';
import { FolderReader } from './folder-reader.ts';
import { Mirror } from './mirror.ts';
import type { KnownSnapshot, MirrorEvents } from './mirror.ts';

/** How often the server can have this device ask for changes. */
const REFRESH_EVERY_MS = 250;

type VaultPorts = Pick<EnginePorts, 'mirror' | 'clock' | 'folderCache' | 'zstd' | 'outbox'>;

export class OpenVault {
  readonly session: VaultSession;
  readonly mirror: Mirror;
  readonly folders: FolderReader;
  readonly #link: ServerLink;
  readonly #clock: VaultPorts['clock'];
  readonly #queue: VaultPorts['outbox']['queue'];
  /** Aborts when the vault is locked: whatever still reads from it stops. */
  readonly #life = new AbortController();
  #refreshing: Promise<void> = Promise.resolve();
  #nextRefresh: Promise<void> | undefined;
  #refreshedAtMs = -Infinity;

  private constructor(
    session: VaultSession,
    mirror: Mirror,
    link: ServerLink,
    { folderCache, zstd, clock, outbox }: VaultPorts,
  ) {
    this.#queue = outbox.queue;
    this.#clock = clock;
    this.session = session;
    this.mirror = mirror;
    this.#link = link;
    this.folders = new FolderReader(new ChunkFetcher(link, session.keyrings, zstd, { cache: folderCache }));
  }

  /** Derives the keys and reads this device's mirror. Works offline. */
  static async open(
    stored: StoredSession,
    link: ServerLink,
    ports: VaultPorts,
    events: MirrorEvents,
  ): Promise<OpenVault> {
    const session = await unlock(stored);
    const mirror = new Mirror(session.vaultId, session.keyrings, ports, events);
    await mirror.load();
    return new OpenVault(session, mirror, link, ports);
  }

  /** Aborts when the vault is locked. */
  get signal(): AbortSignal {
    return this.#life.signal;
  }

  close(): void {
    this.#life.abort(new HoldfastError('locked'));
  }

  /** Brings the mirror up to date. */
  async sync(signal: AbortSignal = this.#life.signal): Promise<void> {
    const promised = await this.#acknowledged();
    await this.mirror.sync(this.#asking(signal), promised, signal);
  }

  /** Like `sync`, for whoever hears that there is something: however often that is, one looks and one waits. */
  async refresh(): Promise<void> {
    this.#nextRefresh ??= this.#refreshAfter(this.#refreshing);
    return this.#nextRefresh;
  }

  /** Takes the server's history as it is now, after a person confirmed that it was restored from an older copy. */
  async acceptHistory(): Promise<void> {
    await this.mirror.accept(this.#asking(this.#life.signal), await this.#acknowledged());
  }

  listSnapshots(): SnapshotInfo[] {
    return this.mirror.snapshots().map(snapshotInfo);
  }

  /** Folders first, then by name. Throws `snapshot-missing`. */
  async listFolder(snapshotId: SnapshotId, path: readonly string[]): Promise<EntryInfo[]> {
    const { root } = this.mirror.snapshot(snapshotId).description;
    const nodes = await this.folders.nodesAt(root, path, this.#life.signal);
    const entries = (await this.folders.list(nodes, this.#life.signal)).map(entryInfo);
    const byName = new Intl.Collator(undefined, { numeric: true });
    return entries.sort((a, b) => rank(a) - rank(b) || byName.compare(a.name, b.name));
  }

  /** Files and bytes below the selected paths. Throws `snapshot-missing`. */
  async measure(
    snapshotId: SnapshotId,
    selection: Selection,
    signal = this.#life.signal,
  ): Promise<{ files: number; bytes: number }> {
    const { description } = this.mirror.snapshot(snapshotId);
    if (selection.some((path) => path.length === 0))
      return { files: description.filesTotal, bytes: description.bytesTotal };
    const measured = { files: 0, bytes: 0 };
    for await (const item of walkSelection(this.folders, description.root, selection, signal)) {
      if (item.kind !== 'file') continue;
      measured.files += 1;
      measured.bytes += item.file.sizeBytes;
    }
    return measured;
  }

  /** The snapshots that this device sent and the server took, by now: they must be in what it tells from here on. */
  async #acknowledged(): Promise<SnapshotId[]> {
    const { receipts } = await this.#queue.load();
    const own = receipts.filter(({ vaultId }) => vaultId === this.session.vaultId);
    return own.map(({ snapshotId }) => snapshotId);
  }

  async #refreshAfter(before: Promise<void>): Promise<void> {
    // What it fails with its own callers hear.
    await before.catch(() => undefined);
    const waitMs = this.#refreshedAtMs + REFRESH_EVERY_MS - this.#clock.nowMs();
    if (waitMs > 0) await this.#clock.sleep(waitMs, this.#life.signal);
    this.#refreshedAtMs = this.#clock.nowMs();
    this.#refreshing = this.sync();
    this.#nextRefresh = undefined;
    return this.#refreshing;
  }

  #asking(signal: AbortSignal) {
    const either = AbortSignal.any([signal, this.#life.signal]);
    return async (afterSeq: number) =>
      this.#link.request({ type: 'get-changes', afterSeq }, ['changes'], either);
  }
}

function rank({ kind }: EntryInfo): number {
  return kind === 'folder' ? 0 : 1;
}

function snapshotInfo({ record, description, mark, eraseAtMs }: KnownSnapshot): SnapshotInfo {
  const { sourceId, sourceName, deviceName, takenAtMs, mode, partial } = description;
  const { filesTotal, foldersTotal, bytesTotal, problemsTotal } = description;
  const { snapshotId, receivedAtMs } = record;
  return {
    snapshotId,
    receivedAtMs,
    sourceId,
    sourceName,
    deviceName,
    takenAtMs,
    filesTotal,
    foldersTotal,
    bytesTotal,
    problemsTotal,
    mode,
    partial,
    mark,
    ...(eraseAtMs === undefined ? {} : { eraseAtMs }),
  };
}

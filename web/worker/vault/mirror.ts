/**
 * The mirror: what the server has, as this device knows it. Follows the change feed, keeps a copy in
 * IndexedDB, and watches that the server's history never contradicts what was seen before.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import type { SnapshotId, VaultId } from '../../../shared/ids.ts';
import type { Keyrings } from '../../../shared/crypto/vault-keys.ts';
import {
  NO_PREDECESSOR,
  linkKey,
  openSnapshot,
  snapshotLink,
} from '../../../shared/format/sealed-snapshot.ts';
import type { SnapshotDescription } from '../../../shared/format/sealed-snapshot.ts';
import type { ServerMessage, SnapshotRecord } from '../../../shared/wire/messages.ts';
import type { MirrorStore } from '../ports.ts';
import { ChunkIndex } from './chunk-index.ts';

export interface KnownSnapshot {
  readonly record: SnapshotRecord;
  readonly description: SnapshotDescription;
  /** What its successor names. */
  readonly link: Uint8Array<ArrayBuffer>;
}

type Changes = Extract<ServerMessage, { readonly type: 'changes' }>;

export interface MirrorEvents {
  onSnapshotsChanged(): void;
  onHistoryBroken(error: HoldfastError): void;
}

export class Mirror {
  readonly chunks = new ChunkIndex();
  readonly #vaultId: VaultId;
  readonly #keyrings: Keyrings;
  readonly #store: MirrorStore;
  readonly #events: MirrorEvents;
  readonly #snapshots = new Map<SnapshotId, KnownSnapshot>();
  readonly #links = new Set<string>([linkKey(NO_PREDECESSOR)]);
  #seq = 0;
  #syncing: Promise<void> = Promise.resolve();

  constructor(vaultId: VaultId, keyrings: Keyrings, store: MirrorStore, events: MirrorEvents) {
    this.#vaultId = vaultId;
    this.#keyrings = keyrings;
    this.#store = store;
    this.#events = events;
  }

  /** Reads this device's copy. Works offline. */
  async load(): Promise<void> {
    const state = await this.#store.load(this.#vaultId);
    this.#seq = state.seq;
    for (const page of state.chunkPages) this.chunks.addPage(page);
    for (const record of state.snapshots) await this.#addSnapshot(record);
  }

  /** Follows the change feed to its end; one at a time. `ask` sends `get-changes`. */
  async sync(ask: (afterSeq: number) => Promise<Changes>): Promise<void> {
    this.#syncing = this.#syncing.then(
      async () => this.#follow(ask),
      async () => this.#follow(ask),
    );
    return this.#syncing;
  }

  /** Newest first, by the server's time. */
  snapshots(): KnownSnapshot[] {
    return [...this.#snapshots.values()].sort((a, b) => b.record.seq - a.record.seq);
  }

  /** Throws `snapshot-missing`. */
  snapshot(id: SnapshotId): KnownSnapshot {
    const known = this.#snapshots.get(id);
    if (known === undefined) throw new HoldfastError('snapshot-missing');
    return known;
  }

  async #follow(ask: (afterSeq: number) => Promise<Changes>): Promise<void> {
    let changed = false;
    for (let upToDate = false; !upToDate;) {
      const changes = await ask(this.#seq);
      this.#check(changes);
      changed ||= changes.snapshots.length > 0;
      await this.#apply(changes);
      upToDate = changes.nextSeq >= changes.headSeq;
    }
    if (changed) this.#events.onSnapshotsChanged();
  }

  /** Throws `history-broken` for a feed that went back, `malformed` for one that doesn't go on. */
  #check({ nextSeq, headSeq }: Changes): void {
    if (headSeq < this.#seq) {
      throw this.#broken(`the server is at ${String(headSeq)}, this device saw ${String(this.#seq)}`);
    }
    if (nextSeq <= this.#seq && nextSeq < headSeq) {
      throw new HoldfastError('malformed', { detail: 'a change feed that doesn’t go on' });
    }
  }

  async #apply(changes: Changes): Promise<void> {
    const { nextSeq, chunkIds, snapshots } = changes;
    if (nextSeq === this.#seq) return;
    const records = snapshots.map((record) => ({ ...record, sealed: record.sealed.slice() }));
    for (const record of records) await this.#addSnapshot(record);
    for (const id of chunkIds) this.chunks.add(id);
    await this.#store.append(this.#vaultId, { seq: nextSeq, chunkIds, snapshots: records });
    this.#seq = nextSeq;
  }

  async #addSnapshot(record: SnapshotRecord): Promise<void> {
    try {
      const description = await openSnapshot(this.#keyrings, record.snapshotId, record.sealed);
      const link = await snapshotLink(this.#keyrings, record.snapshotId, record.sealed);
      if (!this.#links.has(linkKey(description.predecessor))) {
        this.#events.onHistoryBroken(
          this.#broken(`snapshot ${record.snapshotId} names a predecessor that is not there`),
        );
      }
      this.#links.add(linkKey(link));
      this.#snapshots.set(record.snapshotId, { record, description, link });
    } catch (error) {
      // One snapshot that can't be opened must not hide the others.
      const detail = `snapshot ${record.snapshotId} can’t be opened`;
      this.#events.onHistoryBroken(new HoldfastError('history-broken', { detail, cause: error }));
    }
  }

  #broken(detail: string): HoldfastError {
    return new HoldfastError('history-broken', { detail });
  }
}

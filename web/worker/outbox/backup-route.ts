/**
 * Where a backup's chunks go: to the server while there is a connection, else into a file of this device; and what
 * counts as there already. A backup that went offline stays so until it ends, in the queue.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import type { ChunkId } from '../../../shared/ids.ts';
import { Outbox, piecesOf } from '../backup/outbox.ts';
import type { ChunkOutbox, OutboxEvents } from '../backup/outbox.ts';
import { commitSnapshot } from '../backup/commit.ts';
import type { CommitResult, SnapshotToCommit } from '../backup/commit.ts';
import type { ServerLink } from '../connection/server-link.ts';
import { ServerTrouble } from '../connection/server-trouble.ts';
import { lostFor, whileConnected } from '../connection/while-connected.ts';
import type { Job } from '../jobs/job.ts';
import type { EnginePorts } from '../ports.ts';
import type { ChunkIndex } from '../vault/chunk-index.ts';
import type { SealedBackup } from './sealed-backup.ts';

/** So long a backup waits for a lost connection before it goes on without. */
const PATIENCE_MS = 10_000;

export type KnownChunks = Pick<ChunkIndex, 'has'>;

export interface RouteParts {
  readonly ports: Pick<EnginePorts, 'clock' | 'checksum'>;
  readonly link: ServerLink;
  /** What the server has, and what waits in the queue before this backup. */
  readonly known: readonly KnownChunks[];
  /** Opens the file. */
  readonly seal: () => Promise<SealedBackup>;
  readonly job: Job;
}

export class BackupRoute {
  readonly known: KnownChunks;
  readonly #parts: RouteParts;
  /** Of what is stored there; the job says what is wrong while it waits. */
  readonly #server: Pick<ServerLink, 'withConnection' | 'request'>;
  readonly #offline = new AbortController();
  readonly #over = new AbortController();
  #memory: Outbox | undefined;
  #sealed: Promise<SealedBackup> | undefined;
  #file: SealedBackup | undefined;

  constructor(parts: RouteParts) {
    this.#parts = parts;
    this.#server = new ServerTrouble((failure) => {
      parts.job.troubled(failure);
    }).watched(parts.link);
    this.known = {
      has: (id) => parts.known.some((chunks) => chunks.has(id)) || this.#file?.chunks.has(id) === true,
    };
  }

  get isOffline(): boolean {
    return this.#offline.signal.aborted;
  }

  /** For reading earlier snapshots: once the backup is offline, everything that would have to be fetched is `offline`. */
  get link(): Pick<ServerLink, 'isConnected' | 'withConnection'> {
    const { link } = this.#parts;
    const offline = this.#offline.signal;
    return {
      get isConnected() {
        return !offline.aborted && link.isConnected;
      },
      withConnection: async (work, signal) =>
        link.withConnection(work, signal === undefined ? offline : AbortSignal.any([signal, offline])),
    };
  }

  /** From now on the connection is watched. */
  watch(): void {
    const { link, ports, job } = this.#parts;
    const isThere = {
      get isConnected() {
        return link.isConnected || job.gate.isClosed;
      },
    };
    void lostFor(isThere, ports.clock, PATIENCE_MS, this.#over.signal).then(async (isLost) => {
      // What it fails with is heard by whoever has something to store.
      if (isLost) await this.goOffline().catch(() => undefined);
    });
  }

  /** From now on all goes into the file, first of all what is sealed and not acknowledged. */
  async goOffline(): Promise<void> {
    await this.#sealing();
  }

  /** For one writing of the tree. */
  outbox(signal: AbortSignal, events: OutboxEvents): ChunkOutbox {
    const { ports, job } = this.#parts;
    const memory = new Outbox(this.#server, ports.checksum, job.gate, signal, events);
    this.#memory = memory;
    return {
      add: async (chunkId, sealedPieces) => {
        const pieces = piecesOf(sealedPieces, ports.checksum);
        if (await this.#online(async () => memory.send(chunkId, pieces))) return;
        await job.gate.pass(signal);
        await (await this.#sealing()).append(chunkId, pieces);
      },
      drained: async () => {
        if (!(await this.#online(async () => memory.drained()))) await this.#sealing();
      },
    };
  }

  /** Commits the snapshot, or queues it if there is no connection (any more). */
  async commit(snapshot: SnapshotToCommit): Promise<CommitResult | 'queued'> {
    const { link, ports, job } = this.#parts;
    if (!this.isOffline) {
      const patience = { link, clock: ports.clock, patienceMs: PATIENCE_MS };
      const result = await whileConnected(patience, job.signal, async (signal) =>
        commitSnapshot(this.#server, snapshot, signal),
      );
      if (result !== undefined) return result;
    }
    await (await this.#sealing()).finish(snapshot);
    this.#file = undefined;
    job.wasQueued();
    return 'queued';
  }

  /** The backup is over. What is sealed and not queued is left to the next one, or discarded. */
  async close(isDiscarded: boolean): Promise<void> {
    this.#over.abort();
    await this.#sealed?.catch(() => undefined);
    if (isDiscarded) await this.#file?.discard();
    else this.#file?.close();
  }

  async #goOffline(): Promise<SealedBackup> {
    this.#offline.abort(new HoldfastError('offline'));
    this.#parts.job.worksOffline();
    const unstored = this.#memory?.takeBack() ?? new Map<ChunkId, never>();
    const sealed = await this.#parts.seal();
    this.#file = sealed;
    for (const [chunkId, pieces] of unstored) await sealed.append(chunkId, pieces);
    return sealed;
  }

  async #sealing(): Promise<SealedBackup> {
    return (this.#sealed ??= this.#goOffline());
  }

  /** True if `work` was done while there was a connection; false if that is lost. */
  async #online(work: () => Promise<void>): Promise<boolean> {
    if (this.#offline.signal.aborted) return false;
    try {
      await work();
      return true;
    } catch (error) {
      if (!this.isOffline) throw error;
      return false;
    }
  }
}

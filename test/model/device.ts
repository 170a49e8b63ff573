/**
 * One device of the account: its files, its mirror, which may be behind, and the client's own code for what it asks
 * the server: the plan of a backup, reference pages and the commit, retention and marks.
 */
import { sealSnapshot } from '../../shared/format/sealed-snapshot.ts';
import { refPagesOf } from '../../shared/format/ref-pages.ts';
import type { Keyrings } from '../../shared/crypto/vault-keys.ts';
import { HoldfastError } from '../../shared/errors.ts';
import type { ChunkId, DeviceId, SnapshotId, SourceId } from '../../shared/ids.ts';
import type { SnapshotMark } from '../../shared/wire/messages.ts';
import { commitSnapshot } from '../../web/worker/backup/commit.ts';
import type { SnapshotToCommit } from '../../web/worker/backup/commit.ts';
import { planBackup } from '../../web/worker/backup/plan.ts';
import type { RetentionPolicy } from '../../web/bridge/sources-api.ts';
import { Retention } from '../../web/worker/retention/retention.ts';
import { Mirror } from '../../web/worker/vault/mirror.ts';
import { VAULT_ID } from '../helpers/vault.ts';
import type { SeededRandom } from '../helpers/seeded-random.ts';
import { memoryMirror } from '../worker/engine-ports.ts';
import { writeTree } from './file-tree.ts';
import type { Files, WrittenTree } from './file-tree.ts';
import { ServerDied } from './life.ts';
import type { Link } from './link.ts';
import type { Model, ModelSnapshot } from './model.ts';
import { seal } from './sealing.ts';
import type { OpenChunk } from './sealing.ts';

const SOURCE_ID = 'c0'.repeat(16) as SourceId;
/** As a backup does. */
const COMMIT_TRIES = 3;
/** Chunks under way at once. */
const WINDOW = 8;
const NEVER_STOPPED = new AbortController().signal;

export interface BackupOptions {
  /** Follows the change feed first. */
  readonly looks: boolean;
  /** Its files are again as in this one of the trees that it backed up, counted round; undefined: they stay. */
  readonly returnsTo: number | undefined;
  /** Chunks after which the device goes away, in the middle of the next; undefined: it stays. */
  readonly leavesAfter: number | undefined;
  /** Chunk ids in a reference page. */
  readonly averageRefs: number;
}

interface Sending {
  readonly snapshot: SnapshotToCommit;
  readonly model: ModelSnapshot;
  readonly averageRefs: number;
}

interface HowToSend {
  readonly leavesAfter: number | undefined;
  readonly random: SeededRandom;
}

export class Device {
  readonly name: string;
  /** What the mirror found wrong with the server's history. */
  readonly alarms: HoldfastError[] = [];
  files: Files = new Map();
  /** Trees that it backed up, or began to. */
  readonly #past: Files[] = [];
  mirror: Mirror;
  readonly #deviceId: DeviceId;
  readonly #keyrings: Keyrings;
  readonly #link: Link;
  readonly #model: Model;
  readonly #store = memoryMirror();
  readonly #retention: Retention;
  #policy: RetentionPolicy = {};
  /** Snapshots that it made. */
  #made = 0;
  /** A commit whose answer was lost: it is asked again. */
  #unanswered: Sending | undefined;

  constructor(name: string, keyrings: Keyrings, link: Link, model: Model) {
    this.name = name;
    this.#deviceId = Buffer.from(name.padEnd(16)).toString('hex') as DeviceId;
    this.#keyrings = keyrings;
    this.#link = link;
    this.#model = model;
    this.mirror = this.#newMirror();
    const mirror = () => this.mirror;
    const vault = {
      get mirror() {
        return mirror();
      },
      signal: NEVER_STOPPED,
      sync: () => this.look(),
    };
    this.#retention = new Retention({ link, vault }, () => Promise.resolve(this.#policy));
  }

  /** Follows the change feed to its end. */
  look(): Promise<void> {
    return this.mirror.sync((afterSeq) => this.#link.request({ type: 'get-changes', afterSeq }, ['changes']));
  }

  /** Starts again, from its copy of the mirror or without one. */
  async restart(forgets: boolean): Promise<void> {
    if (forgets) await this.#store.clear();
    this.mirror = this.#newMirror();
    await this.mirror.load();
  }

  async backUp(options: BackupOptions, random: SeededRandom): Promise<void> {
    const { looks, returnsTo, leavesAfter, averageRefs } = options;
    if (returnsTo !== undefined) this.files = this.#past[returnsTo % this.#past.length] ?? this.files;
    this.#past.push(this.files);
    if (looks) await this.look();
    if (this.#unanswered !== undefined) await this.#commit(this.#unanswered).catch(letRefused);
    const tree = writeTree(this.files);
    await this.#keep(tree, { ...(await this.#sealed(tree, random)), averageRefs }, { leavesAfter, random });
  }

  /** Sends and commits, again if the server lacked something. */
  async #keep(tree: WrittenTree, sending: Sending, how: HowToSend): Promise<void> {
    for (let attempt = 1; attempt <= COMMIT_TRIES; attempt++) {
      const isSent = await this.#sendNew(tree, how);
      if (!isSent || (await this.#commit(sending))) return;
    }
    throw new HoldfastError('snapshot-incomplete');
  }

  /** Puts away what `policy` doesn't keep. */
  async keepBy(policy: RetentionPolicy): Promise<void> {
    this.#policy = policy;
    await this.#retention.apply(SOURCE_ID).catch(letRefused);
  }

  /** Marks one of the snapshots that it knows. */
  async mark(nth: number, mark: SnapshotMark): Promise<void> {
    const known = this.mirror.snapshots();
    const snapshotId = known[nth % Math.max(1, known.length)]?.record.snapshotId;
    if (snapshotId !== undefined) await this.#retention.mark([snapshotId], mark).catch(letRefused);
  }

  /** True if it was accepted; else it is known what was missing. */
  async #commit(sending: Sending): Promise<boolean> {
    const { snapshot, model, averageRefs } = sending;
    this.#unanswered = undefined;
    this.#model.send(snapshot.snapshotId, model);
    const pagesOf = (chunkIds: ReadonlySet<ChunkId>) => refPagesOf(chunkIds, averageRefs);
    const result = await commitSnapshot(this.#link, snapshot, NEVER_STOPPED, pagesOf).catch(
      (error: unknown) => {
        if (error instanceof ServerDied) this.#unanswered = sending;
        throw error;
      },
    );
    if (result.kind === 'missing') for (const chunkId of result.chunkIds) this.mirror.chunks.delete(chunkId);
    return result.kind === 'accepted';
  }

  async #sealed(tree: WrittenTree, random: SeededRandom): Promise<Omit<Sending, 'averageRefs'>> {
    const request = { sourceId: SOURCE_ID, sourceName: 'Files', mode: 'incremental' } as const;
    const plan = planBackup(this.mirror.snapshots(), request, this.#deviceId, () => SOURCE_ID);
    const snapshotId = this.#nextId();
    const description = {
      sourceId: SOURCE_ID,
      sourceName: request.sourceName,
      deviceId: this.#deviceId,
      deviceName: this.name,
      takenAtMs: this.#model.nowMs,
      predecessor: plan.predecessor,
      mode: plan.mode,
      partial: false,
      filesTotal: this.files.size,
      foldersTotal: 0,
      bytesTotal: 0,
      problemsTotal: 0,
      root: [{ chunkId: tree.root, offset: 0, lengthBytes: 1 }],
      extension: new Uint8Array(),
    };
    const fill = (bytes: Uint8Array<ArrayBuffer>) => random.fill(bytes);
    const sealed = await sealSnapshot(this.#keyrings.current, snapshotId, description, fill);
    const chunkIds = new Set(tree.chunks.keys());
    const model = { files: this.files, root: tree.root, chunkIds, sealed };
    return { snapshot: { snapshotId, sealed, chunkIds }, model };
  }

  /** False if the device went away before all was sent. */
  async #sendNew({ chunks }: WrittenTree, { leavesAfter = Infinity, random }: HowToSend): Promise<boolean> {
    const fresh = [...chunks.values()].filter(({ chunkId }) => !this.mirror.chunks.has(chunkId));
    for (let start = 0; start < fresh.length; start += WINDOW) {
      const window = fresh.slice(start, Math.min(start + WINDOW, leavesAfter));
      await Promise.all(window.map((chunk) => this.#send(chunk, random)));
      if (start + WINDOW >= leavesAfter) return this.#leave(fresh[leavesAfter], random);
    }
    return true;
  }

  async #send(chunk: OpenChunk, random: SeededRandom): Promise<void> {
    await this.#link.sendChunk(chunk.chunkId, seal(chunk, random));
    this.mirror.chunks.add(chunk.chunkId);
  }

  /** Goes away while it sends a chunk. */
  async #leave(chunk: OpenChunk | undefined, random: SeededRandom): Promise<false> {
    if (chunk !== undefined) {
      const pieces = seal(chunk, random);
      await this.#link.sendChunk(chunk.chunkId, pieces, pieces.length - 1);
    }
    return false;
  }

  #nextId(): SnapshotId {
    const number = (++this.#made).toString().padStart(32 - 2 * this.name.length, '0');
    return (Buffer.from(this.name).toString('hex') + number) as SnapshotId;
  }

  #newMirror(): Mirror {
    const clock = { nowMs: () => this.#model.nowMs, sleep: () => Promise.resolve() };
    return new Mirror(
      VAULT_ID,
      this.#keyrings,
      { mirror: this.#store, clock },
      {
        onSnapshotsChanged: () => undefined,
        onHistoryBroken: (error) => this.alarms.push(error),
      },
    );
  }
}

/** What the server may refuse: whether it does so with reason is looked at where it answers (link.ts). */
function letRefused(error: unknown): void {
  const isRefusal =
    error instanceof HoldfastError && ['snapshot-missing', 'snapshot-pinned'].includes(error.code);
  if (!isRefusal) throw error;
}

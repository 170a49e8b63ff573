/**
 * Random requests and jobs, several at once, against a store; what they ask and what is acknowledged goes into the
 * ledger at the moment that it happens.
 */
import { createHash } from 'node:crypto';
import { checksum } from '../../server/checksum.ts';
import type { Account } from '../../server/store/ports.ts';
import type { AccountId, ChunkId, RefPageId, SnapshotId, VaultId } from '../../shared/ids.ts';
import { MARK_STATEMENT_BYTES } from '../../shared/limits.ts';
import type { SnapshotMark } from '../../shared/wire/messages.ts';
import { HoldfastError } from '../../shared/errors.ts';
import type { SeededRandom } from '../helpers/seeded-random.ts';
import type { Expected, Ledger } from './expected.ts';
import type { OpenedStore } from './opened-store.ts';

const HOUR_MS = 3_600_000;
const COMMIT_TRIES = 4;
const MARKS: readonly SnapshotMark[] = ['trashed', 'trashed', 'trashed', 'pinned', 'kept'];

/** Stands still until it is stepped. */
export interface SteppedClock {
  nowMs(): number;
  step(ms: number): void;
}

export interface WorkloadOptions {
  readonly vaultId: VaultId;
  readonly opened: OpenedStore;
  readonly ledger: Ledger;
  readonly clock: SteppedClock;
  readonly random: SeededRandom;
  /** What is known from before. */
  readonly known: Expected;
}

export class Workload {
  readonly #options: WorkloadOptions;
  readonly #chunkIds: ChunkId[];
  readonly #snapshotIds: SnapshotId[];
  readonly #accounts: Account[];
  readonly #sessions: string[];

  constructor(options: WorkloadOptions) {
    this.#options = options;
    const { chunks, snapshots, accounts, sessions } = options.known;
    this.#chunkIds = [...chunks.keys()];
    this.#snapshotIds = [...snapshots].filter(([, { erased }]) => erased === 'no').map(([id]) => id);
    this.#accounts = [...accounts.values()].flatMap(({ candidates }) => candidates.slice(-1));
    this.#sessions = [...sessions].filter(([, state]) => state === 'there').map(([hash]) => hash);
  }

  async run(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) await this.#step();
  }

  async #step(): Promise<void> {
    const luck = this.#integer(20);
    if (luck < 7) await this.#together(1 + this.#integer(3), () => this.#backUp());
    else if (luck < 9) await this.#together(2, () => this.#putAccount());
    else if (luck < 10) await this.#together(3, () => this.#changeSessions());
    else if (luck < 13) await this.#mark();
    else if (luck < 15) this.#options.clock.step((1 + this.#integer(40 * 24)) * HOUR_MS);
    else await Promise.all([this.#maintain(), this.#together(this.#integer(3), () => this.#backUp())]);
  }

  async #together(times: number, act: () => Promise<void>): Promise<void> {
    await Promise.all(Array.from({ length: times }, act));
  }

  async #maintain(): Promise<void> {
    const { opened } = this.#options;
    const luck = this.#integer(6);
    if (luck < 3) await this.#collectGarbage();
    if (luck === 0) return;
    if (luck < 5) await opened.compact(0.05 + this.#integer(60) / 100);
    else await opened.scrub();
  }

  async #collectGarbage(): Promise<void> {
    const { ledger, clock, opened } = this.#options;
    const nowMs = clock.nowMs();
    ledger.note((expected) => {
      expected.collectionBegins(nowMs);
    });
    await opened.collectGarbage();
    ledger.note((expected) => {
      expected.collectionEnds();
    });
  }

  async #backUp(): Promise<void> {
    if (this.#integer(5) === 0) await this.#sendHalf();
    const chunkIds = Array.from({ length: 1 + this.#integer(5) }, () => this.#someChunkId());
    const sealed = this.#bytes(1 + this.#integer(200));
    const snapshotId = this.#hex<SnapshotId>(16);
    const sorted = [...new Set(chunkIds)].sort();
    const pageId = pageIdOf(sorted);
    let missing: readonly ChunkId[] = sorted;
    for (let attempt = 0; attempt < COMMIT_TRIES; attempt++) {
      await Promise.all(missing.map((chunkId) => this.#putChunk(chunkId)));
      missing = await this.#putPage(pageId, sorted);
      if (missing.length === 0 && (await this.#commit(snapshotId, sealed, pageId))) return;
      if (missing.length === 0) missing = sorted;
    }
  }

  #someChunkId(): ChunkId {
    const known = this.#chunkIds[this.#integer(3 * this.#chunkIds.length + 1)];
    if (known !== undefined) return known;
    const chunkId = this.#hex<ChunkId>(32);
    this.#chunkIds.push(chunkId);
    return chunkId;
  }

  async #putChunk(chunkId: ChunkId): Promise<void> {
    const { ledger, clock, opened, vaultId } = this.#options;
    const pieces = this.#newPieces();
    const upload = (await opened.store.openVault(vaultId)).beginChunk(chunkId);
    const nowMs = clock.nowMs();
    ledger.note((expected) => {
      expected.chunkSent(chunkId, pieces, nowMs);
    });
    let stored: Promise<unknown> | undefined;
    for (const [index, sealed] of pieces.entries()) {
      if (index > 0 && this.#integer(3) === 0) await nextTurn(); // others' pieces come between
      const last = index === pieces.length - 1;
      stored = upload.append({ index, last, checksum: checksum(sealed), sealed });
    }
    await stored;
    ledger.note((expected) => {
      expected.stored(expected.chunks.get(chunkId));
    });
  }

  /** A client that goes away. */
  async #sendHalf(): Promise<void> {
    const { opened, vaultId } = this.#options;
    const upload = (await opened.store.openVault(vaultId)).beginChunk(this.#hex<ChunkId>(32));
    for (let index = 0; index <= this.#integer(3); index++) {
      const sealed = this.#bytes(1 + this.#integer(3_000));
      void upload.append({ index, last: false, checksum: checksum(sealed), sealed });
    }
    if (this.#integer(2) === 0) await nextTurn();
    upload.abandon();
  }

  async #putPage(pageId: RefPageId, chunkIds: readonly ChunkId[]): Promise<readonly ChunkId[]> {
    const { ledger, clock, opened, vaultId } = this.#options;
    const nowMs = clock.nowMs();
    ledger.note((expected) => {
      expected.pageSent(pageId, chunkIds, nowMs);
    });
    const missing = await (await opened.store.openVault(vaultId)).putRefs(pageId, chunkIds);
    if (missing.length === 0)
      ledger.note((expected) => {
        expected.stored(expected.pages.get(pageId));
      });
    return missing;
  }

  async #commit(snapshotId: SnapshotId, sealed: Uint8Array, pageId: RefPageId): Promise<boolean> {
    const { ledger, opened, vaultId } = this.#options;
    ledger.note((expected) => {
      expected.snapshotSent(snapshotId, sealed, [pageId]);
    });
    const vault = await opened.store.openVault(vaultId);
    const answer = await vault.commitSnapshot(snapshotId, sealed, [pageId]);
    if (answer.type !== 'accepted') return false;
    ledger.note((expected) => {
      expected.snapshotStored(snapshotId);
    });
    this.#snapshotIds.push(snapshotId);
    return true;
  }

  async #mark(): Promise<void> {
    const { ledger, opened, clock, vaultId } = this.#options;
    const snapshotId = this.#snapshotIds[this.#integer(this.#snapshotIds.length)];
    const mark = MARKS[this.#integer(MARKS.length)] ?? 'trashed';
    if (snapshotId === undefined) return;
    const nowMs = clock.nowMs();
    ledger.note((expected) => {
      expected.markSent(snapshotId, mark, nowMs);
    });
    const statement = this.#bytes(MARK_STATEMENT_BYTES);
    const vault = await opened.store.openVault(vaultId);
    const isMarked = await vault
      .markSnapshots(mark, [{ snapshotId, statement }])
      .then(() => true, letRefused);
    if (isMarked)
      ledger.note((expected) => {
        expected.markStored(snapshotId, mark, nowMs);
      });
  }

  async #putAccount(): Promise<void> {
    const { ledger, opened } = this.#options;
    const account = this.#nextAccount();
    ledger.note((expected) => {
      expected.accountSent(account);
    });
    await opened.store.putAccount(account);
    ledger.note((expected) => {
      expected.accountStored(account);
    });
  }

  /** A new one, or the next revision of one that nobody else changes meanwhile. */
  #nextAccount(): Account {
    const before = this.#accounts[this.#integer(this.#accounts.length + 2)];
    const credentials = (['password', 'recovery'] as const).map((kind) => ({
      kind,
      record: Buffer.from(this.#bytes(20)).toString('base64url'),
      wrappedAccountKey: this.#bytes(40),
    }));
    if (before !== undefined) {
      this.#accounts.splice(this.#accounts.indexOf(before), 1);
      const next = { ...before, revision: before.revision + 1, credentials };
      this.#accounts.push(next);
      return next;
    }
    const name = `person-${this.#hex(4)}`;
    const account: Account = {
      accountId: this.#hex<AccountId>(16),
      revision: 1,
      createdAtMs: 1,
      name,
      foldedName: name,
      role: 'user',
      vault: { vaultId: this.#hex<VaultId>(16), keys: [{ epoch: 1, wrappedVaultKey: this.#bytes(40) }] },
      credentials,
      inviteHash: this.#bytes(32),
    };
    this.#accounts.push(account);
    return account;
  }

  async #changeSessions(): Promise<void> {
    const { ledger, opened } = this.#options;
    const last = this.#integer(2) === 0 ? this.#sessions.pop() : undefined;
    const hash = last ?? this.#hex(32);
    ledger.note(({ sessions }) => {
      sessions.set(hash, 'maybe');
    });
    const tokenHash = Buffer.from(hash, 'hex');
    if (last === undefined) {
      const accountId = this.#hex<AccountId>(16);
      const row = { tokenHash, accountId, deviceId: this.#hex<string>(16), createdAtMs: 1, lastUsedMs: 1 };
      await opened.store.sessions.add({ ...row, scope: 'full' });
      this.#sessions.push(hash);
    } else await opened.store.sessions.remove(tokenHash);
    ledger.note(({ sessions }) => {
      sessions.set(hash, last === undefined ? 'there' : 'gone');
    });
  }

  #newPieces(): Uint8Array[] {
    return Array.from({ length: 1 + this.#integer(3) }, () => this.#bytes(1 + this.#integer(2_500)));
  }

  #integer(below: number): number {
    return this.#options.random.integer(below);
  }

  #bytes(length: number): Uint8Array<ArrayBuffer> {
    return this.#options.random.bytes(length);
  }

  #hex<T extends string>(bytes: number): T {
    return Buffer.from(this.#bytes(bytes)).toString('hex') as T;
  }
}

function pageIdOf(sorted: readonly ChunkId[]): RefPageId {
  const body = Buffer.from(sorted.join(''), 'hex');
  return createHash('sha256').update(body).digest('hex') as RefPageId;
}

/** A pinned snapshot isn't trashed, nor one marked that was erased. */
function letRefused(error: unknown): false {
  const isRefusal =
    error instanceof HoldfastError && ['snapshot-missing', 'snapshot-pinned'].includes(error.code);
  if (!isRefusal) throw error;
  return false;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

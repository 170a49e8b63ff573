/** What vaults hold, in SQLite: looking up and indexing. Every statement names the vault. */
import type { ChunkId, RefPageId, SnapshotId, VaultId } from '../../../shared/ids.ts';
import type {
  Changes,
  FoundMark,
  IndexEntry,
  Kind,
  Place,
  StoredSnapshot,
  VaultCatalog,
  VaultTotals,
} from '../ports.ts';
import { encodeMarkBody } from '../record-bodies.ts';
import type { Mark } from '../segment-record.ts';
import { answer, answerNow } from './answer.ts';
import { packPlaces, unpackPlaces } from './columns.ts';
import type { SqliteDatabase } from './database.ts';
import type { LiveBytes } from './live-bytes.ts';
import { SqliteFeed } from './sqlite-feed.ts';
import { SqliteSnapshots } from './sqlite-snapshots.ts';
import { STATE, SqliteThings } from './sqlite-things.ts';
import type { Difference } from './sqlite-things.ts';
import type { VaultNumbers } from './vault-numbers.ts';

type VaultEntry = Exclude<IndexEntry, { readonly type: 'account' }>;
type MarkEntry = Extract<IndexEntry, { readonly type: 'mark' }>;

interface TotalsRow {
  readonly chunks: number;
  readonly stored_bytes: number;
  readonly snapshots: number;
  readonly garbage_bytes: number;
}

const NO_TOTALS: TotalsRow = { chunks: 0, stored_bytes: 0, snapshots: 0, garbage_bytes: 0 };

export class SqliteVaults implements VaultCatalog {
  readonly things: Readonly<Record<Kind, SqliteThings>>;
  readonly snapshots: SqliteSnapshots;
  readonly #database: SqliteDatabase;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #feed: SqliteFeed;
  readonly #numbers: VaultNumbers;
  readonly #live: LiveBytes;

  constructor(database: SqliteDatabase, numbers: VaultNumbers, live: LiveBytes) {
    this.#database = database;
    this.#statements = prepare(database);
    this.#feed = new SqliteFeed(database);
    this.#numbers = numbers;
    this.#live = live;
    this.snapshots = new SqliteSnapshots(database, live);
    this.things = {
      chunk: new SqliteThings(database, 'chunks', 'piece', live),
      page: new SqliteThings(database, 'ref_pages', 'ref-page', live),
    };
  }

  hasChunk(vaultId: VaultId, chunkId: ChunkId): boolean {
    return answerNow(() => this.things.chunk.has(this.#numbers.of(vaultId), chunkId));
  }

  findChunk(vaultId: VaultId, chunkId: ChunkId): Promise<readonly Place[] | undefined> {
    return answer(() => this.things.chunk.find(this.#numbers.of(vaultId), chunkId)?.places);
  }

  findRefPage(vaultId: VaultId, pageId: RefPageId): Promise<Place | undefined> {
    return answer(() => this.things.page.find(this.#numbers.of(vaultId), pageId)?.places[0]);
  }

  missingChunks(vaultId: VaultId, chunkIds: readonly ChunkId[]): Promise<ChunkId[]> {
    return this.#missing('chunk', vaultId, chunkIds);
  }

  hasRefPage(vaultId: VaultId, pageId: RefPageId): Promise<boolean> {
    return answer(() => this.things.page.has(this.#numbers.of(vaultId), pageId));
  }

  missingRefPages(vaultId: VaultId, pageIds: readonly RefPageId[]): Promise<RefPageId[]> {
    return this.#missing('page', vaultId, pageIds);
  }

  confirm(vaultId: VaultId, kind: Kind, ids: readonly string[], nowMs: number): Promise<void> {
    return answer(() => {
      this.#database.transaction(() => {
        this.things[kind].confirm(this.#numbers.of(vaultId), ids, nowMs);
      })();
    });
  }

  findSnapshot(vaultId: VaultId, snapshotId: SnapshotId): Promise<StoredSnapshot | undefined> {
    return answer(() => this.snapshots.find(this.#numbers.of(vaultId), snapshotId));
  }

  findMark(vaultId: VaultId, snapshotId: SnapshotId): Promise<FoundMark | undefined> {
    return answer(() => this.snapshots.findMark(this.#numbers.of(vaultId), snapshotId));
  }

  changes(vaultId: VaultId, afterSeq: number): Promise<Changes> {
    return answer(() => this.#feed.changes(this.#numbers.of(vaultId), afterSeq));
  }

  headSeq(vaultId: VaultId): Promise<number> {
    return answer(() => this.#feed.headSeq(this.#numbers.of(vaultId)));
  }

  totals(vaultId: VaultId): Promise<VaultTotals> {
    return answer(() => {
      const vault = this.#numbers.of(vaultId);
      const row = this.#statements.totals.get(vault) ?? NO_TOTALS;
      return {
        storedBytes: row.stored_bytes,
        chunks: row.chunks,
        snapshots: row.snapshots,
        trashed: this.snapshots.trashedCount(vault),
        garbageBytes: row.garbage_bytes,
        damagedChunks: this.things.chunk.damagedCount(vault),
      };
    });
  }

  /** Takes one entry in, within the caller's transaction. */
  index(entry: VaultEntry): void {
    const vault = this.#numbers.made(entry.vaultId);
    this.#statements.advance.run(lastSeq(entry), vault);
    switch (entry.type) {
      case 'chunk':
        this.#count(
          vault,
          this.things.chunk.put(vault, { ...entry, id: entry.chunkId, places: entry.pieces }),
        );
        return;
      case 'ref-page':
        this.things.page.put(vault, { ...entry, id: entry.pageId, places: [entry.place] });
        return;
      case 'snapshot':
        this.#countSnapshots(vault, this.snapshots.put(vault, entry));
        return;
      case 'mark':
        this.#indexMark(vault, entry);
    }
  }

  #indexMark(vault: number, entry: MarkEntry): void {
    this.#placeMark(vault, entry);
    entry.things.forEach((thing, index) => {
      this.#markOne(vault, entry, { ...thing, seq: entry.seq + index });
    });
  }

  #placeMark(vault: number, { seq, mark, markedAtMs, things, place }: MarkEntry): void {
    const before = this.#statements.markPlace.get(vault, seq);
    if (before !== undefined) this.#live.subtract('mark', unpackPlaces(before.place));
    this.#live.add('mark', [place]);
    this.#statements.setMark.run(vault, seq, mark, markedAtMs, encodeMarkBody(things), packPlaces([place]));
  }

  #markOne(
    vault: number,
    { mark, markedAtMs }: MarkEntry,
    thing: { readonly id: string; readonly seq: number; readonly statement: Uint8Array },
  ): void {
    const { id, seq } = thing;
    const change = CHANGES[mark];
    if (change !== undefined) {
      const difference = this.things[change.kind].mark(vault, id, seq, change.state);
      if (change.kind === 'chunk') this.#count(vault, difference);
    } else if (mark === 'snapshot-erased') {
      this.#countSnapshots(vault, this.snapshots.erase(vault, id, seq));
    } else {
      this.snapshots.mark(vault, { ...thing, mark, markedAtMs });
    }
  }

  #count(vault: number, { count, bytes }: Difference): void {
    if (count !== 0 || bytes !== 0) this.#statements.count.run(count, bytes, vault);
  }

  #countSnapshots(vault: number, count: number): void {
    if (count !== 0) this.#statements.countSnapshots.run(count, vault);
  }

  #missing<T extends string>(kind: Kind, vaultId: VaultId, ids: readonly T[]): Promise<T[]> {
    return answer(() => {
      const vault = this.#numbers.of(vaultId);
      return ids.filter((id) => !this.things[kind].has(vault, id));
    });
  }
}

function lastSeq(entry: VaultEntry): number {
  return entry.type === 'mark' ? entry.seq + entry.things.length - 1 : entry.seq;
}

/** What marks say of chunks and pages. */
const CHANGES: Partial<Record<Mark, { readonly kind: Kind; readonly state: 1 | 2 }>> = {
  'chunk-erased': { kind: 'chunk', state: STATE.erased },
  'chunk-damaged': { kind: 'chunk', state: STATE.damaged },
  'page-erased': { kind: 'page', state: STATE.erased },
  'page-damaged': { kind: 'page', state: STATE.damaged },
};

function prepare(database: SqliteDatabase) {
  return {
    totals: database.prepare<[number], TotalsRow>('SELECT * FROM vaults WHERE vault = ?'),
    advance: database.prepare<[number, number]>(
      'UPDATE vaults SET head_seq = max(head_seq, ?) WHERE vault = ?',
    ),
    count: database.prepare<[number, number, number]>(
      'UPDATE vaults SET chunks = chunks + ?, stored_bytes = stored_bytes + ? WHERE vault = ?',
    ),
    countSnapshots: database.prepare<[number, number]>(
      'UPDATE vaults SET snapshots = snapshots + ? WHERE vault = ?',
    ),
    markPlace: database.prepare<[number, number], { readonly place: Buffer }>(
      'SELECT place FROM mark_records WHERE vault = ? AND seq = ?',
    ),
    setMark: database.prepare<[number, number, string, number, Uint8Array, Buffer]>(
      'INSERT OR REPLACE INTO mark_records VALUES (?, ?, ?, ?, ?, ?)',
    ),
  };
}

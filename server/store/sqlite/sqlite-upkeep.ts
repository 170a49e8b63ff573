/** The jobs' side of the index in SQLite. */
import { checksum } from '../../checksum.ts';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AccountId, SnapshotId, VaultId } from '../../../shared/ids.ts';
import type { IndexEntry, Kind, Place } from '../ports.ts';
import { decodeMarkBody, encodeAccountBody, encodeSnapshotBody, unpackPageIds } from '../record-bodies.ts';
import type { HeadOf, Mark, RecordHead } from '../segment-record.ts';
import type {
  IndexedRecord,
  LiveRecord,
  LivingSnapshot,
  ScrubState,
  Slice,
  UpkeepCatalog,
} from '../upkeep-ports.ts';
import { answer } from './answer.ts';
import { idOf, unpackPlaces } from './columns.ts';
import { durably } from './database.ts';
import type { SqliteDatabase } from './database.ts';
import type { LiveBytes } from './live-bytes.ts';
import type { SqliteAccounts } from './sqlite-accounts.ts';
import type { SqliteVaults } from './sqlite-vaults.ts';
import type { VaultNumbers } from './vault-numbers.ts';

interface MarkRow {
  readonly seq: number;
  readonly mark: Mark;
  readonly marked_at_ms: number;
  readonly body: Buffer;
  readonly place: Buffer;
}

export interface UpkeepParts {
  readonly database: SqliteDatabase;
  readonly vaults: SqliteVaults;
  readonly accounts: SqliteAccounts;
  readonly numbers: VaultNumbers;
  readonly live: LiveBytes;
}

export class SqliteUpkeep implements UpkeepCatalog {
  readonly #parts: UpkeepParts;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
    this.#statements = prepare(parts.database);
  }

  vaultIds(): Promise<readonly VaultId[]> {
    return answer(() => this.#statements.vaultIds.all().map((row) => idOf<VaultId>(row.vault_id)));
  }

  livingSnapshots(vaultId: VaultId): Promise<readonly LivingSnapshot[]> {
    return answer(() => this.#parts.vaults.snapshots.living(this.#numberOf(vaultId)));
  }

  refPagesOf(vaultId: VaultId, snapshotId: SnapshotId): Promise<Uint8Array> {
    return answer(() => this.#parts.vaults.snapshots.refPages(this.#numberOf(vaultId), snapshotId));
  }

  stored(vaultId: VaultId, kind: Kind, after: Buffer | undefined): Promise<Slice> {
    return answer(() => this.#parts.vaults.things[kind].slice(this.#numberOf(vaultId), after));
  }

  find(vaultId: VaultId, kind: Kind, id: string): Promise<readonly Place[]> {
    return answer(() => {
      const found = this.#parts.vaults.things[kind].find(this.#numberOf(vaultId), id);
      return found === undefined || found.isDamaged ? [] : found.places;
    });
  }

  unconfirmed(vaultId: VaultId, kind: Kind, ids: readonly string[], beforeMs: number): Promise<string[]> {
    return answer(() => this.#parts.vaults.things[kind].unconfirmed(this.#numberOf(vaultId), ids, beforeMs));
  }

  damaged(vaultId: VaultId, kind: Kind, limit: number): Promise<string[]> {
    return answer(() => this.#parts.vaults.things[kind].damaged(this.#numberOf(vaultId), limit));
  }

  setGarbageBytes(vaultId: VaultId, bytes: number): Promise<void> {
    return answer(() => {
      this.#statements.setGarbage.run(bytes, this.#numberOf(vaultId));
    });
  }

  liveBytes(): Promise<ReadonlyMap<number, number>> {
    return answer(() => this.#parts.live.all());
  }

  entryAt(head: RecordHead, place: Place): Promise<IndexEntry | undefined> {
    return answer(() => this.#entryAt(head, place));
  }

  async *liveRecords(segment: number): AsyncGenerator<LiveRecord, void, undefined> {
    const isHere = ({ place }: LiveRecord) => place.segment === segment;
    for (const vaultId of await this.vaultIds()) {
      yield* this.#metaRecords(vaultId).filter(isHere);
      for (const kind of ['chunk', 'page'] as const) {
        for (let after: Buffer | undefined, more = true; more; more = after !== undefined) {
          const { things, end } = await this.stored(vaultId, kind, after);
          yield* things.flatMap((thing) => recordsOf(vaultId, kind, thing)).filter(isHere);
          after = end;
          await nextTurn();
        }
      }
    }
    yield* this.#accountRecords().filter(isHere);
  }

  recordOf(record: LiveRecord): Promise<IndexedRecord | undefined> {
    return answer(() => {
      switch (record.type) {
        case 'snapshot':
          return this.#snapshotRecord(record.vaultId, record.id as SnapshotId);
        case 'mark':
          return this.#markRecord(record.vaultId, Number(record.id));
        case 'account':
          return this.#accountRecord(record.id as AccountId);
        case 'piece':
        case 'ref-page':
          return undefined;
      }
    });
  }

  scrubState(): Promise<ScrubState> {
    return answer(() => {
      const row = this.#statements.scrubState.get();
      return { nextSegment: row?.next_segment ?? undefined, finishedAtMs: row?.finished_at_ms ?? 0 };
    });
  }

  setScrubState({ nextSegment, finishedAtMs }: ScrubState): Promise<void> {
    return answer(() => {
      this.#statements.setScrubState.run(nextSegment ?? null, finishedAtMs);
    });
  }

  makeDurable(): Promise<void> {
    return answer(() => {
      durably(this.#parts.database, () => {
        // Back and forth: what changes nothing is not written, and not synced.
        this.#statements.touchCheckpoint.run(1);
        this.#statements.touchCheckpoint.run(-1);
      });
    });
  }

  #numberOf(vaultId: VaultId): number {
    return this.#parts.numbers.of(vaultId);
  }

  #entryAt(head: RecordHead, place: Place): IndexEntry | undefined {
    if (head.type === 'piece') return this.#chunkEntry(head, place);
    if (head.type === 'ref-page') return this.#pageEntry(head, place);
    return only(this.#knownRecord(head)?.entry, place);
  }

  #knownRecord(head: HeadOf<'snapshot' | 'mark' | 'account'>): IndexedRecord | undefined {
    switch (head.type) {
      case 'snapshot':
        return this.#snapshotRecord(head.vaultId, head.snapshotId);
      case 'mark':
        return this.#markRecord(head.vaultId, head.seq);
      case 'account':
        return this.#accountRecord(head.accountId);
    }
  }

  #chunkEntry({ vaultId, chunkId }: HeadOf<'piece'>, place: Place): IndexEntry | undefined {
    const found = this.#parts.vaults.things.chunk.find(this.#numberOf(vaultId), chunkId);
    if (found === undefined || found.isDamaged || !found.places.some((piece) => isSame(piece, place)))
      return undefined;
    return { type: 'chunk', vaultId, chunkId, seq: found.seq, storedAtMs: 0, pieces: found.places };
  }

  #pageEntry({ vaultId, pageId }: HeadOf<'ref-page'>, place: Place): IndexEntry | undefined {
    const found = this.#parts.vaults.things.page.find(this.#numberOf(vaultId), pageId);
    if (found === undefined || found.isDamaged) return undefined;
    return found.places.some((there) => isSame(there, place))
      ? { type: 'ref-page', vaultId, pageId, seq: found.seq, storedAtMs: 0, place }
      : undefined;
  }

  #snapshotRecord(vaultId: VaultId, snapshotId: SnapshotId): IndexedRecord | undefined {
    const found = this.#parts.vaults.snapshots.entryOf(this.#numberOf(vaultId), snapshotId);
    if (found === undefined) return undefined;
    const { seq, receivedAtMs, sealed, refPages } = found;
    const body = encodeSnapshotBody({ sealed, refPages: unpackPageIds(refPages) });
    const head = {
      type: 'snapshot',
      vaultId,
      snapshotId,
      seq,
      receivedAtMs,
      bodyChecksum: checksum(body),
    } as const;
    return { head, body, entry: { type: 'snapshot', vaultId, ...found } };
  }

  #markRecord(vaultId: VaultId, seq: number): IndexedRecord | undefined {
    const row = this.#statements.mark.get(this.#numberOf(vaultId), seq);
    const [place] = row === undefined ? [] : unpackPlaces(row.place);
    if (row === undefined || place === undefined) return undefined;
    const { mark, marked_at_ms: markedAtMs, body } = row;
    const fields = { type: 'mark', vaultId, mark, seq, markedAtMs } as const;
    return {
      head: { ...fields, bodyChecksum: checksum(body) },
      body,
      entry: { ...fields, things: decodeMarkBody(mark, body), place },
    };
  }

  #accountRecord(accountId: AccountId): IndexedRecord | undefined {
    const { accounts } = this.#parts;
    const [account, place] = [accounts.get(accountId), accounts.placeOf(accountId)];
    if (account === undefined || place === undefined) return undefined;
    const body = encodeAccountBody(account);
    const { revision, vault } = account;
    const head = {
      type: 'account',
      vaultId: vault.vaultId,
      accountId,
      revision,
      bodyChecksum: checksum(body),
    } as const;
    return { head, body, entry: { type: 'account', account, place } };
  }

  #metaRecords(vaultId: VaultId): LiveRecord[] {
    const vault = this.#numberOf(vaultId);
    return [
      ...this.#statements.snapshotPlaces.all(vault).map((row) => ({ type: 'snapshot' as const, row })),
      ...this.#statements.markPlaces.all(vault).map((row) => ({ type: 'mark' as const, row })),
    ].flatMap(({ type, row }) =>
      unpackPlaces(row.place).map((place) => ({ type, vaultId, id: row.id, place })),
    );
  }

  #accountRecords(): LiveRecord[] {
    return this.#statements.accountPlaces.all().flatMap((row) =>
      unpackPlaces(row.place).map((place) => ({
        type: 'account' as const,
        vaultId: idOf<VaultId>(row.vault_id),
        id: row.id,
        place,
      })),
    );
  }
}

function recordsOf(vaultId: VaultId, kind: Kind, { id, places }: Slice['things'][number]): LiveRecord[] {
  const type = kind === 'chunk' ? 'piece' : 'ref-page';
  return places.map((place) => ({ type, vaultId, id: idOf(id), place }));
}

function only(entry: IndexEntry | undefined, place: Place): IndexEntry | undefined {
  return entry !== undefined && 'place' in entry && isSame(entry.place, place) ? entry : undefined;
}

function isSame(a: Place, b: Place): boolean {
  return a.segment === b.segment && a.offset === b.offset;
}

interface PlaceRow {
  readonly id: string;
  readonly place: Buffer;
}

function prepare(database: SqliteDatabase) {
  return {
    vaultIds: database.prepare<[], { readonly vault_id: Buffer }>('SELECT vault_id FROM vaults'),
    setGarbage: database.prepare<[number, number]>('UPDATE vaults SET garbage_bytes = ? WHERE vault = ?'),
    mark: database.prepare<[number, number], MarkRow>(
      'SELECT * FROM mark_records WHERE vault = ? AND seq = ?',
    ),
    snapshotPlaces: database.prepare<[number], PlaceRow>(
      'SELECT lower(hex(snapshot_id)) AS id, place FROM snapshots WHERE vault = ?',
    ),
    markPlaces: database.prepare<[number], PlaceRow>(
      'SELECT CAST(seq AS TEXT) AS id, place FROM mark_records WHERE vault = ?',
    ),
    accountPlaces: database.prepare<[], PlaceRow & { readonly vault_id: Buffer }>(
      'SELECT lower(hex(account_id)) AS id, vault_id, place FROM accounts',
    ),
    scrubState: database.prepare<
      [],
      { readonly next_segment: number | null; readonly finished_at_ms: number }
    >('SELECT next_segment, finished_at_ms FROM scrub'),
    setScrubState: database.prepare<[number | null, number]>(
      'UPDATE scrub SET next_segment = ?, finished_at_ms = ?',
    ),
    touchCheckpoint: database.prepare<[number]>('UPDATE checkpoint SET offset = offset + ?'),
  };
}

/** What catalogs are told in their contracts' tests, and what they tell in turn. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { AccountId, ChunkId, RefPageId, SnapshotId, VaultId } from '../../shared/ids.ts';
import { MARK_STATEMENT_BYTES } from '../../shared/limits.ts';
import { encodeServerMessage } from '../../shared/wire/messages.ts';
import type { Account, Catalog, IndexEntry, Place } from '../../server/store/ports.ts';
import { unpackIds } from '../server/wire-client.ts';

export interface OpenedCatalog {
  readonly catalog: Catalog;
  /** Closes it and opens what it kept, as after a restart. */
  readonly reopen: () => Promise<Catalog> | Catalog;
}

export const NOTHING = {
  storedBytes: 0,
  chunks: 0,
  snapshots: 0,
  trashed: 0,
  garbageBytes: 0,
  damagedChunks: 0,
};
export const HERE = { segment: 1, offset: 44 };

export function id<T extends string>(bytes: number): T {
  return randomBytes(bytes).toString('hex') as T;
}

export function place(offset: number, bodyBytes = 100): Place {
  return { segment: 3, offset, bodyBytes };
}

export type EntryOf<T extends IndexEntry['type']> = Extract<IndexEntry, { readonly type: T }>;

export function chunkEntry(vaultId: VaultId, seq: number, pieces = [place(44)]): EntryOf<'chunk'> {
  return { type: 'chunk', vaultId, chunkId: id<ChunkId>(32), seq, storedAtMs: 1_000 + seq, pieces };
}

export function snapshotEntry(vaultId: VaultId, seq: number, sealedBytes = 20): EntryOf<'snapshot'> {
  return {
    type: 'snapshot',
    vaultId,
    snapshotId: id<SnapshotId>(16),
    seq,
    receivedAtMs: 1_000 + seq,
    sealed: randomBytes(sealedBytes),
    digest: randomBytes(32),
    refPages: randomBytes(64),
    place: place(seq),
  };
}

export function pageEntry(vaultId: VaultId, seq: number): EntryOf<'ref-page'> {
  return {
    type: 'ref-page',
    vaultId,
    pageId: id<RefPageId>(32),
    seq,
    storedAtMs: 1_000 + seq,
    place: place(seq),
  };
}

/** A mark on what other entries made. */
export function markEntry(
  mark: EntryOf<'mark'>['mark'],
  seq: number,
  ...on: readonly EntryOf<'chunk' | 'ref-page' | 'snapshot'>[]
): EntryOf<'mark'> {
  const byOwner = mark === 'kept' || mark === 'pinned' || mark === 'trashed';
  const things = on.map((entry) => ({
    id: thingId(entry),
    statement: byOwner ? randomBytes(MARK_STATEMENT_BYTES) : Buffer.alloc(0),
  }));
  const [first] = on;
  assert.ok(first);
  return {
    type: 'mark',
    vaultId: first.vaultId,
    mark,
    seq,
    markedAtMs: 5_000 + seq,
    things,
    place: place(seq),
  };
}

function thingId(entry: EntryOf<'chunk' | 'ref-page' | 'snapshot'>): string {
  if (entry.type === 'chunk') return entry.chunkId;
  return entry.type === 'ref-page' ? entry.pageId : entry.snapshotId;
}

export function accountEntry(account: Account): EntryOf<'account'> {
  return { type: 'account', account, place: place(account.revision) };
}

export function accountOf(changes: Partial<Account> = {}): Account {
  return {
    accountId: id<AccountId>(16),
    revision: 1,
    createdAtMs: 5,
    name: 'Anna',
    foldedName: id(8),
    role: 'user',
    vault: { vaultId: id<VaultId>(16), keys: [{ epoch: 1, wrappedVaultKey: Uint8Array.of(1, 2) }] },
    credentials: [{ kind: 'password', record: 'record', wrappedAccountKey: Uint8Array.of(3) }],
    inviteHash: Uint8Array.from(randomBytes(32)),
    ...changes,
  };
}

export function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** Everything that a vault's change feed tells, checked answer by answer. */
export async function wholeFeed(catalog: Catalog, vaultId: VaultId) {
  const chunkIds: string[] = [];
  const snapshotIds: string[] = [];
  const removedChunkIds: string[] = [];
  const markedIds: string[] = [];
  const erasedIds: string[] = [];
  let afterSeq = 0;
  let headSeq: number;
  do {
    const changes = await catalog.vaults.changes(vaultId, afterSeq);
    const marks = changes.marks.map((mark) => ({ ...mark, eraseAtMs: 0 }));
    assert.ok(encodeServerMessage({ type: 'changes', ...changes, marks }, 1).length <= 262_144);
    assert.ok(changes.snapshots.every(({ seq }) => seq > afterSeq && seq <= changes.nextSeq));
    assert.ok(changes.nextSeq > afterSeq);
    chunkIds.push(...unpackIds(changes.chunkIds));
    removedChunkIds.push(...unpackIds(changes.removedChunkIds));
    snapshotIds.push(...changes.snapshots.map(({ snapshotId }) => snapshotId));
    markedIds.push(...changes.marks.map(({ snapshotId }) => snapshotId));
    erasedIds.push(...changes.erasedSnapshotIds);
    afterSeq = changes.nextSeq;
    headSeq = changes.headSeq;
  } while (afterSeq < headSeq);
  return { chunkIds, snapshotIds, removedChunkIds, markedIds, erasedIds };
}

/** What every catalog promises (server/store/ports.ts, Catalog). */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { AccountId, ChunkId, VaultId } from '../../shared/ids.ts';
import { MAX_CHANGED_CHUNKS, MAX_SESSIONS } from '../../shared/limits.ts';
import type { IndexEntry, SessionRow } from '../../server/store/ports.ts';
import {
  HERE,
  NOTHING,
  accountEntry,
  accountOf,
  chunkEntry,
  id,
  pageEntry,
  place,
  snapshotEntry,
  wholeFeed,
} from './catalog-entries.ts';
import type { OpenedCatalog } from './catalog-entries.ts';

const NO_PACKED = { chunkIds: undefined, removedChunkIds: undefined };

export function catalogContract(name: string, open: (test: TestContext) => Promise<OpenedCatalog>): void {
  const vault = () => id<VaultId>(16);

  test(`${name}: an indexed chunk is found by its vault, with its pieces in order, also after a restart`, async (t) => {
    const { catalog, reopen } = await open(t);
    const entry = chunkEntry(vault(), 1, [
      place(9, 5),
      { segment: 4, offset: 4_000_000_000, bodyBytes: 7 },
      place(1),
    ]);
    assert.equal(await catalog.vaults.hasChunk(entry.vaultId, entry.chunkId), false);
    assert.equal(await catalog.vaults.findChunk(entry.vaultId, entry.chunkId), undefined);
    await catalog.index([entry], HERE);
    const again = await reopen();
    assert.equal(await again.vaults.hasChunk(entry.vaultId, entry.chunkId), true);
    assert.deepEqual(await again.vaults.findChunk(entry.vaultId, entry.chunkId), entry.pieces);
    assert.deepEqual(await again.vaults.totals(entry.vaultId), { ...NOTHING, storedBytes: 112, chunks: 1 });
    assert.deepEqual(await again.checkpoint(), HERE);
    again.close();
  });

  test(`${name}: nothing of one vault is known in another`, async (t) => {
    const { catalog } = await open(t);
    const [mine, other] = [vault(), vault()];
    const chunk = chunkEntry(mine, 1);
    const snapshot = snapshotEntry(mine, 2);
    const page = pageEntry(mine, 3);
    await catalog.index([chunk, snapshot, page, chunkEntry(other, 1)], HERE);
    const { vaults } = catalog;
    assert.equal(await vaults.hasChunk(other, chunk.chunkId), false);
    assert.equal(await vaults.findChunk(other, chunk.chunkId), undefined);
    assert.deepEqual(await vaults.missingChunks(other, [chunk.chunkId]), [chunk.chunkId]);
    assert.equal(await vaults.hasRefPage(other, page.pageId), false);
    assert.deepEqual(await vaults.missingRefPages(other, [page.pageId]), [page.pageId]);
    assert.equal(await vaults.findSnapshot(other, snapshot.snapshotId), undefined);
    const changes = await vaults.changes(other, 0);
    assert.deepEqual([changes.headSeq, changes.chunkIds.length, changes.snapshots], [1, 32, []]);
    assert.deepEqual(await vaults.totals(vault()), NOTHING);
    assert.equal(await vaults.headSeq(vault()), 0);
    catalog.close();
  });

  test(`${name}: indexing the same entries again, or older ones, changes nothing`, async (t) => {
    const { catalog } = await open(t);
    const chunk = chunkEntry(vault(), 1);
    const snapshot = snapshotEntry(chunk.vaultId, 2);
    const page = pageEntry(chunk.vaultId, 3);
    await catalog.index([chunk, page, snapshot], HERE);
    const read = async () => [
      await catalog.vaults.findChunk(chunk.vaultId, chunk.chunkId),
      await catalog.vaults.findSnapshot(chunk.vaultId, snapshot.snapshotId),
      await catalog.vaults.changes(chunk.vaultId, 0),
      await catalog.vaults.totals(chunk.vaultId),
    ];
    const before = await read();
    await catalog.index([chunk, page, snapshot, { ...chunk, seq: 0, pieces: [place(999)] }], HERE);
    assert.deepEqual(await read(), before);
    catalog.close();
  });

  test(`${name}: the missing are told in the order asked for`, async (t) => {
    const { catalog } = await open(t);
    const known = chunkEntry(vault(), 1);
    await catalog.index([known], HERE);
    const [a, b] = [id<ChunkId>(32), id<ChunkId>(32)];
    assert.deepEqual(await catalog.vaults.missingChunks(known.vaultId, [b, known.chunkId, a]), [b, a]);
    catalog.close();
  });

  test(`${name}: the change feed tells every change once, oldest first, in answers that fit a frame`, async (t) => {
    const { catalog } = await open(t);
    const vaultId = vault();
    const entries: IndexEntry[] = [];
    for (let seq = 1; seq <= 2 * MAX_CHANGED_CHUNKS + 900; seq++) {
      // Clusters of large snapshots, so that now chunks and now snapshots fill the answer; some gaps.
      const entry = seq % 1_000 < 8 ? snapshotEntry(vaultId, seq, 32_768) : chunkEntry(vaultId, seq);
      if (seq % 13 !== 0) entries.push(entry);
    }
    await catalog.index(entries, HERE);
    const { chunkIds, snapshotIds } = await wholeFeed(catalog, vaultId);
    assert.deepEqual(
      chunkIds,
      entries.filter((entry) => entry.type === 'chunk').map(({ chunkId }) => chunkId),
    );
    assert.deepEqual(
      snapshotIds,
      entries.filter((entry) => entry.type === 'snapshot').map(({ snapshotId }) => snapshotId),
    );
    catalog.close();
  });

  test(`${name}: asked from a future that it doesn’t have, the change feed tells where it ends`, async (t) => {
    const { catalog } = await open(t);
    const entry = chunkEntry(vault(), 5);
    await catalog.index([entry], HERE);
    const changes = await catalog.vaults.changes(entry.vaultId, 1_000);
    assert.deepEqual(
      { ...changes, ...NO_PACKED },
      { ...NO_PACKED, nextSeq: 5, headSeq: 5, snapshots: [], marks: [], erasedSnapshotIds: [] },
    );
    assert.equal(changes.chunkIds.length + changes.removedChunkIds.length, 0);
    catalog.close();
  });

  test(`${name}: an account is found by name, id and vault; only a higher revision replaces it`, async (t) => {
    const { catalog, reopen } = await open(t);
    const account = accountOf();
    await catalog.index([accountEntry(account)], HERE);
    const renewed = { ...account, revision: 3, credentials: [] };
    await catalog.index([accountEntry(renewed)], HERE);
    await catalog.index([accountEntry({ ...account, revision: 2 })], HERE);
    const again = await reopen();
    assert.deepEqual(await again.accounts.findById(account.accountId), renewed);
    assert.deepEqual(await again.accounts.findByName(account.foldedName), renewed);
    assert.equal(await again.accounts.findByName('nobody'), undefined);
    assert.equal(await again.accounts.hasVault(account.vault.vaultId), true);
    assert.equal(await again.accounts.hasVault(vault()), false);
    assert.equal(await again.accounts.count(), 1);
    again.close();
  });

  test(`${name}: of two accounts with one name, or one vault, the first stays`, async (t) => {
    const { catalog } = await open(t);
    const first = accountOf();
    const sameName = accountOf({ foldedName: first.foldedName });
    const sameVault = accountOf({ vault: first.vault });
    await catalog.index(
      [first, sameName, sameVault].map((account) => accountEntry(account)),
      HERE,
    );
    assert.equal(await catalog.accounts.count(), 1);
    assert.deepEqual(await catalog.accounts.findByName(first.foldedName), first);
    catalog.close();
  });

  test(`${name}: an account uses up its invitation`, async (t) => {
    const { catalog } = await open(t);
    const account = accountOf();
    const others = { tokenHash: randomBytes(32), role: 'user', expiresAtMs: 99 } as const;
    await catalog.invites.add({ tokenHash: account.inviteHash, role: 'admin', expiresAtMs: undefined });
    await catalog.invites.add(others);
    await catalog.index([accountEntry(account)], HERE);
    assert.equal(await catalog.invites.find(account.inviteHash), undefined);
    assert.deepEqual(await catalog.invites.find(others.tokenHash), others);
    catalog.close();
  });

  test(`${name}: the first-run invitation replaces the one before and no other; the expired go`, async (t) => {
    const { catalog } = await open(t);
    const rows = [10, 20].map((expiresAtMs) => ({
      tokenHash: randomBytes(32),
      role: 'user' as const,
      expiresAtMs,
    }));
    for (const row of rows) await catalog.invites.add(row);
    const firstRuns = [0, 1].map(() => ({
      tokenHash: randomBytes(32),
      role: 'admin' as const,
      expiresAtMs: undefined,
    }));
    for (const row of firstRuns) await catalog.invites.replaceFirstRun(row);
    assert.equal(await catalog.invites.removeExpired(15), 1);
    const found = await Promise.all(
      [...rows, ...firstRuns].map(({ tokenHash }) => catalog.invites.find(tokenHash)),
    );
    assert.deepEqual(
      found.map((row) => row !== undefined),
      [false, true, false, true],
    );
    catalog.close();
  });

  test(`${name}: however many sessions an account makes, it has so many, the latest used, and no others'`, async (t) => {
    const { catalog } = await open(t);
    const accountId = id<AccountId>(16);
    const session = (changes: Partial<SessionRow>): SessionRow => ({
      tokenHash: randomBytes(32),
      accountId,
      deviceId: id<string>(16),
      scope: 'upload',
      createdAtMs: 100,
      lastUsedMs: 100,
      ...changes,
    });
    const others = [
      session({ accountId: id<AccountId>(16), lastUsedMs: 1 }),
      session({ scope: 'full', lastUsedMs: 1 }),
    ];
    const first = session({ lastUsedMs: 1 });
    const inUse = session({ createdAtMs: 2, lastUsedMs: 5_000 });
    const made = Array.from({ length: MAX_SESSIONS - 2 }, (_, at) => session({ lastUsedMs: 200 + at }));
    for (const row of [...others, first, inUse, ...made]) await catalog.sessions.add(row);
    const isThere = async (row: SessionRow) => (await catalog.sessions.find(row.tokenHash)) !== undefined;
    assert.ok(await isThere(first), 'as many as there may be');
    // The clock was set back: the new one stays all the same.
    const last = session({ createdAtMs: 3, lastUsedMs: 3 });
    await catalog.sessions.add(last);
    assert.equal(await isThere(first), false);
    for (const row of [...others, inUse, ...made, last]) assert.ok(await isThere(row));
    catalog.close();
  });

  test(`${name}: sessions are kept, touched, ended and expired`, async (t) => {
    const { catalog, reopen } = await open(t);
    const accountId = id<AccountId>(16);
    const session = (changes: Partial<SessionRow> = {}): SessionRow => ({
      tokenHash: randomBytes(32),
      accountId,
      deviceId: id<string>(16),
      scope: 'full',
      createdAtMs: 100,
      lastUsedMs: 100,
      ...changes,
    });
    const [kept, uploading, ended, stranger, idle, old] = [
      session(),
      session({ accountId: id<AccountId>(16), scope: 'upload', lastUsedMs: 10 }),
      session(),
      session({ accountId: id<AccountId>(16) }),
      session({ lastUsedMs: 10 }),
      session({ createdAtMs: 10 }),
    ];
    for (const row of [kept, uploading, ended, stranger, idle, old]) await catalog.sessions.add(row);
    assert.equal(await catalog.sessions.removeExpired('full', 50, 50), 2);
    assert.equal(await catalog.sessions.removeExpired('upload', 5, 50), 0);
    await catalog.sessions.touch([{ tokenHash: kept.tokenHash, lastUsedMs: 777 }]);
    await catalog.sessions.removeOthers(accountId, kept.tokenHash);
    const again = await reopen();
    assert.deepEqual(await again.sessions.find(kept.tokenHash), { ...kept, lastUsedMs: 777 });
    assert.deepEqual(await again.sessions.find(stranger.tokenHash), stranger);
    assert.deepEqual(await again.sessions.find(uploading.tokenHash), uploading);
    assert.equal(await again.sessions.removeExpired('upload', 50, 50), 1);
    for (const { tokenHash } of [ended, idle, old])
      assert.equal(await again.sessions.find(tokenHash), undefined);
    await again.sessions.remove(kept.tokenHash);
    assert.equal(await again.sessions.find(kept.tokenHash), undefined);
    again.close();
  });
}

/** The catalog in SQLite: the contract, and what only a file does. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import Database from 'better-sqlite3';
import type { VaultId } from '../../shared/ids.ts';
import { takeDataLock } from '../../server/store/sqlite/data-lock.ts';
import { SqliteCatalog } from '../../server/store/sqlite/sqlite-catalog.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { chunkEntry } from './catalog-entries.ts';
import type { OpenedCatalog } from './catalog-entries.ts';
import { catalogStatesContract } from './catalog-states.contract.ts';
import { catalogContract } from './catalog.contract.ts';

async function open(t: TestContext): Promise<OpenedCatalog> {
  const path = join(await tempDir(t), 'index.sqlite');
  const catalog = SqliteCatalog.open(path);
  const reopen = () => {
    catalog.close();
    return SqliteCatalog.open(path);
  };
  return { catalog, reopen };
}

catalogContract('SQLite', open);
catalogStatesContract('SQLite', open);

test('an index of a newer version is refused, not read', async (t) => {
  const path = join(await tempDir(t), 'index.sqlite');
  SqliteCatalog.open(path).close();
  const database = new Database(path);
  database.pragma('user_version = 99');
  database.close();
  assert.throws(() => SqliteCatalog.open(path), { code: 'format-unsupported' });
});

test('a file that is no index is refused', async (t) => {
  const path = join(await tempDir(t), 'index.sqlite');
  writeFileSync(path, Buffer.alloc(5_000, 'not a database '));
  assert.throws(() => SqliteCatalog.open(path), { code: 'index-damaged' });
});

test('entries are indexed all or none, and a failed transaction leaves no wrong memory behind', async (t) => {
  const path = join(await tempDir(t), 'index.sqlite');
  const catalog = SqliteCatalog.open(path);
  const vaultId = 'ab'.repeat(16) as VaultId;
  const fitting = chunkEntry(vaultId, 1);
  const unfitting = chunkEntry(vaultId, Number.NaN);
  await assert.rejects(catalog.index([fitting, unfitting], { segment: 9, offset: 9 }), {
    code: 'storage-failed',
  });
  assert.equal(catalog.vaults.hasChunk(vaultId, fitting.chunkId), false);
  assert.deepEqual(await catalog.checkpoint(), { segment: 0, offset: 0 });
  await catalog.index([fitting], { segment: 1, offset: 1 });
  assert.equal(catalog.vaults.hasChunk(vaultId, fitting.chunkId), true);
  catalog.close();
});

test('a data folder’s lock is taken by one at a time', async (t) => {
  const path = join(await tempDir(t), 'lock');
  const lock = takeDataLock(path);
  assert.throws(() => takeDataLock(path), { code: 'config-invalid' });
  lock.release();
  takeDataLock(path).release();
});

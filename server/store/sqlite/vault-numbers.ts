/** Vault ids and the short numbers that stand for them in the tables. */
import type { VaultId } from '../../../shared/ids.ts';
import { blobOf } from './columns.ts';
import type { SqliteDatabase } from './database.ts';

export class VaultNumbers {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #known = new Map<VaultId, number>();

  constructor(database: SqliteDatabase) {
    this.#statements = prepare(database);
  }

  /** The vault's number; 0, which no vault has, where there is none. */
  of(vaultId: VaultId): number {
    const known = this.#known.get(vaultId);
    if (known !== undefined) return known;
    const number = this.#statements.find.get(blobOf(vaultId))?.vault;
    if (number !== undefined) this.#known.set(vaultId, number);
    return number ?? 0;
  }

  /** The vault's number; within the caller's transaction a new one gets its row. */
  made(vaultId: VaultId): number {
    const number = this.of(vaultId);
    if (number !== 0) return number;
    this.#statements.add.run(blobOf(vaultId));
    return this.of(vaultId);
  }

  /** After a transaction was rolled back: rows that were made in it are gone. */
  forget(): void {
    this.#known.clear();
  }
}

function prepare(database: SqliteDatabase) {
  return {
    find: database.prepare<[Buffer], { readonly vault: number }>(
      'SELECT vault FROM vaults WHERE vault_id = ?',
    ),
    add: database.prepare<[Buffer]>('INSERT INTO vaults (vault_id) VALUES (?)'),
  };
}

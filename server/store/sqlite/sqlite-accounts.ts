/** Accounts in SQLite: the record's body, and the columns that it is found by. */
import type { AccountId, VaultId } from '../../../shared/ids.ts';
import type { Account, AccountCatalog } from '../ports.ts';
import { decodeAccountBody, encodeAccountBody } from '../record-bodies.ts';
import { answer } from './answer.ts';
import { blobOf } from './columns.ts';
import type { SqliteDatabase } from './database.ts';

interface BodyRow {
  readonly body: Buffer;
}

export class SqliteAccounts implements AccountCatalog {
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: SqliteDatabase) {
    this.#statements = prepare(database);
  }

  count(): Promise<number> {
    return answer(() => this.#statements.count.get()?.count ?? 0);
  }

  findByName(foldedName: string): Promise<Account | undefined> {
    return answer(() => accountOf(this.#statements.byName.get(foldedName)));
  }

  findById(accountId: AccountId): Promise<Account | undefined> {
    return answer(() => accountOf(this.#statements.byId.get(blobOf(accountId))));
  }

  hasVault(vaultId: VaultId): Promise<boolean> {
    return answer(() => this.#statements.byVault.get(blobOf(vaultId)) !== undefined);
  }

  /** Adds or renews an account, within the caller's transaction; its invitation is used up. */
  index(account: Account): void {
    const id = blobOf(account.accountId);
    const body = encodeAccountBody(account);
    this.#statements.renew.run(account.revision, body, id, account.revision);
    this.#statements.add.run(id, account.foldedName, blobOf(account.vault.vaultId), account.revision, body);
    this.#statements.useInvite.run(account.inviteHash);
  }
}

function accountOf(row: BodyRow | undefined): Account | undefined {
  return row && decodeAccountBody(row.body);
}

function prepare(database: SqliteDatabase) {
  const find = <Key>(column: string) =>
    database.prepare<[Key], BodyRow>(`SELECT body FROM accounts WHERE ${column} = ?`);
  return {
    count: database.prepare<[], { readonly count: number }>('SELECT count(*) AS count FROM accounts'),
    byName: find<string>('folded_name'),
    byId: find<Buffer>('account_id'),
    byVault: find<Buffer>('vault_id'),
    add: database.prepare<[Buffer, string, Buffer, number, Uint8Array]>(
      'INSERT INTO accounts VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    renew: database.prepare<[number, Uint8Array, Buffer, number]>(
      'UPDATE accounts SET revision = ?, body = ? WHERE account_id = ? AND revision < ?',
    ),
    useInvite: database.prepare<[Uint8Array]>('DELETE FROM invites WHERE token_hash = ?'),
  };
}

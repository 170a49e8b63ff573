/** Accounts in SQLite: the record's body, and the columns that it is found by. */
import type { AccountId, VaultId } from '../../../shared/ids.ts';
import type { Account, AccountCatalog, Place } from '../ports.ts';
import { decodeAccountBody, encodeAccountBody } from '../record-bodies.ts';
import { answer } from './answer.ts';
import { blobOf, packPlaces, unpackPlaces } from './columns.ts';
import type { SqliteDatabase } from './database.ts';
import type { LiveBytes } from './live-bytes.ts';

interface BodyRow {
  readonly body: Buffer;
}

export class SqliteAccounts implements AccountCatalog {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #live: LiveBytes;

  constructor(database: SqliteDatabase, live: LiveBytes) {
    this.#statements = prepare(database);
    this.#live = live;
  }

  count(): Promise<number> {
    return answer(() => this.#statements.count.get()?.count ?? 0);
  }

  findByName(foldedName: string): Promise<Account | undefined> {
    return answer(() => accountOf(this.#statements.byName.get(foldedName)));
  }

  findById(accountId: AccountId): Promise<Account | undefined> {
    return answer(() => this.get(accountId));
  }

  hasVault(vaultId: VaultId): Promise<boolean> {
    return answer(() => this.#statements.byVault.get(blobOf(vaultId)) !== undefined);
  }

  get(accountId: AccountId): Account | undefined {
    return accountOf(this.#statements.byId.get(blobOf(accountId)));
  }

  /** Where the record of the account is. */
  placeOf(accountId: AccountId): Place | undefined {
    const row = this.#statements.place.get(blobOf(accountId));
    return row && unpackPlaces(row.place)[0];
  }

  /** Adds, renews or moves an account, within the caller's transaction; its invitation is used up. */
  index(account: Account, place: Place): void {
    const id = blobOf(account.accountId);
    const before = this.placeOf(account.accountId);
    const body = encodeAccountBody(account);
    const packed = packPlaces([place]);
    const { revision, foldedName, vault, inviteHash } = account;
    const renewed = this.#statements.renew.run(revision, body, packed, id, revision).changes;
    const added = this.#statements.add.run(
      id,
      foldedName,
      blobOf(vault.vaultId),
      revision,
      body,
      packed,
    ).changes;
    this.#statements.useInvite.run(inviteHash);
    if (renewed + added === 0) return;
    this.#live.add('account', [place]);
    if (before !== undefined) this.#live.subtract('account', [before]);
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
    place: database.prepare<[Buffer], { readonly place: Buffer }>(
      'SELECT place FROM accounts WHERE account_id = ?',
    ),
    add: database.prepare<[Buffer, string, Buffer, number, Uint8Array, Buffer]>(
      'INSERT INTO accounts VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    renew: database.prepare<[number, Uint8Array, Buffer, Buffer, number]>(
      'UPDATE accounts SET revision = ?, body = ?, place = ? WHERE account_id = ? AND revision <= ?',
    ),
    useInvite: database.prepare<[Uint8Array]>('DELETE FROM invites WHERE token_hash = ?'),
  };
}

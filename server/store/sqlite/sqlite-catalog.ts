/** The catalog in one SQLite file. */
import { toStorageError } from '../disk-errors.ts';
import type { Catalog, IndexEntry, Position } from '../ports.ts';
import { answer } from './answer.ts';
import { openDatabase } from './database.ts';
import type { SqliteDatabase } from './database.ts';
import { SqliteAccounts } from './sqlite-accounts.ts';
import { LiveBytes } from './live-bytes.ts';
import { SqliteInvites, SqliteSessions } from './sqlite-sessions.ts';
import { SqliteUpkeep } from './sqlite-upkeep.ts';
import { SqliteVaults } from './sqlite-vaults.ts';
import { VaultNumbers } from './vault-numbers.ts';

export class SqliteCatalog implements Catalog {
  readonly vaults: SqliteVaults;
  readonly accounts: SqliteAccounts;
  readonly sessions: SqliteSessions;
  readonly invites: SqliteInvites;
  readonly upkeep: SqliteUpkeep;
  readonly #numbers: VaultNumbers;
  readonly #live: LiveBytes;
  readonly #database: SqliteDatabase;
  readonly #statements: ReturnType<typeof prepare>;

  private constructor(database: SqliteDatabase) {
    this.#database = database;
    this.#numbers = new VaultNumbers(database);
    this.#live = new LiveBytes(database);
    this.vaults = new SqliteVaults(database, this.#numbers, this.#live);
    this.accounts = new SqliteAccounts(database, this.#live);
    this.sessions = new SqliteSessions(database);
    this.invites = new SqliteInvites(database);
    const { vaults, accounts } = this;
    this.upkeep = new SqliteUpkeep({ database, vaults, accounts, numbers: this.#numbers, live: this.#live });
    this.#statements = prepare(database);
  }

  /** Opens or makes the file at `path`. Throws `storage-full`, `storage-failed`, `format-unsupported`. */
  static open(path: string): SqliteCatalog {
    try {
      return new SqliteCatalog(openDatabase(path));
    } catch (error) {
      throw toStorageError(error);
    }
  }

  index(entries: readonly IndexEntry[], checkpoint: Position): Promise<void> {
    return answer(() => {
      try {
        this.#database
          .transaction(() => {
            for (const entry of entries) this.#indexOne(entry);
            this.#live.flush();
            this.#statements.moveCheckpoint.run(checkpoint.segment, checkpoint.offset);
          })
          .immediate();
      } catch (error) {
        this.#numbers.forget();
        this.#live.forget();
        throw error;
      }
    });
  }

  checkpoint(): Promise<Position> {
    return answer(() => this.#statements.checkpoint.get() ?? { segment: 0, offset: 0 });
  }

  close(): void {
    this.#database.close();
  }

  #indexOne(entry: IndexEntry): void {
    if (entry.type !== 'account') {
      this.vaults.index(entry);
      return;
    }
    this.#numbers.made(entry.account.vault.vaultId);
    this.accounts.index(entry.account, entry.place);
  }
}

function prepare(database: SqliteDatabase) {
  return {
    checkpoint: database.prepare<[], Position>('SELECT segment, offset FROM checkpoint'),
    moveCheckpoint: database.prepare<[number, number]>('UPDATE checkpoint SET segment = ?, offset = ?'),
  };
}

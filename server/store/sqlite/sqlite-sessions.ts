/** Sessions and invitations in SQLite, their only home: what is changed here is synced at once. */
import type { AccountId } from '../../../shared/ids.ts';
import { MAX_SESSIONS } from '../../../shared/limits.ts';
import type { Role } from '../../../shared/wire/messages.ts';
import type { InviteCatalog, InviteRow, SessionCatalog, SessionRow, SessionScope } from '../ports.ts';
import { answer } from './answer.ts';
import { blobOf, idOf } from './columns.ts';
import { durably } from './database.ts';
import type { SqliteDatabase } from './database.ts';

interface SessionColumns {
  readonly token_hash: Buffer;
  readonly account_id: Buffer;
  readonly device_id: Buffer;
  readonly scope: SessionScope;
  readonly created_at_ms: number;
  readonly last_used_ms: number;
}
interface InviteColumns {
  readonly token_hash: Buffer;
  readonly role: Role;
  readonly expires_at_ms: number | null;
}

export class SqliteSessions implements SessionCatalog {
  readonly #database: SqliteDatabase;
  readonly #statements: ReturnType<typeof prepareSessions>;

  constructor(database: SqliteDatabase) {
    this.#database = database;
    this.#statements = prepareSessions(database);
  }

  add(row: SessionRow): Promise<void> {
    const { tokenHash, deviceId, scope, createdAtMs, lastUsedMs } = row;
    const accountId = blobOf(row.accountId);
    return this.#durably(() => {
      // Before the new one, which stays even if the clock was set back.
      this.#statements.removeUnused.run(accountId, scope, MAX_SESSIONS - 1);
      this.#statements.add.run(tokenHash, accountId, blobOf(deviceId), scope, createdAtMs, lastUsedMs);
    });
  }

  find(tokenHash: Uint8Array): Promise<SessionRow | undefined> {
    return answer(() => {
      const row = this.#statements.find.get(tokenHash);
      return row && sessionOf(row);
    });
  }

  touch(uses: readonly Pick<SessionRow, 'tokenHash' | 'lastUsedMs'>[]): Promise<void> {
    return answer(() => {
      this.#database.transaction(() => {
        for (const { tokenHash, lastUsedMs } of uses) this.#statements.touch.run(lastUsedMs, tokenHash);
      })();
    });
  }

  remove(tokenHash: Uint8Array): Promise<void> {
    return this.#durably(() => {
      this.#statements.remove.run(tokenHash);
    });
  }

  removeOthers(accountId: AccountId, keptTokenHash: Uint8Array): Promise<void> {
    return this.#durably(() => {
      this.#statements.removeOthers.run(blobOf(accountId), keptTokenHash);
    });
  }

  removeExpired(scope: SessionScope, lastUsedBeforeMs: number, createdBeforeMs: number): Promise<number> {
    return answer(() => this.#statements.removeExpired.run(scope, lastUsedBeforeMs, createdBeforeMs).changes);
  }

  #durably(change: () => void): Promise<void> {
    return answer(() => {
      durably(this.#database, change);
    });
  }
}

export class SqliteInvites implements InviteCatalog {
  readonly #database: SqliteDatabase;
  readonly #statements: ReturnType<typeof prepareInvites>;

  constructor(database: SqliteDatabase) {
    this.#database = database;
    this.#statements = prepareInvites(database);
  }

  add(row: InviteRow): Promise<void> {
    return answer(() => {
      durably(this.#database, () => {
        this.#add(row);
      });
    });
  }

  find(tokenHash: Uint8Array): Promise<InviteRow | undefined> {
    return answer(() => {
      const row = this.#statements.find.get(tokenHash);
      return row && inviteOf(row);
    });
  }

  replaceFirstRun(row: InviteRow): Promise<void> {
    return answer(() => {
      durably(this.#database, () => {
        this.#statements.removeFirstRun.run();
        this.#add(row);
      });
    });
  }

  removeExpired(nowMs: number): Promise<number> {
    return answer(() => this.#statements.removeExpired.run(nowMs).changes);
  }

  #add({ tokenHash, role, expiresAtMs }: InviteRow): void {
    this.#statements.add.run(tokenHash, role, expiresAtMs ?? null);
  }
}

/** Every session of an index, of another one that is damaged. Throws SQLite's errors. */
export function readSessions(database: SqliteDatabase): SessionRow[] {
  return database.prepare<[], SessionColumns>('SELECT * FROM sessions').all().map(sessionOf);
}

export function readInvites(database: SqliteDatabase): InviteRow[] {
  return database.prepare<[], InviteColumns>('SELECT * FROM invites').all().map(inviteOf);
}

function sessionOf(row: SessionColumns): SessionRow {
  return {
    tokenHash: row.token_hash,
    accountId: idOf<AccountId>(row.account_id),
    deviceId: idOf(row.device_id),
    scope: row.scope,
    createdAtMs: row.created_at_ms,
    lastUsedMs: row.last_used_ms,
  };
}

function inviteOf(row: InviteColumns): InviteRow {
  return { tokenHash: row.token_hash, role: row.role, expiresAtMs: row.expires_at_ms ?? undefined };
}

function prepareSessions(database: SqliteDatabase) {
  return {
    add: database.prepare<[Uint8Array, Buffer, Buffer, SessionScope, number, number]>(
      'INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?)',
    ),
    find: database.prepare<[Uint8Array], SessionColumns>('SELECT * FROM sessions WHERE token_hash = ?'),
    touch: database.prepare<[number, Uint8Array]>(
      'UPDATE sessions SET last_used_ms = ? WHERE token_hash = ?',
    ),
    remove: database.prepare<[Uint8Array]>('DELETE FROM sessions WHERE token_hash = ?'),
    removeUnused: database.prepare<[Buffer, SessionScope, number]>(
      `DELETE FROM sessions WHERE token_hash IN (
         SELECT token_hash FROM sessions WHERE account_id = ? AND scope = ?
         ORDER BY last_used_ms DESC, created_at_ms DESC LIMIT -1 OFFSET ?)`,
    ),
    removeOthers: database.prepare<[Buffer, Uint8Array]>(
      'DELETE FROM sessions WHERE account_id = ? AND token_hash <> ?',
    ),
    removeExpired: database.prepare<[SessionScope, number, number]>(
      'DELETE FROM sessions WHERE scope = ? AND (last_used_ms < ? OR created_at_ms < ?)',
    ),
  };
}

function prepareInvites(database: SqliteDatabase) {
  return {
    add: database.prepare<[Uint8Array, string, number | null]>('INSERT INTO invites VALUES (?, ?, ?)'),
    find: database.prepare<[Uint8Array], InviteColumns>('SELECT * FROM invites WHERE token_hash = ?'),
    removeFirstRun: database.prepare('DELETE FROM invites WHERE expires_at_ms IS NULL'),
    removeExpired: database.prepare<[number]>('DELETE FROM invites WHERE expires_at_ms < ?'),
  };
}

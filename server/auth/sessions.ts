/**
 * Sessions: a random token that only the device has; the server keeps its hash. They end when unused
 * for the idle time-out, and at the absolute one in any case. A full session may make others of its device that may
 * only send: what a device keeps to send sealed backups with while nobody is signed in.
 */
import { HoldfastError } from '../../shared/errors.ts';
import type { DeviceId } from '../../shared/ids.ts';
import type { Role } from '../../shared/wire/messages.ts';
import type { Clock, RandomBytes } from '../ports.ts';
import type { Account, SessionRow, SessionScope, Store, Vault } from '../store/ports.ts';
import { hashToken, newToken } from './tokens.ts';

export interface SessionTimeouts {
  readonly idleTimeoutMs: number;
  readonly absoluteTimeoutMs: number;
}

/** A live session, held by the connection that uses it. */
export interface Session {
  readonly tokenHash: Uint8Array;
  readonly accountId: Account['accountId'];
  readonly deviceId: string;
  readonly scope: SessionScope;
  readonly role: Role;
  readonly vault: Vault;
  readonly createdAtMs: number;
  lastUsedMs: number;
}

export interface SessionsOptions extends SessionTimeouts {
  readonly store: Pick<Store, 'sessions' | 'accounts' | 'openVault'>;
  /** Of sessions that may only send. */
  readonly uploadIdleTimeoutMs: number;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

const SCOPES: readonly SessionScope[] = ['full', 'upload'];

export class Sessions {
  readonly #options: SessionsOptions;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  get timeouts(): SessionTimeouts {
    const { idleTimeoutMs, absoluteTimeoutMs } = this.#options;
    return { idleTimeoutMs, absoluteTimeoutMs };
  }

  /** A new session and its token, which is kept nowhere. */
  async create(account: Account, deviceId: DeviceId) {
    const { token, row } = await this.#add({ accountId: account.accountId, deviceId, scope: 'full' });
    return { token, session: await this.#live(account, row) };
  }

  /** The token of a new session of the same device that may only send. */
  async createUpload({ accountId, deviceId }: Session): Promise<Uint8Array> {
    const { token } = await this.#add({ accountId, deviceId, scope: 'upload' });
    return token;
  }

  /** The session of a token and its account. Throws `session-expired` for any that is not alive. */
  async resume(token: Uint8Array): Promise<{ readonly session: Session; readonly account: Account }> {
    const { store } = this.#options;
    const row = await store.sessions.find(hashToken(token));
    const account = row && (await store.accounts.findById(row.accountId));
    if (row === undefined || account === undefined) throw new HoldfastError('session-expired');
    const session = await this.#live(account, row);
    this.use(session);
    // At once: a connection may be over before `tidy` comes. Only a note: a full disk must lock nobody out.
    await store.sessions.touch([session]).catch(() => undefined);
    return { session, account };
  }

  /** Notes that the session is in use now. Throws `session-expired` if it may not be any more. */
  use(session: Session): void {
    const nowMs = this.#options.clock.nowMs();
    const idle = nowMs - session.lastUsedMs >= this.#idleTimeoutMs(session.scope);
    const old = nowMs - session.createdAtMs >= this.#options.absoluteTimeoutMs;
    if (idle || old) throw new HoldfastError('session-expired');
    // A clock that was set back ends no session when it is put right.
    session.lastUsedMs = Math.max(session.lastUsedMs, nowMs);
  }

  async end(session: Session): Promise<void> {
    await this.#options.store.sessions.remove(session.tokenHash);
  }

  async endOthers(session: Session): Promise<void> {
    await this.#options.store.sessions.removeOthers(session.accountId, session.tokenHash);
  }

  /** Writes down when live sessions were last used, and forgets the expired; returns how many. */
  async tidy(live: readonly Session[]): Promise<number> {
    const { store, clock, absoluteTimeoutMs } = this.#options;
    await store.sessions.touch(live);
    const nowMs = clock.nowMs();
    let removed = 0;
    for (const scope of SCOPES) {
      const usedBeforeMs = nowMs - this.#idleTimeoutMs(scope);
      removed += await store.sessions.removeExpired(scope, usedBeforeMs, nowMs - absoluteTimeoutMs);
    }
    return removed;
  }

  #idleTimeoutMs(scope: SessionScope): number {
    return scope === 'full' ? this.#options.idleTimeoutMs : this.#options.uploadIdleTimeoutMs;
  }

  async #add(whose: Pick<SessionRow, 'accountId' | 'deviceId' | 'scope'>) {
    const { store, clock, random } = this.#options;
    const token = newToken(random);
    const nowMs = clock.nowMs();
    const row: SessionRow = { tokenHash: hashToken(token), ...whose, createdAtMs: nowMs, lastUsedMs: nowMs };
    await store.sessions.add(row);
    return { token, row };
  }

  async #live({ role, vault }: Account, row: SessionRow): Promise<Session> {
    return { ...row, role, vault: await this.#options.store.openVault(vault.vaultId) };
  }
}

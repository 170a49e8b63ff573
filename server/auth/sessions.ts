/**
 * Sessions: a random token that only the device has; the server keeps its hash. They end when unused
 * for the idle time-out, and at the absolute one in any case.
 */
import { HoldfastError } from '../../shared/errors.ts';
import type { DeviceId } from '../../shared/ids.ts';
import type { Role } from '../../shared/wire/messages.ts';
import type { Clock, RandomBytes } from '../ports.ts';
import type { Account, Store, Vault } from '../store/ports.ts';
import { hashToken, newToken } from './tokens.ts';

export interface SessionTimeouts {
  readonly idleTimeoutMs: number;
  readonly absoluteTimeoutMs: number;
}

/** A live session, held by the connection that uses it. */
export interface Session {
  readonly tokenHash: Uint8Array;
  readonly accountId: Account['accountId'];
  readonly role: Role;
  readonly vault: Vault;
  readonly createdAtMs: number;
  lastUsedMs: number;
}

export interface SessionsOptions extends SessionTimeouts {
  readonly store: Pick<Store, 'sessions' | 'accounts' | 'openVault'>;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

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
    const { store, clock, random } = this.#options;
    const token = newToken(random);
    const nowMs = clock.nowMs();
    const row = {
      tokenHash: hashToken(token),
      accountId: account.accountId,
      deviceId,
      createdAtMs: nowMs,
      lastUsedMs: nowMs,
    };
    await store.sessions.add(row);
    return { token, session: await this.#live(account, row) };
  }

  /** The session of a token and its account. Throws `session-expired` for any that is not alive. */
  async resume(token: Uint8Array): Promise<{ readonly session: Session; readonly account: Account }> {
    const { store } = this.#options;
    const row = await store.sessions.find(hashToken(token));
    const account = row && (await store.accounts.findById(row.accountId));
    if (row === undefined || account === undefined) throw new HoldfastError('session-expired');
    const session = await this.#live(account, row);
    this.use(session);
    return { session, account };
  }

  /** Notes that the session is in use now. Throws `session-expired` if it may not be any more. */
  use(session: Session): void {
    const nowMs = this.#options.clock.nowMs();
    const idle = nowMs - session.lastUsedMs >= this.#options.idleTimeoutMs;
    const old = nowMs - session.createdAtMs >= this.#options.absoluteTimeoutMs;
    if (idle || old) throw new HoldfastError('session-expired');
    session.lastUsedMs = nowMs;
  }

  async end(session: Session): Promise<void> {
    await this.#options.store.sessions.remove(session.tokenHash);
  }

  async endOthers(session: Session): Promise<void> {
    await this.#options.store.sessions.removeOthers(session.accountId, session.tokenHash);
  }

  /** Writes down when live sessions were last used, and forgets the expired; returns how many. */
  async tidy(live: readonly Session[]): Promise<number> {
    const { store, clock, idleTimeoutMs, absoluteTimeoutMs } = this.#options;
    await store.sessions.touch(live);
    const nowMs = clock.nowMs();
    return store.sessions.removeExpired(nowMs - idleTimeoutMs, nowMs - absoluteTimeoutMs);
  }

  async #live(
    account: Account,
    row: Pick<Session, 'tokenHash' | 'createdAtMs' | 'lastUsedMs'>,
  ): Promise<Session> {
    return {
      tokenHash: row.tokenHash,
      accountId: account.accountId,
      role: account.role,
      vault: await this.#options.store.openVault(account.vault.vaultId),
      createdAtMs: row.createdAtMs,
      lastUsedMs: row.lastUsedMs,
    };
  }
}

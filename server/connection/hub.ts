/**
 * All open connections: tells a vault's other connections that its change feed grew, and ends the
 * connections of sessions that are over.
 */
import { equalBytes } from '../../shared/bytes.ts';
import { HoldfastError } from '../../shared/errors.ts';
import type { VaultId } from '../../shared/ids.ts';
import type { Session } from '../auth/sessions.ts';
import type { Clock } from '../ports.ts';
import type { Connection } from './connection.ts';
import { CLOSE } from './socket.ts';

/** A busy vault changes many times a second; its other connections hear of it this often. */
const NOTICE_INTERVAL_MS = 300;

export class Hub {
  readonly #clock: Clock;
  readonly #connections = new Set<Connection>();
  /** Vaults whose connections are about to be told, and by whose requests they changed; undefined: the server's. */
  readonly #changed = new Map<VaultId, Set<Connection | undefined>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#connections.size;
  }

  add(connection: Connection): void {
    this.#connections.add(connection);
  }

  remove(connection: Connection): void {
    this.#connections.delete(connection);
  }

  closeAll(code: number, reason: string): void {
    for (const connection of this.#connections) connection.close(code, reason);
  }

  liveSessions(): Session[] {
    return [...this.#connections].map(({ session }) => session).filter((session) => session !== undefined);
  }

  /** A request of `writer` has changed its vault. */
  noteChange(writer: Connection): void {
    const vaultId = writer.session?.vault.vaultId;
    if (vaultId !== undefined) this.#note(vaultId, writer);
  }

  /** The server itself has changed the vault. */
  noteChangeOf(vaultId: VaultId): void {
    this.#note(vaultId, undefined);
  }

  /** Ends the connections of all other sessions of the account. */
  endOthers(kept: Connection): void {
    const { session } = kept;
    if (session === undefined) return;
    for (const connection of this.#connections) {
      if (connection.session === undefined || !isOtherOfSameAccount(connection.session, session)) continue;
      connection.sendError(new HoldfastError('session-expired'), 0);
      connection.close(CLOSE.policyViolation, 'session-expired');
    }
  }

  #note(vaultId: VaultId, writer: Connection | undefined): void {
    const writers = this.#changed.get(vaultId);
    if (writers !== undefined) {
      writers.add(writer);
      return;
    }
    this.#changed.set(vaultId, new Set([writer]));
    this.#clock.after(NOTICE_INTERVAL_MS, () => {
      this.#tell(vaultId);
    });
  }

  #tell(vaultId: VaultId): void {
    const writers = this.#changed.get(vaultId) ?? new Set();
    this.#changed.delete(vaultId);
    for (const connection of this.#connectionsOf(vaultId)) {
      const knows = writers.size === 1 && writers.has(connection);
      if (!knows) connection.sendVaultChanged();
    }
  }

  #connectionsOf(vaultId: VaultId): Connection[] {
    return [...this.#connections].filter(({ session }) => session?.vault.vaultId === vaultId);
  }
}

/** The same device may hold several connections by one session. */
function isOtherOfSameAccount(other: Session, session: Session): boolean {
  return other.accountId === session.accountId && !equalBytes(other.tokenHash, session.tokenHash);
}

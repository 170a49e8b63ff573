/**
 * How this device may send to a vault while that is locked: a token of a session that may only send (PROTOCOL.md,
 * Upload sessions), asked for while the vault is open, kept as long as it is open or anything waits to be sent.
 */
import type { DeviceId, VaultId } from '../../../shared/ids.ts';
import type { VaultSession } from '../account/vault-session.ts';
import type { ServerLink } from '../connection/server-link.ts';
import type { UploadAccess } from './ports.ts';
import type { Queue } from './queue.ts';
import { withoutToken } from './sender.ts';

export class DeviceAccess {
  readonly #queue: Queue;
  readonly #link: ServerLink;
  readonly #serverUrl: string;
  readonly #deviceId: DeviceId;

  constructor(queue: Queue, link: ServerLink, serverUrl: string, deviceId: DeviceId) {
    this.#queue = queue;
    this.#link = link;
    this.#serverUrl = serverUrl;
    this.#deviceId = deviceId;
  }

  /**
   * The vault is open: asks for a token, unless there is one. Does nothing without a connection, nor once the vault
   * isn't open any more.
   */
  async ensure({ vaultId, accountName }: VaultSession, isOpen: () => boolean): Promise<void> {
    const known = (await this.#queue.load()).access.find((access) => access.vaultId === vaultId);
    const base = {
      vaultId,
      accountName,
      deviceId: this.#deviceId,
      serverUrl: this.#serverUrl,
      isLocked: false,
    };
    // Each change wakes whoever sends: nothing is written that is there already.
    if (known?.isLocked !== false)
      await this.#queue.setAccess(vaultId, (access) => (isOpen() ? { ...access, ...base } : access));
    if (known?.token !== undefined || !this.#link.isConnected) return;
    const { token } = await this.#link.requestOnce({ type: 'create-upload-session' }, ['upload-session']);
    const own = token.slice();
    await this.#queue.setAccess(vaultId, (access) => (isOpen() ? { ...base, token: own } : access));
  }

  /** The vault is locked: what waits is still sent; if nothing does, the token goes. */
  async locked(vaultId: VaultId): Promise<void> {
    const { entries } = await this.#queue.load();
    const isNeeded = entries.some((entry) => entry.vaultId === vaultId);
    await this.#queue.setAccess(vaultId, (access) => {
      if (access === undefined) return undefined;
      return { ...(isNeeded ? access : withoutToken(access)), isLocked: true };
    });
  }

  /** A token that may have ended with the password that it came from: the next `ensure` asks for another. */
  async renew(session: VaultSession, isOpen: () => boolean): Promise<void> {
    await this.#queue.setAccess(session.vaultId, (access) => access && withoutToken(access));
    await this.ensure(session, isOpen);
  }

  /** The name of the account that is locked on this device. */
  async lockedAccountName(): Promise<string | undefined> {
    const { access } = await this.#queue.load();
    return access.findLast(({ isLocked }: UploadAccess) => isLocked)?.accountName;
  }
}

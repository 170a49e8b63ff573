/**
 * Making accounts and changing their credentials. Changes run one after another: of two accounts with
 * one name, or two uses of one invitation, the second sees the first.
 */
import { equalBytes } from '../../shared/bytes.ts';
import { HoldfastError } from '../../shared/errors.ts';
import type { AccountId } from '../../shared/ids.ts';
import type { ClientMessage, Credential, CredentialKind } from '../../shared/wire/messages.ts';
import type { Clock } from '../ports.ts';
import { Serial } from '../serial.ts';
import type { Account, Store } from '../store/ports.ts';
import type { Invites } from './invites.ts';
import { parseAccountName } from './names.ts';
import type { OpaqueServer } from './opaque-server.ts';
import { hashToken } from './tokens.ts';

export interface AccountsOptions {
  readonly store: Pick<Store, 'accounts' | 'putAccount'>;
  readonly invites: Invites;
  readonly opaque: OpaqueServer;
  readonly clock: Clock;
}

type RegisterStart = Extract<ClientMessage, { readonly type: 'register-start' }>;
type CreateAccount = Extract<ClientMessage, { readonly type: 'create-account' }>;

export class Accounts {
  readonly #options: AccountsOptions;
  readonly #changes = new Serial();

  constructor(options: AccountsOptions) {
    this.#options = options;
  }

  /**
   * OPAQUE's answer for one credential of an account to be made.
   * Throws `invite-invalid`, `name-invalid`, `name-taken`, `malformed`.
   */
  async startRegistration(message: RegisterStart): Promise<string> {
    const { store, invites, opaque } = this.#options;
    await invites.check(message.inviteToken);
    const { folded } = parseAccountName(message.name);
    if ((await store.accounts.findByName(folded)) !== undefined) throw new HoldfastError('name-taken');
    return opaque.registrationResponse({ kind: message.credential, foldedName: folded }, message.request);
  }

  /**
   * Keeps a new account; its invitation is used up. Asking again for the same account changes nothing.
   * The message's bytes are copied before this returns.
   * Throws `invite-invalid`, `name-invalid`, `name-taken`, `malformed`.
   */
  create(message: CreateAccount): Promise<void> {
    const own = ownBytes(message);
    return this.#changes.run(() => this.#create(own));
  }

  /** Replaces one credential; the rest of the account stays. Throws `malformed`, `not-signed-in`. */
  replaceCredential(accountId: AccountId, credential: Credential): Promise<void> {
    const own = ownCredential(credential);
    return this.#changes.run(async () => {
      const account = await this.#options.store.accounts.findById(accountId);
      if (account === undefined) throw new HoldfastError('not-signed-in');
      this.#options.opaque.checkRecord({ kind: own.kind, foldedName: account.foldedName }, own.record);
      const credentials = account.credentials.map((kept) => (kept.kind === own.kind ? own : kept));
      await this.#options.store.putAccount({ ...account, revision: account.revision + 1, credentials });
    });
  }

  async #create(message: CreateAccount): Promise<void> {
    const { store, invites, clock } = this.#options;
    const { shown, folded } = parseAccountName(message.name);
    const inviteHash = hashToken(message.inviteToken);
    const known = await store.accounts.findById(message.accountId);
    if (known !== undefined && isSameAccount(known, message, inviteHash)) return;
    const { role } = await invites.check(message.inviteToken);
    if ((await store.accounts.findByName(folded)) !== undefined) throw new HoldfastError('name-taken');
    if (known !== undefined || (await store.accounts.hasVault(message.vault.vaultId))) {
      throw new HoldfastError('malformed', { detail: 'an account or vault with this id exists' });
    }
    this.#checkCredentials(folded, message.credentials);
    const { accountId, vault, credentials } = message;
    await store.putAccount({
      accountId,
      revision: 1,
      createdAtMs: clock.nowMs(),
      name: shown,
      foldedName: folded,
      role,
      inviteHash,
      vault,
      credentials,
    });
  }

  #checkCredentials(foldedName: string, credentials: readonly Credential[]): void {
    const kinds = new Set<CredentialKind>(credentials.map(({ kind }) => kind));
    if (credentials.length !== 2 || kinds.size !== 2) {
      throw new HoldfastError('malformed', { detail: 'an account has a password and a recovery credential' });
    }
    for (const { kind, record } of credentials)
      this.#options.opaque.checkRecord({ kind, foldedName }, record);
  }
}

/** Whether this very request made the account: its answer was lost and the client asks again. */
function isSameAccount(known: Account, message: CreateAccount, inviteHash: Uint8Array): boolean {
  const records = (credentials: readonly Credential[]) => credentials.map(({ record }) => record).join();
  return (
    equalBytes(known.inviteHash, inviteHash) &&
    known.vault.vaultId === message.vault.vaultId &&
    records(known.credentials) === records(message.credentials)
  );
}

/** The message in memory of its own: a frame's is borrowed. */
function ownBytes(message: CreateAccount): CreateAccount {
  const keys = message.vault.keys.map(({ epoch, wrappedVaultKey }) => ({
    epoch,
    wrappedVaultKey: Uint8Array.from(wrappedVaultKey),
  }));
  const credentials = message.credentials.map(ownCredential);
  return { ...message, vault: { ...message.vault, keys }, credentials };
}

function ownCredential(credential: Credential): Credential {
  return { ...credential, wrappedAccountKey: Uint8Array.from(credential.wrappedAccountKey) };
}

/**
 * Accounts as the client sees them: making one, signing in with password or recovery key, replacing
 * either (PROTOCOL.md, Accounts; FORMAT.md, Keys). Key bytes live in these functions' locals alone.
 */
import { utf8 } from '../../../shared/bytes.ts';
import { deriveSealKey, importDerivationKey, KEY_BYTES } from '../../../shared/crypto/primitives.ts';
import type { Bytes, SealKey } from '../../../shared/crypto/primitives.ts';
import { passwordWrappingKey } from '../../../shared/crypto/password-key.ts';
import { newRecoveryWords, recoveryEntropy, recoverySecrets } from '../../../shared/crypto/recovery-key.ts';
import { unwrapKey, wrapKey } from '../../../shared/crypto/wrapped-key.ts';
import type { WrapContext } from '../../../shared/crypto/wrapped-key.ts';
import { HoldfastError } from '../../../shared/errors.ts';
import { randomId } from '../../../shared/ids.ts';
import type { AccountId, DeviceId, VaultId } from '../../../shared/ids.ts';
import { MAX_ACCOUNT_NAME_BYTES } from '../../../shared/limits.ts';
import type {
  ClientMessage,
  Credential,
  CredentialKind,
  ServerMessage,
  VaultKeys,
} from '../../../shared/wire/messages.ts';
import type { Ask, ServerLink } from '../connection/server-link.ts';
import type { Random, RunOpaque, StoredSession } from '../ports.ts';

const FIRST_EPOCH = 1;
const PASSWORD_MIN_CHARACTERS = 10;

/** An account that exists only here so far. */
export interface PreparedAccount {
  readonly recoveryWords: readonly string[];
  readonly message: Extract<ClientMessage, { readonly type: 'create-account' }>;
}

/** How a person proves themselves: what OPAQUE takes, and which key it opens. */
interface Proof {
  readonly kind: CredentialKind;
  readonly opaquePassword: string;
  /** The key that wraps the account key, from OPAQUE's export key or without it. */
  wrappingKey(exportKey: Bytes): Promise<SealKey>;
}

/** An unwrapped account key and the session that it came with. */
interface SignedIn {
  readonly accountKey: Bytes;
  readonly answer: Extract<ServerMessage, { readonly type: 'signed-in' }>;
}

export class Account {
  readonly #link: ServerLink;
  readonly #random: Random;
  readonly #runOpaque: RunOpaque;

  constructor(link: ServerLink, random: Random, runOpaque: RunOpaque) {
    this.#link = link;
    this.#random = random;
    this.#runOpaque = runOpaque;
  }

  /** Makes all keys of a new account. Throws `name-invalid`, `name-taken`, `password-weak`, `invite-invalid`. */
  async prepare(request: { inviteToken: string; name: string; password: string }): Promise<PreparedAccount> {
    const { inviteToken } = request;
    const name = checkedName(request.name);
    const password = passwordProof(checkedPassword(request.password));
    const recoveryWords = newRecoveryWords(this.#random);
    const recovery = await recoveryProof(recoveryWords.join(' '));
    const accountId = randomId<AccountId>(this.#random);
    const accountKey = this.#newKey();
    const register = async (proof: Proof): Promise<Credential> =>
      this.#credential(proof, accountId, accountKey, async (opaqueRequest) => {
        const { kind: credential } = proof;
        const start = {
          type: 'register-start',
          inviteToken,
          name,
          credential,
          request: opaqueRequest,
        } as const;
        return this.#link.requestOnce(start, ['register-response']);
      });
    const credentials = [await register(password), await register(recovery)];
    const vault = await this.#newVault(accountId, accountKey);
    return {
      recoveryWords,
      message: { type: 'create-account', inviteToken, name, accountId, credentials, vault },
    };
  }

  /** Makes the prepared account exist. Throws `invite-invalid`, `name-taken`. */
  async create(prepared: PreparedAccount): Promise<void> {
    await this.#link.requestOnce(prepared.message, ['done']);
  }

  /** Signs in with a password. Throws `sign-in-failed`, `too-many-attempts`. */
  async signIn(name: string, password: string, deviceId: DeviceId): Promise<StoredSession> {
    const proof = passwordProof(password);
    const signedIn = await this.#link.exchange(async (ask) => this.#prove(ask, name, proof, deviceId));
    return this.#session(name, signedIn);
  }

  /** Signs in with the recovery key and sets a new password. */
  async recover(
    request: { name: string; recoveryWords: string; newPassword: string },
    deviceId: DeviceId,
  ): Promise<StoredSession> {
    const newPassword = passwordProof(checkedPassword(request.newPassword));
    const recovery = await recoveryProof(request.recoveryWords);
    const signedIn = await this.#proveAndReplace(request.name, recovery, newPassword, deviceId);
    return this.#session(request.name, signedIn);
  }

  /** Replaces the password; nothing but the account key is wrapped anew. */
  async changePassword(
    request: { name: string; currentPassword: string; newPassword: string },
    deviceId: DeviceId,
  ): Promise<StoredSession> {
    const newPassword = passwordProof(checkedPassword(request.newPassword));
    const current = passwordProof(request.currentPassword);
    const signedIn = await this.#proveAndReplace(request.name, current, newPassword, deviceId);
    return this.#session(request.name, signedIn);
  }

  /** Prepares a new recovery key; it replaces the old one when `confirm` is called. */
  async prepareRecoveryKey(
    name: string,
    currentPassword: string,
    deviceId: DeviceId,
  ): Promise<{ recoveryWords: readonly string[]; session: StoredSession; confirm: () => Promise<void> }> {
    const current = passwordProof(currentPassword);
    const signedIn = await this.#link.exchange(async (ask) => this.#prove(ask, name, current, deviceId));
    const recoveryWords = newRecoveryWords(this.#random);
    const proof = await recoveryProof(recoveryWords.join(' '));
    const session = await this.#session(name, signedIn);
    const confirm = async (): Promise<void> =>
      this.#link.exchange(async (ask) => this.#replace(ask, proof, signedIn));
    return { recoveryWords, session, confirm };
  }

  async #proveAndReplace(
    name: string,
    proof: Proof,
    replacement: Proof,
    deviceId: DeviceId,
  ): Promise<SignedIn> {
    return this.#link.exchange(async (ask) => {
      const signedIn = await this.#prove(ask, name, proof, deviceId);
      await this.#replace(ask, replacement, signedIn);
      return signedIn;
    });
  }

  /** All in one exchange: over another connection, which knows no challenge, the right password would look wrong. */
  async #prove(ask: Ask, typedName: string, proof: Proof, deviceId: DeviceId): Promise<SignedIn> {
    const name = checkedName(typedName);
    const askChallenge = async (request: string): Promise<string> => {
      const start = { type: 'sign-in-start', name, credential: proof.kind, request } as const;
      return (await ask(start, ['sign-in-challenge'])).response;
    };
    const { message, exportKey } = await this.#runOpaque('sign-in', proof.opaquePassword, askChallenge);
    const answer = await ask({ type: 'sign-in-finish', finish: message, deviceId }, ['signed-in']);
    const wrappingKey = await proof.wrappingKey(exportKey);
    const context = accountKeyContext(proof.kind, answer.accountId);
    const accountKey = await unwrapKey(wrappingKey, context, answer.wrappedAccountKey);
    return {
      accountKey,
      answer: { ...answer, token: answer.token.slice(), vault: copyOfVault(answer.vault) },
    };
  }

  async #replace(ask: Ask, proof: Proof, { accountKey, answer }: SignedIn): Promise<void> {
    const credential = await this.#credential(proof, answer.accountId, accountKey, async (request) =>
      ask({ type: 'credential-start', credential: proof.kind, request }, ['register-response']),
    );
    await ask({ type: 'replace-credential', ...credential }, ['done']);
  }

  async #credential(
    proof: Proof,
    accountId: AccountId,
    accountKey: Bytes,
    ask: (request: string) => Promise<{ readonly response: string }>,
  ): Promise<Credential> {
    const askResponse = async (request: string): Promise<string> => (await ask(request)).response;
    const { message, exportKey } = await this.#runOpaque('registration', proof.opaquePassword, askResponse);
    const wrappingKey = await proof.wrappingKey(exportKey);
    const context = accountKeyContext(proof.kind, accountId);
    return {
      kind: proof.kind,
      record: message,
      wrappedAccountKey: await wrapKey(wrappingKey, context, accountKey, this.#random),
    };
  }

  async #newVault(accountId: AccountId, accountKey: Bytes): Promise<VaultKeys> {
    const vaultId = randomId<VaultId>(this.#random);
    const context = vaultKeyContext(accountId, vaultId, FIRST_EPOCH);
    const wrappedVaultKey = await wrapKey(
      await vaultWrappingKey(accountKey),
      context,
      this.#newKey(),
      this.#random,
    );
    return { vaultId, keys: [{ epoch: FIRST_EPOCH, wrappedVaultKey }] };
  }

  /** Throws `malformed` for a vault without keys or with two of one epoch, before anything of it is kept. */
  async #session(accountName: string, { accountKey, answer }: SignedIn): Promise<StoredSession> {
    const { accountId, role, vault } = answer;
    const epochs = new Set(vault.keys.map(({ epoch }) => epoch));
    if (epochs.size === 0 || epochs.size < vault.keys.length)
      throw new HoldfastError('malformed', { detail: 'keys of a vault' });
    const wrappingKey = await vaultWrappingKey(accountKey);
    const vaultKeys = await Promise.all(
      vault.keys.map(async ({ epoch, wrappedVaultKey }) => {
        const context = vaultKeyContext(accountId, vault.vaultId, epoch);
        return {
          epoch,
          key: await importDerivationKey(await unwrapKey(wrappingKey, context, wrappedVaultKey)),
        };
      }),
    );
    const token = new Uint8Array(answer.token);
    return {
      accountName: checkedName(accountName),
      accountId,
      role,
      token,
      vaultId: vault.vaultId,
      vaultKeys,
    };
  }

  #newKey(): Bytes {
    return this.#random(new Uint8Array(KEY_BYTES));
  }
}

function passwordProof(password: string): Proof {
  return { kind: 'password', opaquePassword: password.normalize('NFC'), wrappingKey: passwordWrappingKey };
}

async function recoveryProof(words: string): Promise<Proof> {
  const { opaquePassword, wrappingKey } = await recoverySecrets(recoveryEntropy(words));
  return { kind: 'recovery', opaquePassword, wrappingKey: async () => Promise.resolve(wrappingKey) };
}

function accountKeyContext(kind: CredentialKind, accountId: AccountId): WrapContext {
  return { kind: `account-key/${kind}`, owner: accountId, keyId: accountId, epoch: 0 };
}

function vaultKeyContext(accountId: AccountId, vaultId: VaultId, epoch: number): WrapContext {
  return { kind: 'vault-key', owner: accountId, keyId: vaultId, epoch };
}

async function vaultWrappingKey(accountKey: Bytes): Promise<SealKey> {
  return deriveSealKey(await importDerivationKey(accountKey), 'holdfast/v1/vault-key');
}

function copyOfVault(vault: VaultKeys): VaultKeys {
  const keys = vault.keys.map(({ epoch, wrappedVaultKey }) => ({
    epoch,
    wrappedVaultKey: wrappedVaultKey.slice(),
  }));
  return { vaultId: vault.vaultId, keys };
}

/** The name as it is sent: normalised, so that every keyboard types the same one. */
function checkedName(typed: string): string {
  const name = typed.normalize('NFC').trim();
  if (name === '' || utf8(name).length > MAX_ACCOUNT_NAME_BYTES) throw new HoldfastError('name-invalid');
  return name;
}

function checkedPassword(password: string): string {
  if (Array.from(password).length < PASSWORD_MIN_CHARACTERS) throw new HoldfastError('password-weak');
  return password;
}

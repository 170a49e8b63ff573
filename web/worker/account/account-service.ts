/** The page's calls about accounts: joins what `account.ts` does on the wire with who is signed in here. */
import { HoldfastError } from '../../../shared/errors.ts';
import type { EngineApi, RecoveryAnswer, SessionState } from '../../bridge/engine-api.ts';
import type { ServerLink } from '../connection/server-link.ts';
import type { Random, RunOpaque, StoredSession } from '../ports.ts';
import type { Device } from '../service-context.ts';
import { Account } from './account.ts';
import { PendingRecoveryCheck } from './recovery-check.ts';

/** What being signed in means to the engine. */
interface SignedInHere {
  session(): SessionState;
  /** Throws `locked`. */
  accountName(): string;
  /** Opens the vault of a session that a person just proved to be theirs. */
  adopt(session: StoredSession, keepUnlocked: boolean): Promise<SessionState>;
  /** Takes up a session that signing in again gave, in place of the current one. */
  renew(session: StoredSession): Promise<void>;
}

interface AccountServiceParts {
  readonly link: ServerLink;
  readonly random: Random;
  readonly runOpaque: RunOpaque;
  readonly device: Device;
  readonly here: SignedInHere;
}

interface AskedWords {
  readonly recoveryWords: readonly string[];
  readonly askPositions: readonly number[];
}

export class AccountService implements Pick<
  EngineApi,
  | 'prepareAccount'
  | 'createAccount'
  | 'signIn'
  | 'recover'
  | 'changePassword'
  | 'prepareRecoveryKey'
  | 'confirmRecoveryKey'
  | 'createInvite'
> {
  readonly #parts: AccountServiceParts;
  readonly #account: Account;
  #check: PendingRecoveryCheck | undefined;

  constructor(parts: AccountServiceParts) {
    this.#parts = parts;
    this.#account = new Account(parts.link, parts.random, parts.runOpaque);
  }

  readonly prepareAccount: EngineApi['prepareAccount'] = async (request) => {
    const prepared = await this.#account.prepare(request);
    return this.#ask(prepared.recoveryWords, async (keepUnlocked) => {
      await this.#account.create(prepared);
      await this.signIn({ ...request, keepUnlocked });
    });
  };

  readonly createAccount: EngineApi['createAccount'] = async ({ answers, keepUnlocked }) => {
    await this.#confirm(answers, keepUnlocked);
    return this.#parts.here.session();
  };

  readonly signIn: EngineApi['signIn'] = async ({ name, password, keepUnlocked }) => {
    const { device, here } = this.#parts;
    return here.adopt(await this.#account.signIn(name, password, device.deviceId), keepUnlocked);
  };

  readonly recover: EngineApi['recover'] = async (request) => {
    const { device, here } = this.#parts;
    return here.adopt(await this.#account.recover(request, device.deviceId), request.keepUnlocked);
  };

  readonly changePassword: EngineApi['changePassword'] = async (request) => {
    const { device, here } = this.#parts;
    const name = here.accountName();
    await here.renew(await this.#account.changePassword({ ...request, name }, device.deviceId));
  };

  readonly prepareRecoveryKey: EngineApi['prepareRecoveryKey'] = async ({ currentPassword }) => {
    const { device, here } = this.#parts;
    const name = here.accountName();
    const prepared = await this.#account.prepareRecoveryKey(name, currentPassword, device.deviceId);
    await here.renew(prepared.session);
    return this.#ask(prepared.recoveryWords, prepared.confirm);
  };

  readonly confirmRecoveryKey: EngineApi['confirmRecoveryKey'] = async (answers) => {
    await this.#confirm(answers, false);
  };

  readonly createInvite: EngineApi['createInvite'] = async () => {
    const invite = await this.#parts.link.requestOnce({ type: 'create-invite' }, ['invite']);
    return { inviteToken: invite.inviteToken, expiresAtMs: invite.expiresAtMs };
  };

  #ask(recoveryWords: readonly string[], onConfirmed: (keepUnlocked: boolean) => Promise<void>): AskedWords {
    this.#check = new PendingRecoveryCheck(recoveryWords, this.#parts.random, onConfirmed);
    return { recoveryWords, askPositions: this.#check.askPositions };
  }

  async #confirm(answers: readonly RecoveryAnswer[], keepUnlocked: boolean): Promise<void> {
    if (this.#check === undefined)
      throw new HoldfastError('internal', { detail: 'no recovery key is prepared' });
    await this.#check.confirm(answers, keepUnlocked);
    this.#check = undefined;
  }
}

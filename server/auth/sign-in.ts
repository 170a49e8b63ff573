/**
 * Signing in with OPAQUE, in two steps. A name that nobody has is answered exactly like a wrong
 * password: same messages, same work, same limit of attempts.
 */
import { HoldfastError } from '../../shared/errors.ts';
import type { AccountId } from '../../shared/ids.ts';
import type { ClientMessage, Credential } from '../../shared/wire/messages.ts';
import type { Clock } from '../ports.ts';
import type { Account, AccountCatalog } from '../store/ports.ts';
import type { AttemptLimiter } from './attempt-limiter.ts';
import { parseAccountName } from './names.ts';
import type { OpaqueServer } from './opaque-server.ts';

type SignInStart = Extract<ClientMessage, { readonly type: 'sign-in-start' }>;

/** A sign-in that waits for the client's proof. */
export interface PendingSignIn {
  readonly state: string;
  /** Undefined, as the record: nobody has the name. */
  readonly accountId: AccountId | undefined;
  readonly record: string | undefined;
  readonly startedAtMs: number;
  readonly limiterKeys: LimiterKeys;
}

/** Who has signed in, and with what. */
export interface Proved {
  readonly account: Account;
  readonly credential: Credential;
}

interface LimiterKeys {
  readonly name: string;
  readonly address: string;
}

export interface SignInOptions {
  readonly accounts: AccountCatalog;
  readonly opaque: OpaqueServer;
  readonly perName: AttemptLimiter;
  readonly perAddress: AttemptLimiter;
  readonly clock: Clock;
}

/** How long the client has for its key stretching. */
const PENDING_LIFETIME_MS = 120_000;

export class SignIn {
  readonly #options: SignInOptions;

  constructor(options: SignInOptions) {
    this.#options = options;
  }

  /**
   * Every start counts as an attempt: a client learns from the answer whether a password is right.
   * Throws `too-many-attempts`, `name-invalid`, `malformed`.
   */
  async start({ name, credential: kind, request }: SignInStart, address: string) {
    const { accounts, opaque, perName, perAddress, clock } = this.#options;
    const { folded: foldedName } = parseAccountName(name);
    const limiterKeys = { name: foldedName, address };
    perAddress.take(address);
    perName.take(foldedName);
    const account = await accounts.findByName(foldedName);
    const credential = account?.credentials.find((candidate) => candidate.kind === kind);
    const { state, response } = opaque.startLogin({ kind, foldedName }, credential?.record, request);
    const pending: PendingSignIn = {
      state,
      accountId: account?.accountId,
      record: credential?.record,
      startedAtMs: clock.nowMs(),
      limiterKeys,
    };
    return { pending, response };
  }

  /**
   * The account whose password the client knows, as it is now: a credential that was replaced since the
   * challenge opens nothing. Throws `sign-in-failed`.
   */
  async finish(pending: PendingSignIn | undefined, finish: string): Promise<Proved> {
    const { opaque, perName, perAddress } = this.#options;
    if (pending === undefined || this.#isLate(pending)) throw new HoldfastError('sign-in-failed');
    const knowsPassword = opaque.finishLogin(pending.state, finish);
    const proved = await this.#current(pending);
    if (!knowsPassword || proved === undefined) throw new HoldfastError('sign-in-failed');
    perName.refund(pending.limiterKeys.name);
    perAddress.refund(pending.limiterKeys.address);
    return proved;
  }

  async #current({ accountId, record }: PendingSignIn): Promise<Proved | undefined> {
    const account = accountId && (await this.#options.accounts.findById(accountId));
    const credential = account?.credentials.find((candidate) => candidate.record === record);
    return account && credential && { account, credential };
  }

  #isLate({ startedAtMs }: PendingSignIn): boolean {
    return this.#options.clock.nowMs() - startedAtMs > PENDING_LIFETIME_MS;
  }
}

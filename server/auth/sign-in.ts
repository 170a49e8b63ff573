/**
 * Signing in with OPAQUE, in two steps. A name that nobody has is answered exactly like a wrong
 * password: same messages, same work, same limit of attempts.
 */
import { HoldfastError } from '../../shared/errors.ts';
import type { ClientMessage, CredentialKind } from '../../shared/wire/messages.ts';
import type { Clock } from '../ports.ts';
import type { Account, AccountCatalog } from '../store/ports.ts';
import type { AttemptLimiter } from './attempt-limiter.ts';
import { parseAccountName } from './names.ts';
import type { OpaqueServer } from './opaque-server.ts';

type SignInStart = Extract<ClientMessage, { readonly type: 'sign-in-start' }>;

/** A sign-in that waits for the client's proof. */
export interface PendingSignIn {
  readonly state: string;
  readonly kind: CredentialKind;
  readonly account: Account | undefined;
  readonly startedAtMs: number;
  readonly limiterKeys: LimiterKeys;
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
    const record = account?.credentials.find((credential) => credential.kind === kind)?.record;
    const { state, response } = opaque.startLogin({ kind, foldedName }, record, request);
    const pending: PendingSignIn = { state, kind, account, startedAtMs: clock.nowMs(), limiterKeys };
    return { pending, response };
  }

  /** The account whose password the client knows. Throws `sign-in-failed`. */
  finish(
    pending: PendingSignIn | undefined,
    finish: string,
  ): { readonly account: Account; readonly kind: CredentialKind } {
    if (pending === undefined || this.#isLate(pending)) throw new HoldfastError('sign-in-failed');
    const proved = this.#options.opaque.finishLogin(pending.state, finish);
    if (!proved || pending.account === undefined) throw new HoldfastError('sign-in-failed');
    this.#options.perName.refund(pending.limiterKeys.name);
    this.#options.perAddress.refund(pending.limiterKeys.address);
    return { account: pending.account, kind: pending.kind };
  }

  #isLate({ startedAtMs }: PendingSignIn): boolean {
    return this.#options.clock.nowMs() - startedAtMs > PENDING_LIFETIME_MS;
  }
}

/** A server that keeps one account as a real one does, and then lies about it when it is signed in to. */
import { ready, server as opaque } from '@serenity-kit/opaque';
import { HoldfastError } from '../../shared/errors.ts';
import type { ClientMessage, CredentialKind, ServerMessage } from '../../shared/wire/messages.ts';
import type { Script } from '../worker/scripted-server.ts';

export type MessageOf<T extends ClientMessage['type']> = Extract<ClientMessage, { readonly type: T }>;
export type SignedIn = Extract<ServerMessage, { readonly type: 'signed-in' }>;

export interface AccountLies {
  /** The OPAQUE answer to a start of signing in. */
  readonly challenge?: (response: string) => string;
  /** What is answered to a right proof. */
  readonly signedIn?: (truth: SignedIn, account: MessageOf<'create-account'>) => SignedIn;
  /** Another long-term secret than the account was made with. */
  readonly setup?: string;
}

export class AccountServer {
  lies: AccountLies = {};
  account: MessageOf<'create-account'> | undefined;
  /** Credentials that were replaced. */
  readonly replaced: MessageOf<'replace-credential'>[] = [];
  readonly #setup: string;
  #asked: CredentialKind = 'password';

  private constructor(setup: string) {
    this.#setup = setup;
  }

  static async create(): Promise<AccountServer> {
    await ready;
    return new AccountServer(opaque.createSetup());
  }

  readonly script: Script = (message) =>
    message.type.startsWith('sign-in-') ? this.#signingIn(message) : this.#keeping(message);

  #signingIn(message: ClientMessage): ServerMessage | undefined {
    if (message.type === 'sign-in-start') return this.#challenge(message);
    return message.type === 'sign-in-finish' ? this.#signedIn() : undefined;
  }

  #keeping(message: ClientMessage): ServerMessage | undefined {
    if (message.type === 'register-start' || message.type === 'credential-start')
      return this.#register(message.credential, message.request);
    if (message.type === 'create-account') this.account = structuredClone(message);
    else if (message.type === 'replace-credential') this.replaced.push(structuredClone(message));
    else return undefined;
    return { type: 'done' };
  }

  #register(kind: CredentialKind, registrationRequest: string): ServerMessage {
    const { registrationResponse } = opaque.createRegistrationResponse({
      serverSetup: this.#setup,
      userIdentifier: `${kind}:ada`,
      registrationRequest,
    });
    return { type: 'register-response', response: registrationResponse };
  }

  #challenge({ credential, request }: MessageOf<'sign-in-start'>): ServerMessage {
    this.#asked = credential;
    const { loginResponse } = opaque.startLogin({
      serverSetup: this.lies.setup ?? this.#setup,
      userIdentifier: `${credential}:ada`,
      registrationRecord: this.#credential().record,
      startLoginRequest: request,
    });
    return { type: 'sign-in-challenge', response: this.lies.challenge?.(loginResponse) ?? loginResponse };
  }

  #signedIn(): ServerMessage {
    const account = this.#known();
    const truth: SignedIn = {
      type: 'signed-in',
      accountId: account.accountId,
      role: 'admin',
      vault: account.vault,
      token: new Uint8Array(32).fill(5),
      wrappedAccountKey: this.#credential().wrappedAccountKey,
      idleTimeoutMs: 1,
      absoluteTimeoutMs: 1,
    };
    return this.lies.signedIn?.(truth, account) ?? truth;
  }

  #credential() {
    const credential = this.#known().credentials.find(({ kind }) => kind === this.#asked);
    if (credential === undefined) throw new HoldfastError('internal');
    return credential;
  }

  #known(): MessageOf<'create-account'> {
    if (this.account === undefined) throw new HoldfastError('internal', { detail: 'no account yet' });
    return this.account;
  }
}

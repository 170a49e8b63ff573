/** Who is signed in on this device, and everything that changes it. Secrets only pass through. */
import type { EngineApi, EngineProblem, RecoveryAnswer, SessionState } from '../bridge/engine-api.ts';
import { Value, type Observable } from './observable.ts';
import type { PreferencesStore } from './preferences.ts';

export type Session =
  { readonly kind: 'starting' } | { readonly kind: 'failed'; readonly problem: EngineProblem } | SessionState;

export interface PreparedKey {
  readonly recoveryWords: readonly string[];
  readonly askPositions: readonly number[];
}

export interface NewAccount {
  readonly inviteToken: string;
  readonly name: string;
  readonly password: string;
}

export class SessionStore {
  readonly #engine: EngineApi;
  readonly #preferences: PreferencesStore;
  readonly #session = new Value<Session>({ kind: 'starting' });

  constructor(engine: EngineApi, preferences: PreferencesStore) {
    this.#engine = engine;
    this.#preferences = preferences;
  }

  get session(): Observable<Session> {
    return this.#session;
  }

  /** Whose vault is locked on this device; undefined while it is open, or nobody's is here. */
  get lockedName(): string | undefined {
    const session = this.#session.value;
    return session.kind === 'signed-out' ? session.lockedAccountName : undefined;
  }

  get isSignedIn(): boolean {
    return this.#session.value.kind === 'signed-in';
  }

  /** Takes what the engine tells. */
  set(session: Session): void {
    this.#session.set(session);
  }

  /** Makes keys for a new account; `createAccount` then makes the account. Rejects as the engine does. */
  prepareAccount(request: NewAccount): Promise<PreparedKey> {
    return this.#engine.prepareAccount(request);
  }

  async createAccount(answers: readonly RecoveryAnswer[], keepUnlocked: boolean): Promise<void> {
    this.#enter(await this.#engine.createAccount({ answers, keepUnlocked }), keepUnlocked);
  }

  async signIn(request: {
    readonly name: string;
    readonly password: string;
    readonly keepUnlocked: boolean;
  }): Promise<void> {
    this.#enter(await this.#engine.signIn(request), request.keepUnlocked);
  }

  async recover(request: {
    readonly name: string;
    readonly recoveryWords: string;
    readonly newPassword: string;
    readonly keepUnlocked: boolean;
  }): Promise<void> {
    this.#enter(await this.#engine.recover(request), request.keepUnlocked);
  }

  async signOut(): Promise<void> {
    await this.#engine.signOut();
    this.#session.set({ kind: 'signed-out' });
  }

  changePassword(request: { readonly currentPassword: string; readonly newPassword: string }): Promise<void> {
    return this.#engine.changePassword(request);
  }

  prepareRecoveryKey(currentPassword: string): Promise<PreparedKey> {
    return this.#engine.prepareRecoveryKey({ currentPassword });
  }

  confirmRecoveryKey(answers: readonly RecoveryAnswer[]): Promise<void> {
    return this.#engine.confirmRecoveryKey(answers);
  }

  createInvite(): Promise<{ readonly inviteToken: string; readonly expiresAtMs: number }> {
    return this.#engine.createInvite();
  }

  #enter(session: SessionState, keepUnlocked: boolean): void {
    if (session.kind === 'signed-in') {
      this.#preferences.change({ accountName: session.accountName, keepUnlocked });
    }
    this.#session.set(session);
  }
}

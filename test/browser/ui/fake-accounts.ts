/** The fake engine's account: one password, one recovery key, no server. */
import type { ConnectionState, RecoveryAnswer, SessionState } from '../../../web/bridge/engine-api.ts';
import { crossing, FakeCalls } from './fake-calls.ts';
import { FAKE_NOW_MS, FAKE_PASSWORD, FAKE_WORDS } from './fake-data.ts';

export class FakeAccounts extends FakeCalls {
  protected session: SessionState;
  protected readonly connection: ConnectionState;

  constructor(session: SessionState, connection: ConnectionState) {
    super();
    this.session = session;
    this.connection = connection;
  }

  start(options: { readonly serverUrl: string; readonly deviceName: string }): Promise<SessionState> {
    return this.answer('start', options, () => this.session);
  }

  prepareAccount(request: {
    readonly inviteToken: string;
    readonly name: string;
    readonly password: string;
  }) {
    return this.answer('prepareAccount', request, () => ({
      recoveryWords: FAKE_WORDS,
      askPositions: [3, 11, 20],
    }));
  }

  createAccount(request: { readonly answers: readonly RecoveryAnswer[]; readonly keepUnlocked: boolean }) {
    return this.answer('createAccount', request, () => {
      checkAnswers(request.answers);
      return this.#enter('mara');
    });
  }

  signIn(request: { readonly name: string; readonly password: string; readonly keepUnlocked: boolean }) {
    return this.answer('signIn', request, () => {
      checkPassword(request.password);
      return this.#enter(request.name);
    });
  }

  recover(request: {
    readonly name: string;
    readonly recoveryWords: string;
    readonly newPassword: string;
    readonly keepUnlocked: boolean;
  }) {
    return this.answer('recover', request, () => {
      if (request.recoveryWords !== FAKE_WORDS.join(' ')) throw crossing('recovery-words-invalid');
      return this.#enter(request.name);
    });
  }

  signOut(): Promise<void> {
    return this.answer('signOut', undefined, () => {
      this.session = { kind: 'signed-out' };
      this.emit({ type: 'session', session: this.session });
    });
  }

  changePassword(request: { readonly currentPassword: string; readonly newPassword: string }): Promise<void> {
    return this.answer('changePassword', request, () => {
      checkPassword(request.currentPassword);
    });
  }

  prepareRecoveryKey(request: { readonly currentPassword: string }) {
    return this.answer('prepareRecoveryKey', request, () => {
      checkPassword(request.currentPassword);
      return { recoveryWords: FAKE_WORDS, askPositions: [1, 9, 24] };
    });
  }

  confirmRecoveryKey(answers: readonly RecoveryAnswer[]): Promise<void> {
    return this.answer('confirmRecoveryKey', answers, () => {
      checkAnswers(answers);
    });
  }

  createInvite() {
    return this.answer('createInvite', undefined, () => ({
      inviteToken: 'kq3vJ8zXw0aTn5uYbC2dLrPm',
      expiresAtMs: FAKE_NOW_MS + 72 * 3_600_000,
    }));
  }

  #enter(accountName: string): SessionState {
    this.session = { kind: 'signed-in', accountName, role: 'admin' };
    this.emit({ type: 'session', session: this.session });
    return this.session;
  }
}

function checkPassword(password: string): void {
  if (password !== FAKE_PASSWORD) throw crossing('sign-in-failed');
}

function checkAnswers(answers: readonly RecoveryAnswer[]): void {
  const right = answers.every(({ position, word }) => FAKE_WORDS[position - 1] === word);
  if (!right) throw crossing('recovery-check-failed');
}

/** Recovery: name, the 24 words of the recovery key, and a new password. */
import { css, html, LitElement } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/textarea/textarea.js';
import type WaTextarea from '@awesome.me/webawesome/dist/components/textarea/textarea.js';
import type { AppModel } from '../../state/app-model.ts';
import { formatRoute } from '../../state/routes.ts';
import { problemFor } from '../../state/types.ts';
import { AccountLines } from '../controllers/account-lines.ts';
import { Task } from '../controllers/task.ts';
import { readRecoveryWords, RECOVERY_WORD_COUNT } from '../recovery-text.ts';
import { base, card, formPage, primaryAction } from '../styles.ts';
import '../components/hf-new-password.ts';

@customElement('hf-page-recover')
export class HfPageRecover extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @state() private _text = '';

  private _password = '';

  private _isGoodEnough = false;

  private readonly _task = new Task(this);

  private readonly _lines = new AccountLines(this, () => this.model, this._task);

  override render() {
    const { words, hint, isComplete } = readRecoveryWords(this._text);
    return html`
      <h1 tabindex="-1">Use your recovery key</h1>
      <p class="lead">The 24 words open your vault and let you set a new password.</p>
      <form class="card" @submit=${this._onSubmit}>
        ${this._lines.renderName('recover-name')}
        <div>
          <wa-textarea
            label="Recovery words"
            rows="5"
            resize="none"
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
            required
            data-testid="recover-words"
            .value=${this._text}
            @input=${this._onText}
          ></wa-textarea>
          <p class="count" aria-live="polite" data-testid="recover-count" ?data-complete=${isComplete}>
            <span class="number">${words.length} of ${RECOVERY_WORD_COUNT} words</span><span>${hint}</span>
          </p>
        </div>
        <hf-new-password
          label="New password"
          field-testid="recover-password"
          @hf-password-changed=${this._onPassword}
        ></hf-new-password>
        ${this._lines.renderEnd('recover-submit', 'Set the new password and sign in')}
      </form>
      <p class="foot"><a href=${formatRoute({ page: 'sign-in' })}>Back to sign-in</a></p>
    `;
  }

  private _onText(event: Event): void {
    this._text = (event.target as WaTextarea).value ?? '';
  }

  private _onPassword(event: HTMLElementEventMap['hf-password-changed']): void {
    this._password = event.detail.password;
    this._isGoodEnough = event.detail.isGoodEnough;
  }

  private readonly _onSubmit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const { words, isComplete } = readRecoveryWords(this._text);
    if (!isComplete) {
      this._task.show(problemFor('recovery-words-invalid'));
      return;
    }
    if (!this._isGoodEnough) {
      this._task.show(problemFor('password-weak'));
      return;
    }
    const done = await this._task.run(() =>
      this.model.session.recover({
        name: this._lines.name,
        recoveryWords: words.join(' '),
        newPassword: this._password,
        keepUnlocked: this._lines.keepUnlocked,
      }),
    );
    if (done) this._text = '';
  };

  static override styles = [
    base,
    card,
    formPage,
    primaryAction,
    css`
      form {
        margin-block: var(--hf-space-l);
      }

      .count {
        display: flex;
        justify-content: space-between;
        gap: var(--hf-space-s);
        margin-block-start: var(--hf-space-xs);
        font-size: var(--hf-text-xs);
        color: var(--hf-text-quiet);
      }

      .count[data-complete] {
        color: var(--hf-good);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-page-recover': HfPageRecover;
  }
}

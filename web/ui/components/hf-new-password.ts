/** A field for a new password, with a hint of how strong it is. */
import { css, html, LitElement } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/input/input.js';
import type WaInput from '@awesome.me/webawesome/dist/components/input/input.js';
import { fire } from '../events.ts';
import { PASSWORD_MIN_LENGTH, passwordStrength } from '../password-strength.ts';
import { base } from '../styles.ts';

@customElement('hf-new-password')
export class HfNewPassword extends LitElement {
  @property() label = 'Password';

  /** The `data-testid` of the input. */
  @property({ attribute: 'field-testid' }) fieldTestId = 'password-input';

  @state() private _password = '';

  get password(): string {
    return this._password;
  }

  clear(): void {
    this._password = '';
  }

  override render() {
    const { score, words } = passwordStrength(this._password);
    const shown = this._password === '' ? 0 : Math.max(1, score);
    return html`<wa-input
        type="password"
        label=${this.label}
        autocomplete="new-password"
        required
        password-toggle
        minlength=${PASSWORD_MIN_LENGTH}
        data-testid=${this.fieldTestId}
        .value=${this._password}
        @input=${this._onInput}
      ></wa-input>
      <div class="meter" data-score=${score}>
        ${[1, 2, 3, 4].map((step) => html`<i ?data-on=${step <= shown}></i>`)}
      </div>
      <p class="words" aria-live="polite">${words}</p>`;
  }

  private _onInput(event: Event): void {
    this._password = (event.target as WaInput).value ?? '';
    fire(this, 'hf-password-changed', {
      password: this._password,
      isGoodEnough: passwordStrength(this._password).score > 0,
    });
  }

  static override styles = [
    base,
    css`
      .meter {
        display: grid;
        grid-template-columns: repeat(4, 1fr);
        gap: var(--hf-space-2xs);
        margin-block: var(--hf-space-xs) var(--hf-space-2xs);
      }

      i {
        block-size: 0.25rem;
        border-radius: var(--hf-radius-full);
        background: var(--hf-border);
        transition: background var(--hf-quick) var(--hf-ease);
      }

      i[data-on] {
        background: var(--hf-bad);
      }

      [data-score='2'] i[data-on] {
        background: var(--hf-warn);
      }

      [data-score='3'] i[data-on],
      [data-score='4'] i[data-on] {
        background: var(--hf-good);
      }

      .words {
        font-size: var(--hf-text-xs);
        color: var(--hf-text-quiet);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-new-password': HfNewPassword;
  }
}

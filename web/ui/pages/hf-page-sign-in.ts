/** Sign-in: name (remembered), password, and whether this device stays unlocked. */
import { css, html, LitElement } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/input/input.js';
import type WaInput from '@awesome.me/webawesome/dist/components/input/input.js';
import type { AppModel } from '../../state/app-model.ts';
import { formatRoute } from '../../state/routes.ts';
import { AccountLines } from '../controllers/account-lines.ts';
import { Task } from '../controllers/task.ts';
import { base, card, formPage, primaryAction } from '../styles.ts';

@customElement('hf-page-sign-in')
export class HfPageSignIn extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @state() private _password = '';

  private readonly _task = new Task(this);

  private readonly _lines = new AccountLines(this, () => this.model, this._task);

  override render() {
    return html`
      <h1 tabindex="-1">Sign in</h1>
      <p class="lead">Open your encrypted vault on this device.</p>
      <form class="card" @submit=${this._onSubmit}>
        ${this._lines.renderName('name-input')}
        <wa-input
          label="Password"
          type="password"
          autocomplete="current-password"
          required
          password-toggle
          data-testid="password-input"
          .value=${this._password}
          @input=${this._onPassword}
        ></wa-input>
        ${this._lines.renderEnd('sign-in', 'Sign in')}
      </form>
      <p class="foot">
        <a href=${formatRoute({ page: 'recover' })} data-testid="to-recover"
          >Forgot your password? Use the recovery key</a
        >
      </p>
      <p class="foot quiet">A new account needs an invitation link from an administrator of this server.</p>
    `;
  }

  private _onPassword(event: Event): void {
    this._password = (event.target as WaInput).value ?? '';
  }

  private readonly _onSubmit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const { name, keepUnlocked } = this._lines;
    const request = { name, password: this._password, keepUnlocked };
    const done = await this._task.run(() => this.model.session.signIn(request));
    if (done) this._password = '';
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

      .foot + .foot {
        margin-block-start: var(--hf-space-s);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-page-sign-in': HfPageSignIn;
  }
}

/** Sign-in: name (remembered), password, and whether this device stays unlocked. */
import { css, html, LitElement } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/input/input.js';
import '@awesome.me/webawesome/dist/components/switch/switch.js';
import type WaInput from '@awesome.me/webawesome/dist/components/input/input.js';
import type WaSwitch from '@awesome.me/webawesome/dist/components/switch/switch.js';
import type { AppModel } from '../../state/app-model.ts';
import { formatRoute } from '../../state/routes.ts';
import { Task } from '../controllers/task.ts';
import { base, card, formPage, primaryAction } from '../styles.ts';
import '../components/hf-problem.ts';

@customElement('hf-page-sign-in')
export class HfPageSignIn extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @state() private _name = '';

  @state() private _password = '';

  @state() private _keepUnlocked = true;

  private readonly _task = new Task(this);

  override connectedCallback(): void {
    super.connectedCallback();
    const { accountName, keepUnlocked } = this.model.preferences.value;
    this._name = accountName;
    this._keepUnlocked = keepUnlocked;
  }

  override render() {
    return html`
      <h1 tabindex="-1">Sign in</h1>
      <p class="lead">Open your encrypted vault on this device.</p>
      <form class="card" @submit=${this._onSubmit}>
        <wa-input
          label="Name"
          autocomplete="username"
          autocapitalize="none"
          spellcheck="false"
          required
          data-testid="name-input"
          .value=${this._name}
          @input=${this._onName}
        ></wa-input>
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
        <wa-switch data-testid="keep-unlocked" .checked=${this._keepUnlocked} @change=${this._onKeepUnlocked}
          >Keep this device unlocked</wa-switch
        >
        <hf-problem .problem=${this._task.problem}></hf-problem>
        <wa-button
          type="submit"
          variant="brand"
          appearance="accent"
          data-testid="sign-in"
          ?loading=${this._task.running}
          >Sign in</wa-button
        >
      </form>
      <p class="foot">
        <a href=${formatRoute({ page: 'recover' })} data-testid="to-recover"
          >Forgot your password? Use the recovery key</a
        >
      </p>
      <p class="foot quiet">A new account needs an invitation link from an administrator of this server.</p>
    `;
  }

  private _onName(event: Event): void {
    this._name = (event.target as WaInput).value ?? '';
  }

  private _onPassword(event: Event): void {
    this._password = (event.target as WaInput).value ?? '';
  }

  private _onKeepUnlocked(event: Event): void {
    this._keepUnlocked = (event.target as WaSwitch).checked;
  }

  private readonly _onSubmit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const request = { name: this._name.trim(), password: this._password, keepUnlocked: this._keepUnlocked };
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

/**
 * Sign-in: name (remembered), password, and whether this device stays unlocked. Of a vault that is merely
 * locked the name is given; what waits in the queue goes on behind it.
 */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import '@awesome.me/webawesome/dist/components/input/input.js';
import type WaInput from '@awesome.me/webawesome/dist/components/input/input.js';
import type { AppModel } from '../../state/app-model.ts';
import { formatRoute } from '../../state/routes.ts';
import { AccountLines } from '../controllers/account-lines.ts';
import { Observe } from '../controllers/observe.ts';
import { Task } from '../controllers/task.ts';
import { plural } from '../format.ts';
import { signOut } from '../sign-out.ts';
import { base, card, formPage, primaryAction } from '../styles.ts';

@customElement('hf-page-sign-in')
export class HfPageSignIn extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @state() private _password = '';

  private readonly _task = new Task(this);

  private readonly _lines = new AccountLines(this, () => this.model, this._task);

  private readonly _outbox = new Observe(this, () => this.model.outbox.state);

  constructor() {
    super();
    new Observe(this, () => this.model.session.session);
  }

  override render() {
    const isLocked = this.model.session.lockedName !== undefined;
    return html`
      <h1 tabindex="-1">${isLocked ? 'Locked' : 'Sign in'}</h1>
      <p class="lead">
        ${isLocked ? 'The password opens your vault on this device again.' : 'Open your encrypted vault on this device.'}
      </p>
      ${this._renderQueue()}
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
        ${this._lines.renderEnd('sign-in', isLocked ? 'Unlock' : 'Sign in')}
      </form>
      <p class="foot">
        <a href=${formatRoute({ page: 'recover' })} data-testid="to-recover"
          >Forgot your password? Use the recovery key</a
        >
      </p>
      ${isLocked ? this._renderSomeoneElse() : renderInvitation()}
    `;
  }

  private _renderQueue(): TemplateResult | typeof nothing {
    const count = this._outbox.value.queue.length;
    if (count === 0) return nothing;
    return html`<a class="queue small" href=${formatRoute({ page: 'queue' })} data-testid="to-queue">
      <wa-icon name="queue"></wa-icon>
      <span
        >${plural(count, 'backup')} ${count === 1 ? 'waits and goes' : 'wait and go'} out without your
        password</span
      >
      <wa-icon name="chevron-right"></wa-icon>
    </a>`;
  }

  private _renderSomeoneElse(): TemplateResult {
    return html`<p class="foot">
      <button type="button" data-testid="someone-else" @click=${this._onSomeoneElse}>
        Sign in as someone else
      </button>
    </p>`;
  }

  private readonly _onSomeoneElse = async (): Promise<void> => {
    await signOut(this.model);
    if (this.model.session.lockedName === undefined) this._lines.clearName();
  };

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

      .queue {
        display: flex;
        align-items: center;
        gap: var(--hf-space-s);
        margin-block-start: var(--hf-space-l);
        padding: var(--hf-space-s) var(--hf-space-m);
        color: var(--hf-text);
        text-decoration: none;
        background: var(--hf-accent-soft);
        border: 1px solid var(--hf-accent-border);
        border-radius: var(--hf-radius-m);
      }

      .queue:hover span {
        text-decoration: underline;
      }

      .queue span {
        flex: 1;
      }

      .queue wa-icon {
        flex: none;
        font-size: 1.1rem;
        color: var(--hf-accent);
      }

      button {
        padding: 0;
        font: inherit;
        color: var(--hf-accent);
        text-decoration: underline;
        text-underline-offset: 0.2em;
        background: none;
        border: none;
        cursor: pointer;
      }
    `,
  ];
}

function renderInvitation(): TemplateResult {
  return html`<p class="foot quiet">
    A new account needs an invitation link from an administrator of this server.
  </p>`;
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-page-sign-in': HfPageSignIn;
  }
}

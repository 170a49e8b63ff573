/** Changes the account's password. Data is not sealed anew: only one key is wrapped again. */
import { css, html, LitElement } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/input/input.js';
import type WaInput from '@awesome.me/webawesome/dist/components/input/input.js';
import type { AppModel } from '../../state/app-model.ts';
import { problemFor } from '../../state/types.ts';
import { Task } from '../controllers/task.ts';
import { base, flow } from '../styles.ts';
import type { HfNewPassword } from './hf-new-password.ts';
import './hf-new-password.ts';
import './hf-problem.ts';

@customElement('hf-change-password')
export class HfChangePassword extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @query('hf-new-password') private readonly _field!: HfNewPassword;

  @state() private _current = '';

  private _isGoodEnough = false;

  private readonly _task = new Task(this);

  override render() {
    return html`<form class="stack" @submit=${this._onSubmit}>
      <wa-input
        label="Current password"
        type="password"
        autocomplete="current-password"
        required
        password-toggle
        data-testid="current-password"
        .value=${this._current}
        @input=${this._onCurrent}
      ></wa-input>
      <hf-new-password
        label="New password"
        field-testid="new-password"
        @hf-password-changed=${this._onPassword}
      ></hf-new-password>
      <hf-problem .problem=${this._task.problem}></hf-problem>
      <div>
        <wa-button
          type="submit"
          appearance="outlined"
          data-testid="change-password"
          ?loading=${this._task.running}
          >Change the password</wa-button
        >
      </div>
    </form>`;
  }

  private _onCurrent(event: Event): void {
    this._current = (event.target as WaInput).value ?? '';
  }

  private _onPassword(event: HTMLElementEventMap['hf-password-changed']): void {
    this._isGoodEnough = event.detail.isGoodEnough;
  }

  private readonly _onSubmit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!this._isGoodEnough) {
      this._task.show(problemFor('password-weak'));
      return;
    }
    const request = { currentPassword: this._current, newPassword: this._field.password };
    const done = await this._task.run(() => this.model.session.changePassword(request));
    if (!done) return;
    this._current = '';
    this._field.clear();
    this.model.notices.toast('success', 'The password is changed. Other devices keep working.');
  };

  static override styles = [
    base,
    flow,
    css`
      :host {
        max-inline-size: var(--hf-form-width);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-change-password': HfChangePassword;
  }
}

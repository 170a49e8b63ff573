/** Makes a new recovery key; the old one stops working once some of the new words were typed back. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/dialog/dialog.js';
import '@awesome.me/webawesome/dist/components/input/input.js';
import type WaInput from '@awesome.me/webawesome/dist/components/input/input.js';
import type { AppModel } from '../../state/app-model.ts';
import type { PreparedKey } from '../../state/session-store.ts';
import { Task } from '../controllers/task.ts';
import { base, flow } from '../styles.ts';
import './hf-problem.ts';
import './hf-recovery-check.ts';
import './hf-recovery-words.ts';

@customElement('hf-new-recovery-key')
export class HfNewRecoveryKey extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @property({ attribute: 'account-name' }) accountName = '';

  @state() private _key: PreparedKey | undefined;

  @state() private _checking = false;

  @state() private _password = '';

  private readonly _task = new Task(this);

  override render() {
    return html`<form class="stack" @submit=${this._onPrepare}>
        <wa-input
          label="Current password"
          type="password"
          autocomplete="current-password"
          required
          password-toggle
          data-testid="recovery-current-password"
          .value=${this._password}
          @input=${this._onPassword}
        ></wa-input>
        ${this._key === undefined ? html`<hf-problem .problem=${this._task.problem}></hf-problem>` : nothing}
        <div>
          <wa-button
            type="submit"
            appearance="outlined"
            data-testid="new-recovery-key"
            ?loading=${this._task.running && this._key === undefined}
            >Make a new recovery key</wa-button
          >
        </div>
      </form>
      <wa-dialog
        label=${this._checking ? 'Check your new recovery key' : 'Your new recovery key'}
        ?open=${this._key !== undefined}
        @wa-hide=${this._onHide}
      >
        <div>${this._key === undefined ? nothing : this._renderKey(this._key)}</div>
      </wa-dialog>`;
  }

  /** In an element that stays, for the reason that hf-restore-dialog tells. */
  private _renderKey(key: PreparedKey): TemplateResult {
    if (!this._checking) {
      return html`<p class="quiet lead">The old key works until you have typed some of these words back.</p>
        <hf-recovery-words
          .words=${key.recoveryWords}
          account-name=${this.accountName}
          @hf-words-kept=${this._onKept}
        ></hf-recovery-words>`;
    }
    return html`<hf-recovery-check
      .positions=${key.askPositions}
      confirm-label="Use the new key"
      ?busy=${this._task.running}
      @hf-words-answered=${this._onAnswered}
    >
      <hf-problem .problem=${this._task.problem}></hf-problem>
    </hf-recovery-check>`;
  }

  private _onPassword(event: Event): void {
    this._password = (event.target as WaInput).value ?? '';
  }

  private _onPrepare(event: Event): void {
    event.preventDefault();
    void this._task.run(async () => {
      this._checking = false;
      this._key = await this.model.session.prepareRecoveryKey(this._password);
      this._password = '';
    });
  }

  private _onKept(): void {
    this._checking = true;
  }

  private readonly _onAnswered = async (event: HTMLElementEventMap['hf-words-answered']): Promise<void> => {
    const done = await this._task.run(() => this.model.session.confirmRecoveryKey(event.detail));
    if (!done) return;
    this._key = undefined;
    this.model.notices.toast('success', 'The new recovery key is in use. The old one no longer works.');
  };

  private _onHide(event: Event): void {
    if (event.target !== event.currentTarget || this._key === undefined) return;
    this._key = undefined;
    this.model.notices.toast('info', 'Nothing was changed: your old recovery key still works.');
  }

  static override styles = [
    base,
    flow,
    css`
      :host {
        max-inline-size: var(--hf-form-width);
      }

      wa-dialog {
        --width: 36rem;
      }

      .lead {
        margin-block-end: var(--hf-space-m);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-new-recovery-key': HfNewRecoveryKey;
  }
}

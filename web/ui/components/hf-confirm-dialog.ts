/** The dialog that asks before something that can't be taken back. */
import { css, html, LitElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/dialog/dialog.js';
import type { AppModel } from '../../state/app-model.ts';
import { Observe } from '../controllers/observe.ts';
import { base } from '../styles.ts';

@customElement('hf-confirm-dialog')
export class HfConfirmDialog extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  private readonly _question = new Observe(this, () => this.model.notices.question);

  override render() {
    const question = this._question.value;
    return html`<wa-dialog
      label=${question?.title ?? ''}
      ?open=${question !== undefined}
      data-testid="confirm-dialog"
      @wa-hide=${this._onHide}
    >
      <p>${question?.text}</p>
      <wa-button slot="footer" appearance="outlined" data-testid="confirm-no" @click=${this._onNo}
        >${question?.cancelLabel ?? 'Cancel'}</wa-button
      >
      <wa-button
        slot="footer"
        variant=${question?.danger === true ? 'danger' : 'brand'}
        data-testid="confirm-yes"
        @click=${this._onYes}
        >${question?.confirmLabel ?? 'Yes'}</wa-button
      >
    </wa-dialog>`;
  }

  private _onYes(): void {
    this._question.value?.answer(true);
  }

  private _onNo(): void {
    this._question.value?.answer(false);
  }

  private _onHide(event: Event): void {
    if (event.target === event.currentTarget) this._question.value?.answer(false);
  }

  static override styles = [
    base,
    css`
      wa-dialog {
        --width: 28rem;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-confirm-dialog': HfConfirmDialog;
  }
}

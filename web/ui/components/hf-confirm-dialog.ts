/** The dialog that asks before something that can't be taken back. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/dialog/dialog.js';
import type { AppModel } from '../../state/app-model.ts';
import type { Question } from '../../state/notices.ts';
import { Observe } from '../controllers/observe.ts';
import { base, flow } from '../styles.ts';

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
      ${question === undefined ? nothing : this._renderQuestion(question)}
    </wa-dialog>`;
  }

  private _renderQuestion(question: Question): TemplateResult {
    const { text, confirmLabel, cancelLabel = 'Cancel', danger = false } = question;
    return html`<p>${text}</p>
      <div class="row">
        <wa-button appearance="outlined" data-testid="confirm-no" @click=${this._onNo}
          >${cancelLabel}</wa-button
        >
        <wa-button variant=${danger ? 'danger' : 'brand'} data-testid="confirm-yes" @click=${this._onYes}
          >${confirmLabel}</wa-button
        >
      </div>`;
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
    flow,
    css`
      wa-dialog {
        --width: 28rem;
      }

      .row {
        justify-content: flex-end;
        margin-block-start: var(--hf-space-l);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-confirm-dialog': HfConfirmDialog;
  }
}

/** The dialog that asks before something that can't be taken back. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/dialog/dialog.js';
import type { AppModel } from '../../state/app-model.ts';
import type { Question } from '../../state/notices.ts';
import { Observe } from '../controllers/observe.ts';
import { base, flow } from '../styles.ts';

@customElement('hf-confirm-dialog')
export class HfConfirmDialog extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  /** What is shown: the question, and while the dialog closes the last one. */
  @state() private _shown: Question | undefined;

  private readonly _question = new Observe(
    this,
    () => this.model.notices.question,
    (question) => {
      if (question !== undefined) this._shown = question;
    },
  );

  override render() {
    return html`<wa-dialog
      label=${this._shown?.title ?? ''}
      ?open=${this._question.value !== undefined}
      data-testid="confirm-dialog"
      @wa-hide=${this._onHide}
      @wa-after-hide=${this._onHidden}
    >
      ${this._shown === undefined ? nothing : this._renderQuestion(this._shown)}
    </wa-dialog>`;
  }

  private _renderQuestion(question: Question): TemplateResult {
    const { text, confirmLabel, cancelLabel = 'Cancel', otherLabel, danger = false } = question;
    return html`<p>${text}</p>
      <div class="row">
        <wa-button appearance="outlined" data-testid="confirm-no" @click=${this._onNo}
          >${cancelLabel}</wa-button
        >
        ${
          otherLabel === undefined
            ? nothing
            : html`<wa-button appearance="outlined" data-testid="confirm-other" @click=${this._onOther}
                >${otherLabel}</wa-button
              >`
        }
        <wa-button variant=${danger ? 'danger' : 'brand'} data-testid="confirm-yes" @click=${this._onYes}
          >${confirmLabel}</wa-button
        >
      </div>`;
  }

  private _onYes(): void {
    this._question.value?.answer('yes');
  }

  private _onOther(): void {
    this._question.value?.answer('other');
  }

  private _onNo(): void {
    this._question.value?.answer('no');
  }

  private _onHide(event: Event): void {
    if (event.target === event.currentTarget) this._question.value?.answer('no');
  }

  private _onHidden(event: Event): void {
    if (event.target === event.currentTarget && this._question.value === undefined) this._shown = undefined;
  }

  static override styles = [
    base,
    flow,
    css`
      wa-dialog {
        --width: 32rem;
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

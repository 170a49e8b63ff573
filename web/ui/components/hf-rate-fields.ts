/** How fast one may send and receive: two fields, with what is wrong with each below it. */
import { css, html, LitElement, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/input/input.js';
import type WaInput from '@awesome.me/webawesome/dist/components/input/input.js';
import type { RateDraft, RateField, RateUnit, Wrongs } from '../../state/network-draft.ts';
import { fire } from '../events.ts';
import { base, wrongField } from '../styles.ts';

const LABELS: Readonly<Record<RateField, string>> = {
  upload: 'Upload, at most',
  download: 'Download, at most',
};

@customElement('hf-rate-fields')
export class HfRateFields extends LitElement {
  @property({ attribute: false }) rates: RateDraft = { upload: '', download: '' };

  @property({ attribute: false }) wrongs: Wrongs<RateField> = {};

  @property({ attribute: false }) unit: RateUnit = 'MB/s';

  override render() {
    return html`${this._renderField('upload')} ${this._renderField('download')}`;
  }

  private _renderField(field: RateField): TemplateResult {
    const words = this.wrongs[field] ?? '';
    return html`<wa-input
      label=${LABELS[field]}
      size="s"
      inputmode="decimal"
      autocomplete="off"
      placeholder="no limit"
      hint=${words}
      ?data-wrong=${words !== ''}
      data-testid=${`rate-${field}`}
      .value=${this.rates[field]}
      @change=${(event: Event) => {
        const text = (event.target as WaInput).value ?? '';
        this.rates = { ...this.rates, [field]: text };
        fire(this, 'hf-rates-changed', this.rates);
      }}
      ><span slot="end" class="quiet">${this.unit}</span></wa-input
    >`;
  }

  static override styles = [
    base,
    wrongField,
    css`
      :host {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr));
        align-items: start;
        gap: var(--hf-space-s) var(--hf-space-m);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-rate-fields': HfRateFields;
  }
}

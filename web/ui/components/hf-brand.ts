/** The mark (a shield that holds a cleat's knot) and the name. */
import { css, html, LitElement, svg } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { base } from '../styles.ts';

@customElement('hf-brand')
export class HfBrand extends LitElement {
  /** Only the mark where there is little room. */
  @property({ type: Boolean, reflect: true }) compact = false;

  override render() {
    return html`${mark}<span>Holdfast</span>`;
  }

  static override styles = [
    base,
    css`
      :host {
        display: inline-flex;
        align-items: center;
        gap: 0.55rem;
        font-size: var(--hf-text-l);
        font-weight: var(--hf-weight-bold);
        letter-spacing: -0.015em;
        color: var(--hf-text);
      }

      svg {
        flex: none;
        inline-size: 1.9rem;
        block-size: 1.9rem;
      }

      @media (max-width: 40rem) {
        :host([compact]) span {
          display: none;
        }
      }

      .shield {
        fill: var(--hf-accent-soft);
        stroke: var(--hf-accent);
      }

      .line {
        fill: none;
        stroke: var(--hf-accent);
      }

      .knot {
        fill: var(--hf-mark);
        stroke: none;
      }
    `,
  ];
}

const mark = html`<svg
  viewBox="0 0 32 32"
  aria-hidden="true"
  stroke-width="2"
  stroke-linejoin="round"
  stroke-linecap="round"
>
  ${svg`<path class="shield" d="M16 2.8l11 4v8.7c0 6.7-4.5 11.6-11 13.7-6.5-2.1-11-7-11-13.7V6.8z"/>
  <path class="line" d="M16 13.5v9.5M10.3 16.8c.2 3.6 2.3 6.2 5.7 6.2s5.5-2.6 5.7-6.2"/>
  <circle class="line" cx="16" cy="10.8" r="2.7"/><circle class="knot" cx="16" cy="10.8" r="1.1"/>`}
</svg>`;

declare global {
  interface HTMLElementTagNameMap {
    'hf-brand': HfBrand;
  }
}

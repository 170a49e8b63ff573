/** An empty state: says why nothing is here and, in its slot, what to do about it. */
import { css, html, LitElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import { base } from '../styles.ts';

@customElement('hf-empty')
export class HfEmpty extends LitElement {
  @property() icon = 'info';

  @property() heading = '';

  @property() text = '';

  /** Whether it is a page of its own: its heading is the page's. */
  @property({ type: Boolean, attribute: 'is-page' }) isPage = false;

  override render() {
    return html`<wa-icon name=${this.icon}></wa-icon>
      ${this.isPage ? html`<h1 tabindex="-1">${this.heading}</h1>` : html`<h2>${this.heading}</h2>`}
      <p class="quiet">${this.text}</p>
      <slot></slot>`;
  }

  static override styles = [
    base,
    css`
      :host {
        display: flex;
        flex-direction: column;
        align-items: center;
        gap: var(--hf-space-xs);
        padding: var(--hf-space-2xl) var(--hf-space-l);
        text-align: center;
      }

      wa-icon {
        font-size: 1.75rem;
        padding: var(--hf-space-s);
        color: var(--hf-accent);
        background: var(--hf-accent-soft);
        border-radius: var(--hf-radius-full);
        margin-block-end: var(--hf-space-xs);
        inline-size: 1.75rem;
        block-size: 1.75rem;
      }

      h1 {
        font-size: var(--hf-text-xl);
      }

      p {
        max-inline-size: 34rem;
      }

      ::slotted(*) {
        margin-block-start: var(--hf-space-s);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-empty': HfEmpty;
  }
}

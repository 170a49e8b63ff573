/** For someone who has not backed up anything yet: what will happen to their files. */
import { css, html, LitElement } from 'lit';
import { customElement } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import { base } from '../styles.ts';

const STEPS = [
  ['lock', 'Sealed here', 'Names and contents are encrypted in this browser, with keys that never leave it.'],
  ['database', 'Stored there', 'The server keeps sealed pieces that it can’t read, each one once.'],
  ['restore', 'Back anywhere', 'Any of your devices restores any file as it was at any backup.'],
] as const;

@customElement('hf-how-it-works')
export class HfHowItWorks extends LitElement {
  override render() {
    return html`<ol>
      ${STEPS.map(
        ([icon, heading, words]) =>
          html`<li>
            <wa-icon name=${icon}></wa-icon>
            <h2>${heading}</h2>
            <p class="quiet small">${words}</p>
          </li>`,
      )}
    </ol>`;
  }

  static override styles = [
    base,
    css`
      ol {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr));
        gap: var(--hf-space-l);
        padding: var(--hf-space-s) var(--hf-space-l);
      }

      li {
        display: grid;
        grid-template-columns: auto 1fr;
        align-content: start;
        gap: var(--hf-space-2xs) var(--hf-space-s);
      }

      wa-icon {
        grid-row: span 2;
        font-size: 1.4rem;
        color: var(--hf-mark);
      }

      h2 {
        font-size: var(--hf-text-m);
      }

      @media (max-width: 40rem) {
        ol {
          padding-inline: var(--hf-space-xs);
        }
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-how-it-works': HfHowItWorks;
  }
}

/** The files that a job could not read or write: which, and why, in plain words. */
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/details/details.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import type { EngineProblem } from '../../state/types.ts';
import { formatCount, plural } from '../format.ts';
import { base } from '../styles.ts';

const SHOWN = 100;

/** Files that kept changing while they were read: marked as in the list of entries. */
const CHANGED: ReadonlySet<EngineProblem['code']> = new Set(['source-changed', 'source-restless']);

@customElement('hf-problem-list')
export class HfProblemList extends LitElement {
  @property({ attribute: false }) problems: readonly EngineProblem[] = [];

  @property({ type: Number, attribute: false }) total = 0;

  @property({ type: Boolean }) open = false;

  override willUpdate(): void {
    this.hidden = this.total === 0;
  }

  override render() {
    if (this.total === 0) return nothing;
    const shown = this.problems.slice(0, SHOWN);
    return html`<wa-details appearance="plain" ?open=${this.open} data-testid="job-problems">
      <span slot="summary" class="summary">${plural(this.total, 'file')} had a problem</span>
      <ul>
        ${shown.map(
          ({ path, words, code }) =>
            html`<li data-code=${code}>
              <span class="path">${path ?? 'A file'}</span>
              <span class="quiet"
                >${CHANGED.has(code) ? html`<wa-icon name="warning"></wa-icon>` : nothing}${words}</span
              >
            </li>`,
        )}
      </ul>
      ${
        this.total > shown.length
          ? html`<p class="quiet small">and ${formatCount(this.total - shown.length)} more, see the log</p>`
          : nothing
      }
    </wa-details>`;
  }

  static override styles = [
    base,
    css`
      wa-details {
        --spacing: var(--hf-space-xs);
        border: 1px solid var(--hf-warn-border);
        border-radius: var(--hf-radius-m);
        background: var(--hf-warn-soft);
        padding-inline: var(--hf-space-xs);
      }

      .summary {
        color: var(--hf-warn);
        font-weight: var(--hf-weight-medium);
      }

      ul {
        display: flex;
        flex-direction: column;
        gap: var(--hf-space-xs);
        max-block-size: 16rem;
        overflow: auto;
      }

      li {
        display: flex;
        flex-direction: column;
        font-size: var(--hf-text-s);
        overflow-wrap: anywhere;
      }

      li wa-icon {
        margin-inline-end: var(--hf-space-2xs);
        vertical-align: -0.15em;
        color: var(--hf-warn);
      }

      .path {
        font-weight: var(--hf-weight-medium);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-problem-list': HfProblemList;
  }
}

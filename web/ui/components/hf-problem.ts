/** What went wrong, in the place where a person looks: words, and the detail for experts. */
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import type { EngineProblem } from '../../state/types.ts';
import { formatBytes } from '../format.ts';
import { base } from '../styles.ts';

@customElement('hf-problem')
export class HfProblem extends LitElement {
  @property({ attribute: false }) problem: EngineProblem | undefined;

  override willUpdate(): void {
    // Out of the way of its parent's gaps while there is nothing to say.
    this.hidden = this.problem === undefined;
  }

  override render() {
    const { problem } = this;
    if (problem === undefined) return nothing;
    return html`<div
      class="box"
      role="alert"
      data-testid="problem"
      data-code=${problem.code}
      data-action=${problem.action}
    >
      <wa-icon name=${problem.action === 'retry' ? 'warning' : 'error'}></wa-icon>
      <div>
        <p>${problem.words}${missingWords(problem)}</p>
        ${problem.path === undefined ? nothing : html`<p class="small">${problem.path}</p>`}
        ${problem.detail === undefined ? nothing : html`<p class="detail">${problem.detail}</p>`}
      </div>
    </div>`;
  }

  static override styles = [
    base,
    css`
      .box {
        display: flex;
        gap: var(--hf-space-xs);
        padding: var(--hf-space-s) var(--hf-space-m);
        color: var(--hf-text);
        background: var(--hf-bad-soft);
        border: 1px solid var(--hf-bad-border);
        border-radius: var(--hf-radius-m);
        overflow-wrap: anywhere;
      }

      wa-icon {
        flex: none;
        margin-block-start: 0.2em;
        color: var(--hf-bad);
      }

      /* It goes on by itself: no reason for alarm. */
      [data-action='retry'] {
        background: var(--hf-warn-soft);
        border-color: var(--hf-warn-border);
      }

      [data-action='retry'] wa-icon {
        color: var(--hf-warn);
      }

      .detail {
        margin-block-start: var(--hf-space-2xs);
        color: var(--hf-text-quiet);
        font-family: var(--hf-font-mono);
        font-size: var(--hf-text-2xs);
      }
    `,
  ];
}

function missingWords({ missingBytes }: EngineProblem): string {
  return missingBytes === undefined ? '' : ` ${formatBytes(missingBytes)} are missing.`;
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-problem': HfProblem;
  }
}

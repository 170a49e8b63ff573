/** What went wrong, in the place where a person looks: words, and the detail for experts. */
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import type { EngineProblem } from '../../state/types.ts';
import { base } from '../styles.ts';

@customElement('hf-problem')
export class HfProblem extends LitElement {
  @property({ attribute: false }) problem: EngineProblem | undefined;

  override render() {
    const { problem } = this;
    if (problem === undefined) return nothing;
    return html`<div class="box" role="alert" data-testid="problem" data-code=${problem.code}>
      <wa-icon name="error"></wa-icon>
      <div>
        <p>${problem.words}</p>
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

      .detail {
        margin-block-start: var(--hf-space-2xs);
        color: var(--hf-text-quiet);
        font-family: var(--hf-font-mono);
        font-size: var(--hf-text-2xs);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-problem': HfProblem;
  }
}

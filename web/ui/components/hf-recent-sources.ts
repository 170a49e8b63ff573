/** Sources that were backed up before: one click backs them up again. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import type { RecentSource } from '../../state/backups.ts';
import { fire } from '../events.ts';
import { formatAgo } from '../format.ts';
import { base, card, flow } from '../styles.ts';

@customElement('hf-recent-sources')
export class HfRecentSources extends LitElement {
  @property({ attribute: false }) sources: readonly RecentSource[] = [];

  @property({ type: Number, attribute: false }) nowMs = 0;

  override render() {
    if (this.sources.length === 0) return nothing;
    return html`<section class="card" aria-labelledby="recent">
      <h2 id="recent">Back up again</h2>
      <ul>
        ${this.sources.map((source) => this._renderSource(source))}
      </ul>
    </section>`;
  }

  private _renderSource(source: RecentSource): TemplateResult {
    return html`<li data-testid="recent-source" data-name=${source.sourceName}>
      <wa-icon name="folder"></wa-icon>
      <div class="name">
        <span>${source.sourceName}</span>
        <span class="quiet small">Backed up ${formatAgo(source.lastUsedMs, this.nowMs)}</span>
      </div>
      <wa-button
        size="s"
        appearance="outlined"
        aria-label=${`Back up ${source.sourceName} again`}
        @click=${() => {
          fire(this, 'hf-recent-chosen', source);
        }}
        >${source.handle === undefined ? 'Choose again' : 'Back up'}</wa-button
      >
    </li>`;
  }

  static override styles = [
    base,
    card,
    flow,
    css`
      li {
        display: flex;
        align-items: center;
        gap: var(--hf-space-s);
        padding-block: var(--hf-space-s);
        border-block-end: var(--hf-line);
      }

      li:last-child {
        border: none;
        padding-block-end: 0;
      }

      h2 {
        margin-block-end: var(--hf-space-xs);
      }

      wa-icon {
        font-size: 1.25rem;
        color: var(--hf-text-quiet);
      }

      .name {
        display: flex;
        flex: 1;
        flex-direction: column;
        min-inline-size: 0;
        overflow-wrap: anywhere;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-recent-sources': HfRecentSources;
  }
}

/** The vault's sources, each with what can be done with it; owns their settings dialog. */
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { AppModel } from '../../state/app-model.ts';
import type { SourceInfo } from '../../state/types.ts';
import { Observe } from '../controllers/observe.ts';
import { base, flow } from '../styles.ts';
import './hf-problem.ts';
import './hf-source-card.ts';
import './hf-source-settings.ts';

@customElement('hf-source-list')
export class HfSourceList extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @state() private _configured: SourceInfo | undefined;

  private readonly _list = new Observe(this, () => this.model.sources.list);

  override render() {
    const { sources, problem } = this._list.value;
    if (sources.length === 0) return nothing;
    return html`<section class="stack-s" aria-labelledby="sources">
        <h2 id="sources">Sources</h2>
        <hf-problem .problem=${problem}></hf-problem>
        ${repeat(
          sources,
          ({ sourceId }) => sourceId,
          (source) =>
            html`<hf-source-card
              .model=${this.model}
              .source=${source}
              @hf-source-settings=${this._onSettings}
            ></hf-source-card>`,
        )}
      </section>
      <hf-source-settings
        .model=${this.model}
        .source=${this._configured}
        @hf-closed=${this._onClosed}
      ></hf-source-settings>`;
  }

  private _onSettings(event: HTMLElementEventMap['hf-source-settings']): void {
    this._configured = event.detail;
  }

  private _onClosed(event: Event): void {
    event.stopPropagation();
    this._configured = undefined;
  }

  static override styles = [
    base,
    flow,
    css`
      h2 {
        margin-block-end: var(--hf-space-2xs);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-source-list': HfSourceList;
  }
}

/** All snapshots, newest first, by source. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import '@awesome.me/webawesome/dist/components/spinner/spinner.js';
import type { AppModel } from '../../state/app-model.ts';
import { formatRoute } from '../../state/routes.ts';
import { groupBySource, type SourceGroup } from '../../state/snapshots-store.ts';
import type { SnapshotInfo, SourceId } from '../../state/types.ts';
import { Observe } from '../controllers/observe.ts';
import { formatAgo, formatBytes, formatDateTime, plural } from '../format.ts';
import { base, card, flow } from '../styles.ts';
import '../components/hf-empty.ts';
import '../components/hf-problem.ts';

const SHOWN_AT_FIRST = 5;

@customElement('hf-page-snapshots')
export class HfPageSnapshots extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @state() private _unfolded: ReadonlySet<SourceId> = new Set();

  private readonly _list = new Observe(this, () => this.model.snapshots.list);

  override render() {
    const { kind, snapshots, problem } = this._list.value;
    return html`
      <h1 tabindex="-1">Snapshots</h1>
      <hf-problem .problem=${problem}></hf-problem>
      ${
        snapshots.length > 0
          ? repeat(
              groupBySource(snapshots),
              ({ sourceId }) => sourceId,
              (group) => this._renderGroup(group),
            )
          : this._renderNone(kind)
      }
    `;
  }

  private _renderNone(kind: 'loading' | 'ready' | 'failed'): TemplateResult | typeof nothing {
    if (kind === 'loading')
      return html`<p class="loading"><wa-spinner></wa-spinner> Loading the snapshots</p>`;
    if (kind === 'failed') return nothing;
    return html`<hf-empty
      class="card"
      icon="history"
      heading="No snapshots yet"
      text="Each backup makes one: your files as they were at that moment. They appear here on all your devices."
    >
      <wa-button variant="brand" href=${formatRoute({ page: 'backup' })}>Back up something</wa-button>
    </hf-empty>`;
  }

  private _renderGroup({ sourceId, sourceName, snapshots }: SourceGroup): TemplateResult {
    const all = this._unfolded.has(sourceId);
    const shown = all ? snapshots : snapshots.slice(0, SHOWN_AT_FIRST);
    return html`<section
      class="card"
      aria-label=${sourceName}
      data-testid="source-group"
      data-name=${sourceName}
    >
      <div class="head">
        <wa-icon name="folder"></wa-icon>
        <h2>${sourceName}</h2>
        <span class="quiet small">${plural(snapshots.length, 'snapshot')}</span>
      </div>
      <ul>
        ${shown.map((snapshot) => this._renderSnapshot(snapshot))}
      </ul>
      ${
        shown.length < snapshots.length
          ? html`<wa-button
              size="s"
              appearance="plain"
              @click=${() => {
                this._unfolded = new Set([...this._unfolded, sourceId]);
              }}
              >Show all ${snapshots.length}</wa-button
            >`
          : nothing
      }
    </section>`;
  }

  private _renderSnapshot(snapshot: SnapshotInfo): TemplateResult {
    const { snapshotId, receivedAtMs, takenAtMs, filesTotal, bytesTotal, problemsTotal, deviceName } =
      snapshot;
    return html`<li>
      <a
        href=${formatRoute({ page: 'snapshot', snapshotId, path: [] })}
        data-testid="snapshot-row"
        data-snapshot=${snapshotId}
        title=${`The server accepted it on ${formatDateTime(receivedAtMs)}`}
      >
        <span class="when">
          <span>${formatDateTime(takenAtMs)}</span>
          <span class="quiet small">${formatAgo(takenAtMs, this.model.nowMs())}</span>
        </span>
        <span class="quiet small device">${deviceName}</span>
        <span class="number files">${plural(filesTotal, 'file')}</span>
        <span class="number size">${formatBytes(bytesTotal)}</span>
        ${
          problemsTotal === 0
            ? html`<span class="state good"><wa-icon name="success" label="Complete"></wa-icon></span>`
            : html`<span class="state warn"
                ><wa-icon name="warning"></wa-icon>${plural(problemsTotal, 'problem')}</span
              >`
        }
        <wa-icon class="go" name="chevron-right"></wa-icon>
      </a>
    </li>`;
  }

  static override styles = [
    base,
    card,
    flow,
    css`
      :host {
        display: flex;
        flex-direction: column;
        gap: var(--hf-space-l);
      }

      .loading {
        display: flex;
        align-items: center;
        gap: var(--hf-space-s);
        color: var(--hf-text-quiet);
      }

      section.card {
        padding-block-end: var(--hf-space-s);
      }

      .head {
        display: flex;
        align-items: center;
        gap: var(--hf-space-s);
        margin-block-end: var(--hf-space-s);
        overflow-wrap: anywhere;
      }

      .head wa-icon {
        font-size: 1.35rem;
        color: var(--hf-accent);
      }

      .head h2 {
        flex: 1;
        min-inline-size: 0;
      }

      li {
        border-block-start: var(--hf-line);
      }

      a {
        display: grid;
        grid-template-columns: minmax(11rem, 2fr) minmax(7rem, 1.5fr) 6.5rem 5.5rem 6.5rem 1rem;
        align-items: center;
        gap: var(--hf-space-m);
        margin-inline: calc(-1 * var(--hf-space-s));
        padding: var(--hf-space-s);
        color: inherit;
        text-decoration: none;
        border-radius: var(--hf-radius-m);
      }

      a:hover {
        background: var(--hf-hover);
      }

      .when {
        display: flex;
        flex-direction: column;
        font-weight: var(--hf-weight-medium);
      }

      .when .small {
        font-weight: var(--hf-weight-normal);
      }

      .files,
      .size {
        text-align: end;
      }

      .state {
        display: flex;
        align-items: center;
        justify-content: flex-end;
        gap: var(--hf-space-2xs);
        font-size: var(--hf-text-s);
      }

      .good {
        color: var(--hf-good);
      }

      .warn {
        color: var(--hf-warn);
      }

      .go {
        color: var(--hf-text-faint);
      }

      @media (max-width: 50rem) {
        a {
          grid-template-columns: 1fr auto 1rem;
          grid-template-areas: 'when size go' 'files state go';
          gap: var(--hf-space-2xs) var(--hf-space-s);
        }

        .device {
          display: none;
        }

        .when {
          grid-area: when;
        }

        .size {
          grid-area: size;
        }

        .files {
          grid-area: files;
          text-align: start;
          font-size: var(--hf-text-s);
          color: var(--hf-text-quiet);
        }

        .state {
          grid-area: state;
        }

        .go {
          grid-area: go;
        }
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-page-snapshots': HfPageSnapshots;
  }
}

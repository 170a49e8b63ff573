/** The trash: snapshots that were removed, how long they can still come back, and bringing them back. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import '@awesome.me/webawesome/dist/components/spinner/spinner.js';
import type { AppModel } from '../../state/app-model.ts';
import { formatRoute } from '../../state/routes.ts';
import { trashedOnes } from '../../state/snapshots-store.ts';
import type { SnapshotInfo } from '../../state/types.ts';
import { Observe } from '../controllers/observe.ts';
import { Task } from '../controllers/task.ts';
import { formatBytes, formatDateTime, plural } from '../format.ts';
import { base, card, flow, pageColumn } from '../styles.ts';
import '../components/hf-empty.ts';
import '../components/hf-problem.ts';

const DAY_MS = 86_400_000;
const SOON_DAYS = 7;

@customElement('hf-page-trash')
export class HfPageTrash extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  private readonly _list = new Observe(this, () => this.model.snapshots.list);

  private readonly _task = new Task(this);

  override render() {
    const { kind, snapshots } = this._list.value;
    const trashed = trashedOnes(snapshots);
    return html`
      <header>
        <a class="back" href=${formatRoute({ page: 'snapshots' })}
          ><wa-icon name="chevron-left"></wa-icon>History</a
        >
        <h1 tabindex="-1">Trash</h1>
      </header>
      <hf-problem .problem=${this._task.problem}></hf-problem>
      ${trashed.length === 0 ? this._renderNone(kind) : this._renderList(trashed)}
    `;
  }

  private _renderNone(kind: 'loading' | 'ready' | 'failed'): TemplateResult {
    if (kind === 'loading')
      return html`<p class="loading"><wa-spinner></wa-spinner> Loading the snapshots</p>`;
    return html`<hf-empty
      class="card"
      icon="trash"
      heading="The trash is empty"
      text="Snapshots that you remove, or that a source’s settings thin out, stay here for a while before they are erased."
    ></hf-empty>`;
  }

  private _renderList(trashed: readonly SnapshotInfo[]): TemplateResult {
    return html`<section class="card" aria-label="Removed snapshots">
      <div class="row spread">
        <p class="quiet">
          ${plural(trashed.length, 'snapshot')}. Their room is given back once they are erased.
        </p>
        ${
          trashed.length < 2
            ? nothing
            : html`<wa-button
                size="s"
                appearance="outlined"
                data-testid="restore-all-trashed"
                ?loading=${this._task.running}
                @click=${() => {
                  this._bringBack(trashed);
                }}
                >Bring all back</wa-button
              >`
        }
      </div>
      <ul>
        ${repeat(
          trashed,
          ({ snapshotId }) => snapshotId,
          (snapshot) => this._renderSnapshot(snapshot),
        )}
      </ul>
    </section>`;
  }

  private _renderSnapshot(snapshot: SnapshotInfo): TemplateResult {
    const { snapshotId, sourceName, takenAtMs, bytesTotal, eraseAtMs = 0 } = snapshot;
    const days = Math.max(0, Math.ceil((eraseAtMs - this.model.nowMs()) / DAY_MS));
    return html`<li data-testid="trashed" data-snapshot=${snapshotId} data-days=${days}>
      <a href=${formatRoute({ page: 'snapshot', snapshotId, path: [] })}>
        <strong>${sourceName}</strong>
        <span class="quiet small">${formatDateTime(takenAtMs)}, ${formatBytes(bytesTotal)}</span>
      </a>
      <span
        class="left number small"
        ?data-soon=${days <= SOON_DAYS}
        title=${`Erased on ${formatDateTime(eraseAtMs)}`}
      >
        <wa-icon name="clock"></wa-icon>${days === 0 ? 'Erased today' : `${plural(days, 'day')} left`}
      </span>
      <wa-button
        size="s"
        appearance="outlined"
        data-testid="bring-back"
        aria-label=${`Bring back ${sourceName} of ${formatDateTime(takenAtMs)}`}
        ?disabled=${this._task.running}
        @click=${() => {
          this._bringBack([snapshot]);
        }}
      >
        <wa-icon slot="start" name="restore"></wa-icon>Bring back
      </wa-button>
    </li>`;
  }

  private _bringBack(snapshots: readonly SnapshotInfo[]): void {
    const ids = snapshots.map(({ snapshotId }) => snapshotId);
    void this._task.run(async () => {
      await this.model.snapshots.mark(ids, 'kept');
      this.model.notices.toast('success', `${plural(ids.length, 'snapshot')} brought back.`);
    });
  }

  static override styles = [
    base,
    card,
    flow,
    pageColumn,
    css`
      ul {
        margin-block-start: var(--hf-space-s);
      }

      li {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto auto;
        align-items: center;
        gap: var(--hf-space-xs) var(--hf-space-m);
        padding-block: var(--hf-space-s);
        border-block-start: var(--hf-line);
      }

      li a {
        display: flex;
        flex-direction: column;
        color: inherit;
        text-decoration: none;
        overflow-wrap: anywhere;
      }

      li a:hover strong {
        color: var(--hf-accent);
        text-decoration: underline;
        text-underline-offset: 0.2em;
      }

      .left {
        display: flex;
        align-items: center;
        gap: var(--hf-space-2xs);
        color: var(--hf-text-quiet);
      }

      .left[data-soon] {
        color: var(--hf-warn);
      }

      @media (max-width: 40rem) {
        li {
          grid-template-columns: minmax(0, 1fr) auto;
        }

        li wa-button {
          grid-column: 1 / -1;
        }
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-page-trash': HfPageTrash;
  }
}

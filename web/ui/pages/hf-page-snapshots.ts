/** The history: every source's snapshots along a line of time; chosen ones are compared, pinned or removed. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import '@awesome.me/webawesome/dist/components/spinner/spinner.js';
import type { AppModel } from '../../state/app-model.ts';
import { formatRoute } from '../../state/routes.ts';
import { groupBySource, keptOnes, trashedOnes } from '../../state/snapshots-store.ts';
import { problemOf, type SnapshotId, type SnapshotInfo, type SourceId } from '../../state/types.ts';
import { Observe } from '../controllers/observe.ts';
import { formatCount } from '../format.ts';
import { removeSnapshots } from '../remove-snapshots.ts';
import { base, card, flow, pageColumn } from '../styles.ts';
import '../components/hf-empty.ts';
import '../components/hf-problem.ts';
import '../components/hf-timeline.ts';
import '../components/hf-verify-dialog.ts';

@customElement('hf-page-snapshots')
export class HfPageSnapshots extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  /** The one source to show; all of them if undefined. */
  @property({ attribute: false }) sourceId: SourceId | undefined;

  @state() private _chosen: ReadonlySet<SnapshotId> = new Set();

  @state() private _verified: SnapshotInfo | undefined;

  private readonly _list = new Observe(this, () => this.model.snapshots.list);

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('sourceId')) this._chosen = new Set();
  }

  override render() {
    const { kind, snapshots, problem } = this._list.value;
    const kept = keptOnes(snapshots);
    const groups = groupBySource(kept).filter(
      ({ sourceId }) => this.sourceId === undefined || sourceId === this.sourceId,
    );
    return html`
      ${this._renderHead(snapshots)}
      <hf-problem .problem=${problem}></hf-problem>
      ${
        groups.length === 0
          ? this._renderNone(kind)
          : repeat(
              groups,
              ({ sourceId }) => sourceId,
              (group) =>
                html`<hf-timeline
                  .model=${this.model}
                  .group=${group}
                  .chosen=${this._chosen}
                  .alone=${groups.length === 1}
                  @hf-snapshot-chosen=${this._onChosen}
                  @hf-verify-wanted=${this._onVerify}
                ></hf-timeline>`,
            )
      }
      ${this._renderBar(kept.filter(({ snapshotId }) => this._chosen.has(snapshotId)))}
      <hf-verify-dialog
        .model=${this.model}
        .snapshot=${this._verified}
        @hf-closed=${this._onVerifyClosed}
      ></hf-verify-dialog>
    `;
  }

  private _renderHead(snapshots: readonly SnapshotInfo[]): TemplateResult {
    const trashed = trashedOnes(snapshots).length;
    return html`<header>
      ${
        this.sourceId === undefined
          ? nothing
          : html`<a class="back" href=${formatRoute({ page: 'snapshots' })}
              ><wa-icon name="chevron-left"></wa-icon>All sources</a
            >`
      }
      <div class="row spread">
        <h1 tabindex="-1">History</h1>
        <div class="row">
          <wa-button size="s" appearance="outlined" href=${formatRoute({ page: 'search', text: '' })}>
            <wa-icon slot="start" name="search"></wa-icon>Search
          </wa-button>
          <wa-button
            size="s"
            appearance="outlined"
            data-testid="to-trash"
            href=${formatRoute({ page: 'trash' })}
          >
            <wa-icon slot="start" name="trash"></wa-icon
            >Trash${trashed === 0 ? '' : ` (${formatCount(trashed)})`}
          </wa-button>
        </div>
      </div>
    </header>`;
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

  /** What can be done with the chosen ones; it stays in sight at the bottom. */
  private _renderBar(chosen: readonly SnapshotInfo[]): TemplateResult | typeof nothing {
    if (chosen.length === 0) return nothing;
    const pinned = chosen.some(({ mark }) => mark === 'pinned');
    return html`<div class="bar" role="toolbar" aria-label="Chosen snapshots" data-testid="chosen-bar">
      <span class="row">
        <span class="number">${formatCount(chosen.length)} chosen</span>
        <wa-button size="s" appearance="plain" data-testid="clear-chosen" @click=${this._onClear}>
          <wa-icon name="xmark" label="Choose none"></wa-icon>
        </wa-button>
      </span>
      <span class="row">
        <wa-button
          size="s"
          variant="brand"
          appearance="filled"
          data-testid="compare-chosen"
          ?disabled=${chosen.length !== 2}
          @click=${() => {
            this._compare(chosen);
          }}
        >
          <wa-icon slot="start" name="compare"></wa-icon>${chosen.length === 2 ? 'Compare' : 'Compare two'}
        </wa-button>
        <wa-button
          size="s"
          appearance="outlined"
          data-testid="pin-chosen"
          @click=${() => {
            void this._pin(chosen, !pinned);
          }}
        >
          <wa-icon slot="start" name="pin"></wa-icon>${pinned ? 'Unpin' : 'Pin'}
        </wa-button>
        <wa-button
          size="s"
          appearance="outlined"
          variant="danger"
          data-testid="remove-chosen"
          ?disabled=${pinned}
          @click=${() => {
            void this._remove(chosen);
          }}
        >
          <wa-icon slot="start" name="trash"></wa-icon>Remove
        </wa-button>
      </span>
    </div>`;
  }

  private _compare(chosen: readonly SnapshotInfo[]): void {
    const [before, after] = [...chosen].sort((a, b) => a.takenAtMs - b.takenAtMs);
    if (before === undefined || after === undefined) return;
    this.model.router.go({ page: 'compare', before: before.snapshotId, after: after.snapshotId });
  }

  private async _pin(chosen: readonly SnapshotInfo[], pin: boolean): Promise<void> {
    try {
      const ids = chosen.map(({ snapshotId }) => snapshotId);
      await this.model.snapshots.mark(ids, pin ? 'pinned' : 'kept');
      this._onClear();
    } catch (error) {
      this.model.notices.problem(problemOf(error));
    }
  }

  private async _remove(chosen: readonly SnapshotInfo[]): Promise<void> {
    if (await removeSnapshots(this.model, chosen)) this._onClear();
  }

  private _onChosen(event: HTMLElementEventMap['hf-snapshot-chosen']): void {
    const next = new Set(this._chosen);
    if (event.detail.chosen) next.add(event.detail.snapshotId);
    else next.delete(event.detail.snapshotId);
    this._chosen = next;
  }

  private _onClear(): void {
    this._chosen = new Set();
  }

  private _onVerify(event: HTMLElementEventMap['hf-verify-wanted']): void {
    this._verified = this.model.snapshots.find(event.detail);
  }

  private _onVerifyClosed(event: Event): void {
    event.stopPropagation();
    this._verified = undefined;
  }

  static override styles = [
    base,
    card,
    flow,
    pageColumn,
    css`
      .bar {
        position: sticky;
        inset-block-end: var(--hf-space-m);
        z-index: 5;
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: var(--hf-space-xs) var(--hf-space-m);
        padding: var(--hf-space-xs) var(--hf-space-m);
        background: var(--hf-raised);
        border: 1px solid var(--hf-accent-border);
        border-radius: var(--hf-radius-l);
        box-shadow: var(--hf-shadow-raised);
      }

      @media (max-width: 56rem) {
        .bar {
          inset-block-end: calc(var(--hf-bottom-nav-height) + var(--hf-space-s));
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

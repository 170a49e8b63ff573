/** The snapshots of one source along a line of time, newest first, in groups of days and months. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import type { AppModel } from '../../state/app-model.ts';
import { formatRoute } from '../../state/routes.ts';
import type { SourceGroup } from '../../state/snapshots-store.ts';
import type { SnapshotId, SnapshotInfo } from '../../state/types.ts';
import { plural } from '../format.ts';
import { base, card, flow } from '../styles.ts';
import { groupByTime, type TimeGroup } from '../timeline-groups.ts';
import './hf-snapshot-row.ts';

const SHOWN_AT_FIRST = 5;
const MORE = 100;

@customElement('hf-timeline')
export class HfTimeline extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @property({ attribute: false }) group!: SourceGroup;

  @property({ attribute: false }) chosen: ReadonlySet<SnapshotId> = new Set();

  /** Whether the page is about this source alone. */
  @property({ type: Boolean, attribute: false }) alone = false;

  @state() private _shown = SHOWN_AT_FIRST;

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('alone') && this.alone) this._shown = MORE;
  }

  override render() {
    const { sourceId, sourceName, snapshots } = this.group;
    const groups = groupByTime(snapshots.slice(0, this._shown), this.model.nowMs());
    return html`<section
      class="card"
      aria-label=${sourceName}
      data-testid="source-group"
      data-name=${sourceName}
    >
      <div class="head">
        <wa-icon name="folder"></wa-icon>
        <h2>
          ${
            this.alone
              ? sourceName
              : html`<a href=${formatRoute({ page: 'snapshots', sourceId })}>${sourceName}</a>`
          }
        </h2>
        <span class="quiet small">${plural(snapshots.length, 'snapshot')}</span>
      </div>
      ${repeat(
        groups,
        ({ title }) => title,
        (group) => this._renderGroup(group),
      )}
      ${this._shown < snapshots.length ? this._renderMore(snapshots.length) : nothing}
    </section>`;
  }

  private _renderGroup({ title, isMonth, snapshots }: TimeGroup): TemplateResult {
    return html`<div class="group">
      <h3>${title}</h3>
      <ul>
        ${repeat(
          snapshots,
          ({ snapshotId }) => snapshotId,
          (snapshot) => html`<li>${this._renderSnapshot(snapshot, isMonth)}</li>`,
        )}
      </ul>
    </div>`;
  }

  private _renderSnapshot(snapshot: SnapshotInfo, withDay: boolean): TemplateResult {
    const { snapshots } = this.group;
    return html`<hf-snapshot-row
      .model=${this.model}
      .snapshot=${snapshot}
      .earlier=${snapshots[snapshots.indexOf(snapshot) + 1]}
      .chosen=${this.chosen.has(snapshot.snapshotId)}
      .withDay=${withDay}
    ></hf-snapshot-row>`;
  }

  private _renderMore(total: number): TemplateResult {
    const next = Math.min(total, this._shown + MORE);
    return html`<wa-button
      size="s"
      appearance="plain"
      data-testid="show-more"
      @click=${() => {
        this._shown = next;
      }}
      >${next === total ? `Show all ${total}` : `Show ${MORE} more of ${total}`}</wa-button
    >`;
  }

  static override styles = [
    base,
    card,
    flow,
    css`
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

      .head a {
        color: inherit;
        text-decoration: none;
      }

      .head a:hover {
        color: var(--hf-accent);
        text-decoration: underline;
      }

      .group {
        content-visibility: auto;
        contain-intrinsic-block-size: auto 10rem;
      }

      h3 {
        padding-block: var(--hf-space-xs) var(--hf-space-2xs);
        padding-inline-start: var(--hf-space-xl);
        font-size: var(--hf-text-s);
        color: var(--hf-text-quiet);
      }

      /* The line of time, with a bead at each snapshot */
      ul {
        margin-inline-start: var(--hf-space-m);
        padding-inline-start: var(--hf-space-m);
        border-inline-start: 2px solid var(--hf-border);
      }

      wa-button {
        margin-block: var(--hf-space-xs);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-timeline': HfTimeline;
  }
}

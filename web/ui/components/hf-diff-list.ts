/** The entries that differ between two snapshots, a window of them at a time. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import { formatRoute } from '../../state/routes.ts';
import type { EntryChange, SnapshotId } from '../../state/types.ts';
import { WindowRows } from '../controllers/window-rows.ts';
import { CHANGE_WORDS } from '../change-words.ts';
import { cssProperties } from '../directives/css-properties.ts';
import { formatBytes } from '../format.ts';
import { base, windowed } from '../styles.ts';

const ROW_PX = 52;

@customElement('hf-diff-list')
export class HfDiffList extends LitElement {
  @property({ attribute: false }) changes: readonly EntryChange[] = [];

  /** Where links to removed entries lead, and to all others. */
  @property({ attribute: false }) fromId!: SnapshotId;

  @property({ attribute: false }) toId!: SnapshotId;

  private readonly _window = new WindowRows(
    this,
    () => this.renderRoot.querySelector<HTMLElement>('.scroller'),
    () => this.renderRoot.querySelector<HTMLElement>('.line')?.offsetHeight ?? ROW_PX,
  );

  override updated(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('changes')) this.renderRoot.querySelector('.scroller')?.scrollTo({ top: 0 });
  }

  override render() {
    const { first, end } = this._window.rows(this.changes.length);
    return html`<div
      class="scroller"
      tabindex="0"
      role="region"
      aria-label="Differences"
      data-testid="diff-list"
    >
      <ul class="body" ${cssProperties({ '--rows': this.changes.length })}>
        ${repeat(
          this.changes.slice(first, end),
          (change) => change,
          (change, index) => this._renderChange(change, first + index),
        )}
      </ul>
    </div>`;
  }

  private _renderChange(change: EntryChange, index: number): TemplateResult {
    const { kind, path } = change;
    const { icon, word } = CHANGE_WORDS[kind];
    const folder = path.slice(0, -1);
    const snapshotId = kind === 'removed' ? this.fromId : this.toId;
    return html`<li
      class="line"
      data-testid="diff-row"
      data-kind=${kind}
      data-path=${path.join('/')}
      aria-setsize=${this.changes.length}
      aria-posinset=${index + 1}
      ${cssProperties({ '--row': index })}
    >
      <wa-icon name=${icon} label=${word}></wa-icon>
      <a
        class="path"
        href=${formatRoute({ page: 'snapshot', snapshotId, path: folder })}
        title=${path.join('/')}
      >
        <span class="name">${path.at(-1) ?? ''}</span>
        <span class="folder"
          >${change.kind === 'moved' ? `from ${change.from.join('/')}` : folder.join('/')}</span
        >
      </a>
      <span class="size number">${this._renderSize(change)}</span>
    </li>`;
  }

  private _renderSize(change: EntryChange): TemplateResult | string {
    if (change.kind !== 'changed') return formatBytes(change.sizeBytes);
    const grown = change.sizeBytes - change.sizeBeforeBytes;
    return html`${formatBytes(change.sizeBytes)}${
      grown === 0
        ? nothing
        : html`<span class="grown">${grown > 0 ? '+' : '−'}${formatBytes(Math.abs(grown))}</span>`
    }`;
  }

  static override styles = [
    base,
    windowed,
    css`
      .line {
        grid-template-columns: auto minmax(0, 1fr) auto;
      }

      wa-icon {
        padding: 0.3rem;
        font-size: 0.95rem;
        color: var(--hf-accent);
        background: var(--hf-accent-soft);
        border-radius: var(--hf-radius-s);
      }

      [data-kind='added'] wa-icon {
        color: var(--hf-good);
        background: var(--hf-good-soft);
      }

      [data-kind='removed'] wa-icon {
        color: var(--hf-bad);
        background: var(--hf-bad-soft);
      }

      [data-kind='moved'] wa-icon {
        color: var(--hf-mark);
        background: var(--hf-mark-soft);
      }

      a {
        display: flex;
        flex-direction: column;
        color: inherit;
        text-decoration: none;
        line-height: var(--hf-leading-tight);
      }

      a:hover .name {
        color: var(--hf-accent);
        text-decoration: underline;
        text-underline-offset: 0.2em;
      }

      .name,
      .folder {
        overflow: hidden;
        text-overflow: ellipsis;
      }

      [data-kind='removed'] .name {
        text-decoration: line-through;
        text-decoration-color: var(--hf-bad);
      }

      .folder {
        font-size: var(--hf-text-xs);
        color: var(--hf-text-quiet);
      }

      .size {
        display: flex;
        flex-direction: column;
        align-items: flex-end;
        font-size: var(--hf-text-s);
        line-height: var(--hf-leading-tight);
      }

      .grown {
        font-size: var(--hf-text-xs);
        color: var(--hf-text-quiet);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-diff-list': HfDiffList;
  }
}

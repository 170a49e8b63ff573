/**
 * The entries of one folder as a grid: windowed, with several selectable, and all of it by keyboard.
 * The grid keeps the focus; the active row is told by `aria-activedescendant`.
 */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import type { EntryInfo } from '../../state/types.ts';
import { WindowRows } from '../controllers/window-rows.ts';
import { cssProperties } from '../directives/css-properties.ts';
import { entryIcon, sortEntries, type SortColumn, type Sorting } from '../entry-order.ts';
import { fire } from '../events.ts';
import { formatBytes, formatDateTime } from '../format.ts';
import { base } from '../styles.ts';
import { entryKeys, type EntryKeysHost } from './entry-keys.ts';

const COLUMNS: readonly (readonly [SortColumn, string])[] = [
  ['name', 'Name'],
  ['size', 'Size'],
  ['modified', 'Modified'],
];

@customElement('hf-entry-list')
export class HfEntryList extends LitElement implements EntryKeysHost {
  @property({ attribute: false }) entries: readonly EntryInfo[] = [];

  @property({ attribute: false }) selected: ReadonlySet<string> = new Set();

  @property() label = 'Files';

  @state() private _active = 0;

  @state() private _sorting: Sorting = { column: 'name', descending: false };

  private _sorted: readonly EntryInfo[] = [];

  private _anchor = 0;

  private readonly _window = new WindowRows(
    this,
    () => this.renderRoot.querySelector<HTMLElement>('.scroller'),
    () => this._rowHeightPx(),
  );

  get rows(): readonly EntryInfo[] {
    return this._sorted;
  }

  get active(): number {
    return this._active;
  }

  get pageRows(): number {
    return this._window.pageRows;
  }

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('entries') || changed.has('_sorting'))
      this._sorted = sortEntries(this.entries, this._sorting);
    if (changed.has('entries')) {
      this._active = 0;
      this._anchor = 0;
    }
  }

  override updated(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('entries')) this.renderRoot.querySelector('.scroller')?.scrollTo({ top: 0 });
  }

  override focus(): void {
    this.renderRoot.querySelector<HTMLElement>('.scroller')?.focus();
  }

  override render() {
    const { first, end } = this._window.rows(this._sorted.length);
    return html`<div
      class="scroller"
      role="grid"
      tabindex="0"
      aria-label=${this.label}
      aria-multiselectable="true"
      aria-rowcount=${this._sorted.length + 1}
      aria-activedescendant=${this._sorted.length === 0 ? nothing : `row-${this._active}`}
      data-testid="entry-list"
      @keydown=${this._onKeydown}
      @click=${this._onClick}
    >
      ${this._renderHead()}
      <div class="body" role="rowgroup" ${cssProperties({ '--rows': this._sorted.length })}>
        ${repeat(
          this._sorted.slice(first, end),
          ({ name }) => name,
          (entry, index) => this._renderRow(entry, first + index),
        )}
      </div>
    </div>`;
  }

  private _renderHead(): TemplateResult {
    const all = this._sorted.length > 0 && this.selected.size === this._sorted.length;
    return html`<div class="head" role="rowgroup">
      <div class="line" role="row" aria-rowindex="1">
        <span role="columnheader" class="check" title="Select all" data-testid="select-all">
          <span class="box" ?data-on=${all}><wa-icon name="check"></wa-icon></span
          ><span class="unseen">Selected</span>
        </span>
        ${COLUMNS.map(([column, label]) => this._renderColumn(column, label))}
      </div>
    </div>`;
  }

  private _renderColumn(column: SortColumn, label: string): TemplateResult {
    const { _sorting: sorting } = this;
    const direction = sorting.descending ? 'descending' : 'ascending';
    const sorted = sorting.column === column;
    return html`<span role="columnheader" class=${column} aria-sort=${sorted ? direction : 'none'}>
      <button
        type="button"
        @click=${() => {
          this._sorting = { column, descending: sorted && !sorting.descending };
        }}
      >
        ${label}${sorted ? html`<wa-icon name="chevron-down" ?data-up=${!sorting.descending}></wa-icon>` : nothing}
      </button>
    </span>`;
  }

  private _renderRow(entry: EntryInfo, index: number): TemplateResult {
    const on = this.selected.has(entry.name);
    return html`<div
      class="line row"
      role="row"
      id=${`row-${index}`}
      aria-rowindex=${index + 2}
      aria-selected=${on ? 'true' : 'false'}
      ?data-active=${index === this._active}
      data-testid="entry-row"
      data-name=${entry.name}
      data-kind=${entry.kind}
      data-index=${index}
      ${cssProperties({ '--row': index })}
    >
      <span role="gridcell" class="check">
        <span class="box" ?data-on=${on}><wa-icon name="check"></wa-icon></span>
      </span>
      <span role="gridcell" class="name">
        <wa-icon name=${entryIcon(entry)} class=${entry.kind}></wa-icon>
        <span class="text" title=${entry.name}>${entry.name}</span>
      </span>
      <span role="gridcell" class="size number"
        >${entry.kind === 'folder' ? '' : formatBytes(entry.sizeBytes)}</span
      >
      <span role="gridcell" class="modified number"
        >${entry.modifiedAtMs === undefined ? '' : formatDateTime(entry.modifiedAtMs)}</span
      >
    </div>`;
  }

  /** Makes a row the active one and shows it. */
  activate(index: number): void {
    this._active = Math.max(0, Math.min(index, this._sorted.length - 1));
    this._anchor = this._active;
    this._window.reveal(this._active, this._rowHeightPx());
  }

  toggle(index: number): void {
    const name = this._sorted[index]?.name;
    if (name === undefined) return;
    const next = new Set(this.selected);
    if (!next.delete(name)) next.add(name);
    this._anchor = index;
    this._select(next);
  }

  readonly toggleAll = (): void => {
    const all = this.selected.size === this._sorted.length;
    this._select(new Set(all ? [] : this._sorted.map(({ name }) => name)));
  };

  /** Selects from the row that was last chosen to this one. */
  extendTo(index: number): void {
    const end = Math.max(0, Math.min(index, this._sorted.length - 1));
    const [from, to] = this._anchor < end ? [this._anchor, end] : [end, this._anchor];
    const names = this._sorted.slice(from, to + 1).map(({ name }) => name);
    this._active = end;
    this._window.reveal(end, this._rowHeightPx());
    this._select(new Set([...this.selected, ...names]));
  }

  clear(): void {
    this._select(new Set());
  }

  open(index: number): void {
    const entry = this._sorted[index];
    if (entry?.kind === 'folder') fire(this, 'hf-folder-opened', entry.name);
    else this.toggle(index);
  }

  up(): void {
    fire(this, 'hf-up', undefined);
  }

  private _select(names: ReadonlySet<string>): void {
    fire(this, 'hf-selection-changed', names);
  }

  private _onKeydown(event: KeyboardEvent): void {
    // The column headers are buttons with keys of their own.
    if (event.composedPath()[0] instanceof HTMLButtonElement) return;
    if (entryKeys(this, event)) event.preventDefault();
  }

  private _onClick(event: MouseEvent): void {
    const target = event.composedPath()[0];
    if (!(target instanceof Element)) return;
    if (target.closest('.head .check') !== null) this.toggleAll();
    const row = target.closest<HTMLElement>('.row');
    if (row !== null) this._onRowClick(event, Number(row.dataset.index), target.closest('.name') !== null);
  }

  private _onRowClick(event: MouseEvent, index: number, onName: boolean): void {
    this._active = index;
    if (event.shiftKey) this.extendTo(index);
    else if (onName) this.open(index);
    else this.toggle(index);
  }

  private _rowHeightPx(): number {
    const row = this.renderRoot.querySelector<HTMLElement>('.line');
    return row === null || row.offsetHeight === 0 ? 44 : row.offsetHeight;
  }

  static override styles = [
    base,
    css`
      .scroller {
        position: relative;
        max-block-size: max(20rem, calc(100dvh - 23rem));
        overflow: auto;
        background: var(--hf-surface);
        border: var(--hf-line);
        border-radius: var(--hf-radius-l);
        overscroll-behavior: contain;
      }

      .scroller:focus-visible {
        border-radius: var(--hf-radius-l);
        outline-offset: 1px;
      }

      .head {
        position: sticky;
        inset-block-start: 0;
        z-index: 1;
        background: var(--hf-surface);
        border-block-end: var(--hf-line);
        font-size: var(--hf-text-xs);
        color: var(--hf-text-quiet);
      }

      .body {
        position: relative;
        block-size: calc(var(--rows) * var(--hf-row-height));
        contain: strict;
      }

      .line {
        display: grid;
        grid-template-columns: 3rem minmax(0, 1fr) 6rem 11.5rem;
        align-items: center;
        block-size: var(--hf-row-height);
        padding-inline-end: var(--hf-space-m);
      }

      .row {
        position: absolute;
        inset-inline: 0;
        inset-block-start: calc(var(--row) * var(--hf-row-height));
        cursor: default;
        user-select: none;
      }

      .row:hover {
        background: var(--hf-hover);
      }

      .row[aria-selected='true'] {
        background: var(--hf-selected);
      }

      .scroller:focus-visible .row[data-active] {
        box-shadow: inset 0 0 0 2px var(--hf-accent);
      }

      .check {
        display: grid;
        place-items: center;
        block-size: 100%;
        cursor: pointer;
      }

      .box {
        display: grid;
        place-items: center;
        inline-size: 1.15rem;
        block-size: 1.15rem;
        border: 1.5px solid var(--hf-border-strong);
        border-radius: 0.3rem;
        font-size: 0.85rem;
        color: transparent;
      }

      .box[data-on] {
        background: var(--hf-accent);
        border-color: var(--hf-accent);
        color: var(--hf-text-on-accent);
      }

      .name {
        display: flex;
        align-items: center;
        gap: var(--hf-space-xs);
        min-inline-size: 0;
      }

      .name wa-icon {
        flex: none;
        font-size: 1.2rem;
        color: var(--hf-text-faint);
      }

      .name wa-icon.folder {
        color: var(--hf-accent);
      }

      .text {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: pre;
      }

      .row[data-kind='folder'] .name {
        block-size: 100%;
        font-weight: var(--hf-weight-medium);
        cursor: pointer;
      }

      .row[data-kind='folder'] .name:hover .text {
        color: var(--hf-accent);
        text-decoration: underline;
        text-underline-offset: 0.2em;
      }

      .size,
      .modified {
        text-align: end;
        font-size: var(--hf-text-s);
        color: var(--hf-text-quiet);
      }

      button {
        font: inherit;
        color: inherit;
        background: none;
        border: none;
        padding: 0;
        cursor: pointer;
      }

      button:hover {
        color: var(--hf-text);
      }

      button wa-icon[data-up] {
        transform: rotate(180deg);
      }

      @media (max-width: 40rem) {
        .line {
          grid-template-columns: 3rem minmax(0, 1fr) 5rem;
        }

        .modified {
          display: none;
        }

        .scroller {
          max-block-size: max(18rem, calc(100dvh - 26rem));
        }
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-entry-list': HfEntryList;
  }
}

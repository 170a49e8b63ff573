/**
 * The entries of one folder as a grid: windowed, with several selectable, and all of it by keyboard.
 * The grid keeps the focus; the active row is told by `aria-activedescendant`.
 */
import { html, LitElement, nothing, type TemplateResult } from 'lit';
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
import { entryListStyles } from './entry-list-styles.ts';
import { entryKeys, type EntryKeysHost } from './entry-keys.ts';

const COLUMNS: readonly (readonly [SortColumn, string])[] = [
  ['name', 'Name'],
  ['size', 'Size'],
  ['modified', 'Modified'],
];

/** What is said of a file whose content may be from several moments. */
const CHANGED = html`<span
  class="changed"
  data-testid="entry-changed"
  title="It kept changing while it was backed up: what is here may be from several moments."
  ><wa-icon name="warning"></wa-icon><span class="why">Changed while it was read</span></span
>`;

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
        ${entry.changedWhileRead === true ? CHANGED : nothing}
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
    if (entry === undefined) return;
    if (entry.kind === 'folder') fire(this, 'hf-folder-opened', entry.name);
    else fire(this, 'hf-file-opened', entry);
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
    const { target } = event;
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

  static override styles = [base, entryListStyles];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-entry-list': HfEntryList;
  }
}

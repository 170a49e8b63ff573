/** The log of this visit: filter by level, search, follow, export. */
import { css, html, LitElement, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import '@awesome.me/webawesome/dist/components/input/input.js';
import '@awesome.me/webawesome/dist/components/option/option.js';
import '@awesome.me/webawesome/dist/components/select/select.js';
import '@awesome.me/webawesome/dist/components/switch/switch.js';
import type WaInput from '@awesome.me/webawesome/dist/components/input/input.js';
import type WaSelect from '@awesome.me/webawesome/dist/components/select/select.js';
import type WaSwitch from '@awesome.me/webawesome/dist/components/switch/switch.js';
import type { AppModel } from '../../state/app-model.ts';
import { filterLines, formatLines, type LevelFilter, type NumberedLine } from '../../state/log-store.ts';
import { Observe } from '../controllers/observe.ts';
import { formatClock, plural } from '../format.ts';
import { saveText } from '../save.ts';
import { base, flow } from '../styles.ts';
import '../components/hf-empty.ts';

const LEVELS: readonly (readonly [LevelFilter, string])[] = [
  ['all', 'All levels'],
  ['info', 'Info'],
  ['warn', 'Warnings'],
  ['error', 'Errors'],
];

const DRAWN = 500;

@customElement('hf-page-log')
export class HfPageLog extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @state() private _level: LevelFilter = 'all';

  @state() private _search = '';

  @state() private _follow = true;

  private readonly _lines = new Observe(this, () => this.model.log.lines);

  override updated(): void {
    if (!this._follow) return;
    const list = this.renderRoot.querySelector('.lines');
    list?.scrollTo({ top: list.scrollHeight });
  }

  /** Puts the focus into the search field (a keyboard shortcut does). */
  focusSearch(): void {
    this.renderRoot.querySelector<WaInput>('wa-input')?.focus();
  }

  override render() {
    const lines = filterLines(this._lines.value, this._level, this._search);
    return html`
      <h1 tabindex="-1">Log</h1>
      <p class="quiet">
        What the app did since you opened it. It stays in this page and holds no keys or passwords.
      </p>
      <div class="tools">
        <wa-select
          label="Level"
          size="s"
          data-testid="log-level"
          .value=${this._level}
          @change=${this._onLevel}
        >
          ${LEVELS.map(([value, words]) => html`<wa-option value=${value}>${words}</wa-option>`)}
        </wa-select>
        <wa-input
          label="Search"
          size="s"
          type="search"
          with-clear
          data-testid="log-search"
          .value=${this._search}
          @input=${this._onSearch}
        ></wa-input>
        <wa-switch size="s" data-testid="log-follow" .checked=${this._follow} @change=${this._onFollow}
          >Follow</wa-switch
        >
        <wa-button size="s" appearance="outlined" data-testid="log-export" @click=${this._onExport}>
          <wa-icon slot="start" name="download"></wa-icon>Export
        </wa-button>
      </div>
      ${lines.length === 0 ? this._renderNone() : this._renderLines(lines)}
    `;
  }

  private _renderNone(): TemplateResult {
    const none = this._lines.value.length === 0;
    return html`<hf-empty
      icon="log"
      heading=${none ? 'Nothing was logged yet' : 'No line matches'}
      text=${none ? 'Lines appear as things happen.' : 'Choose another level or search for something else.'}
    ></hf-empty>`;
  }

  private _renderLines(lines: readonly NumberedLine[]): TemplateResult {
    return html`<div class="lines" role="log" aria-label="Log lines" tabindex="0" data-testid="log-lines">
        ${repeat(
          lines.slice(-DRAWN),
          ({ number }) => number,
          ({ atMs, level, text }) =>
            html`<p data-level=${level}>
              <time class="number">${formatClock(atMs)}</time><span class="level">${level}</span
              ><span>${text}</span>
            </p>`,
        )}
      </div>
      <p class="quiet small">
        ${plural(lines.length, 'line')}${lines.length > DRAWN ? `, the last ${DRAWN} shown` : ''}
      </p>`;
  }

  private _onLevel(event: Event): void {
    const value = (event.target as WaSelect).value;
    this._level = LEVELS.find(([level]) => level === value)?.[0] ?? 'all';
  }

  private _onSearch(event: Event): void {
    this._search = (event.target as WaInput).value ?? '';
  }

  private _onFollow(event: Event): void {
    this._follow = (event.target as WaSwitch).checked;
  }

  private _onExport(): void {
    const lines = filterLines(this._lines.value, this._level, this._search);
    saveText(
      `holdfast-log-${new Date(this.model.nowMs()).toISOString().slice(0, 10)}.txt`,
      formatLines(lines),
    );
  }

  static override styles = [
    base,
    flow,
    css`
      :host {
        display: flex;
        flex-direction: column;
        gap: var(--hf-space-m);
      }

      .tools {
        display: flex;
        flex-wrap: wrap;
        align-items: flex-end;
        gap: var(--hf-space-s) var(--hf-space-m);
      }

      wa-select {
        inline-size: 10rem;
      }

      wa-input {
        flex: 1 1 12rem;
      }

      wa-switch {
        padding-block-end: var(--hf-space-xs);
      }

      .lines {
        max-block-size: max(18rem, calc(100dvh - 22rem));
        overflow: auto;
        padding: var(--hf-space-s) var(--hf-space-m);
        background: var(--hf-sunken);
        border: var(--hf-line);
        border-radius: var(--hf-radius-m);
        font-family: var(--hf-font-mono);
        font-size: var(--hf-text-xs);
        line-height: 1.7;
      }

      .lines p {
        display: grid;
        grid-template-columns: auto 3.5rem minmax(0, 1fr);
        gap: var(--hf-space-s);
        overflow-wrap: anywhere;
      }

      time,
      .level {
        color: var(--hf-text-quiet);
      }

      @media (max-width: 40rem) {
        .lines p {
          grid-template-columns: auto minmax(0, 1fr);
          gap: 0 var(--hf-space-xs);
          margin-block-end: var(--hf-space-2xs);
        }

        .lines p span:last-child {
          grid-column: 1 / -1;
        }
      }

      [data-level='warn'] .level {
        color: var(--hf-warn);
      }

      [data-level='error'] .level {
        color: var(--hf-bad);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-page-log': HfPageLog;
  }
}

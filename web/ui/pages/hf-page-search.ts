/** Search over all snapshots by name, while one types. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import '@awesome.me/webawesome/dist/components/input/input.js';
import '@awesome.me/webawesome/dist/components/spinner/spinner.js';
import type WaInput from '@awesome.me/webawesome/dist/components/input/input.js';
import type { AppModel } from '../../state/app-model.ts';
import { SEARCH_LIMIT } from '../../state/history.ts';
import { problemOf, type EngineProblem, type SearchHit } from '../../state/types.ts';
import { formatCount, plural } from '../format.ts';
import { base, flow, pageColumn } from '../styles.ts';
import '../components/hf-empty.ts';
import '../components/hf-problem.ts';
import '../components/hf-search-hits.ts';

type Found =
  | { readonly kind: 'nothing-asked' }
  | { readonly kind: 'searching' }
  | { readonly kind: 'failed'; readonly problem: EngineProblem }
  | { readonly kind: 'found'; readonly hits: readonly SearchHit[]; readonly text: string };

const SEARCH_AFTER_MS = 250;

@customElement('hf-page-search')
export class HfPageSearch extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  /** What is searched for, as the address says. */
  @property() text = '';

  @state() private _typed = '';

  @state() private _found: Found = { kind: 'nothing-asked' };

  @query('wa-input') private readonly _input!: WaInput;

  private _timer: ReturnType<typeof setTimeout> | undefined;

  /** The last search that was begun. */
  private _asked = '';

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has('text') || this.text === this._asked) return;
    this._typed = this.text;
    void this._search(this.text);
  }

  override firstUpdated(): void {
    void this._input.updateComplete.then(() => {
      this._input.focus();
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this._timer);
  }

  /** Puts the cursor into the field (a keyboard shortcut does). */
  focusSearch(): void {
    this._input.focus();
  }

  override render() {
    return html`
      <h1 tabindex="-1">Search</h1>
      <wa-input
        type="search"
        label="Name of a file or folder"
        hint="Looks through all snapshots, the trash too. Names never leave this device in the clear."
        with-clear
        autocapitalize="none"
        spellcheck="false"
        data-testid="search-input"
        .value=${this._typed}
        @input=${this._onInput}
      >
        <wa-icon slot="start" name="search"></wa-icon>
      </wa-input>
      <div class="stack" aria-live="polite">${this._renderFound()}</div>
    `;
  }

  private _renderFound(): TemplateResult | typeof nothing {
    const found = this._found;
    if (found.kind === 'nothing-asked') return nothing;
    if (found.kind === 'searching') return html`<p class="loading"><wa-spinner></wa-spinner> Searching</p>`;
    if (found.kind === 'failed') return html`<hf-problem .problem=${found.problem}></hf-problem>`;
    return this._renderHits(found.hits, found.text);
  }

  private _renderHits(hits: readonly SearchHit[], text: string): TemplateResult {
    if (hits.length === 0) {
      return html`<hf-empty
        icon="search"
        heading=${`Nothing is called “${text}”`}
        text="Any part of the name will do; upper and lower case make no difference."
      ></hf-empty>`;
    }
    return html`<p class="quiet small" data-testid="search-count">
        ${
          hits.length < SEARCH_LIMIT
            ? `${plural(hits.length, 'entry', 'entries')} found`
            : `The first ${formatCount(SEARCH_LIMIT)}; type more to narrow it down`
        }
      </p>
      <hf-search-hits .model=${this.model} .hits=${hits} .text=${text}></hf-search-hits>`;
  }

  private _onInput(event: Event): void {
    this._typed = (event.target as WaInput).value ?? '';
    clearTimeout(this._timer);
    this._timer = setTimeout(() => {
      void this._search(this._typed);
    }, SEARCH_AFTER_MS);
  }

  private async _search(typed: string): Promise<void> {
    const text = typed.trim();
    this._asked = text;
    this.model.router.go({ page: 'search', text }, { replace: true });
    if (text === '') {
      this._found = { kind: 'nothing-asked' };
      return;
    }
    if (this._found.kind !== 'found') this._found = { kind: 'searching' };
    const found = await this._ask(text);
    if (found !== undefined && text === this._asked) this._found = found;
  }

  private async _ask(text: string): Promise<Found | undefined> {
    try {
      return { kind: 'found', hits: await this.model.history.search(text), text };
    } catch (error) {
      const problem = problemOf(error);
      // A newer search ended this one.
      return problem.code === 'cancelled' ? undefined : { kind: 'failed', problem };
    }
  }

  static override styles = [
    base,
    flow,
    pageColumn,
    css`
      wa-input {
        max-inline-size: 40rem;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-page-search': HfPageSearch;
  }
}

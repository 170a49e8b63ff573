/** Asks which source something is that a person picked: one that it looks like, or a new one. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/dialog/dialog.js';
import type { SourceMatch } from '../../state/sources-store.ts';
import type { SourceInfo } from '../../state/types.ts';
import { fire } from '../events.ts';
import { formatAgo } from '../format.ts';
import { base, flow } from '../styles.ts';

export interface MatchQuestion {
  /** What the picked folder is called. */
  readonly pickedName: string;
  /** What a new source of it would be called. */
  readonly newName: string;
  /** Best first. */
  readonly matches: readonly SourceMatch[];
}

@customElement('hf-source-match')
export class HfSourceMatch extends LitElement {
  /** The question; the dialog is open while it is set. */
  @property({ attribute: false }) question: MatchQuestion | undefined;

  @property({ type: Number, attribute: false }) nowMs = 0;

  @state() private _shown: MatchQuestion | undefined;

  override willUpdate(): void {
    if (this.question !== undefined) this._shown = this.question;
  }

  override render() {
    return html`<wa-dialog
      label=${`Which source is “${this._shown?.pickedName ?? ''}”?`}
      ?open=${this.question !== undefined}
      data-testid="source-match"
      @wa-hide=${this._onHide}
    >
      ${this._shown === undefined ? nothing : this._renderChoices(this._shown)}
    </wa-dialog>`;
  }

  private _renderChoices({ newName, matches }: MatchQuestion): TemplateResult {
    return html`<div class="stack">
      <p class="quiet">
        A backup of a known source continues its history, and only reads what has changed since.
      </p>
      ${matches.map((match) => this._renderMatch(match))}
      <wa-button
        appearance="outlined"
        data-testid="match-new"
        @click=${() => {
          fire(this, 'hf-source-identified', undefined);
        }}
        >It is a new source: “${newName}”</wa-button
      >
    </div>`;
  }

  private _renderMatch({ source, likeness }: SourceMatch): TemplateResult {
    return html`<button
      type="button"
      data-testid="match"
      data-name=${source.name}
      @click=${() => {
        this._choose(source);
      }}
    >
      <strong>${likenessWords(likeness)} “${source.name}”</strong>
      <span class="quiet small"
        >${likeness === 0 ? 'Same name, nothing else in common' : `${Math.round(likeness * 100)} % of it is the same`}${this._lastWords(source)}</span
      >
    </button>`;
  }

  private _lastWords({ lastBackupAtMs }: SourceInfo): string {
    return lastBackupAtMs === undefined ? '' : `, backed up ${formatAgo(lastBackupAtMs, this.nowMs)}`;
  }

  private _choose(source: SourceInfo): void {
    fire(this, 'hf-source-identified', source);
  }

  private _onHide(event: Event): void {
    if (event.target === event.currentTarget && this.question !== undefined)
      fire(this, 'hf-closed', undefined);
  }

  static override styles = [
    base,
    flow,
    css`
      wa-dialog {
        --width: 30rem;
      }

      button {
        display: flex;
        flex-direction: column;
        gap: var(--hf-space-2xs);
        padding: var(--hf-space-s) var(--hf-space-m);
        font: inherit;
        color: inherit;
        text-align: start;
        background: var(--hf-accent-soft);
        border: 1px solid var(--hf-accent-border);
        border-radius: var(--hf-radius-m);
        cursor: pointer;
      }

      button:hover {
        border-color: var(--hf-accent);
      }
    `,
  ];
}

function likenessWords(likeness: number): string {
  if (likeness >= 0.9) return 'It is';
  return likeness >= 0.5 ? 'It looks like' : 'It is a new state of';
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-source-match': HfSourceMatch;
  }
}

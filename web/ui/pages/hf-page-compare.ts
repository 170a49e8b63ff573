/** Two snapshots side by side: what was added, changed, moved and removed between them. */
import { css, html, LitElement, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import '@awesome.me/webawesome/dist/components/input/input.js';
import '@awesome.me/webawesome/dist/components/option/option.js';
import '@awesome.me/webawesome/dist/components/select/select.js';
import '@awesome.me/webawesome/dist/components/spinner/spinner.js';
import type WaInput from '@awesome.me/webawesome/dist/components/input/input.js';
import type WaSelect from '@awesome.me/webawesome/dist/components/select/select.js';
import type { AppModel } from '../../state/app-model.ts';
import { formatRoute } from '../../state/routes.ts';
import {
  problemOf,
  type EngineProblem,
  type SnapshotDiff,
  type SnapshotId,
  type SnapshotInfo,
} from '../../state/types.ts';
import { CHANGE_KINDS, CHANGE_WORDS, filterChanges, type ChangeKind } from '../change-words.ts';
import { Observe } from '../controllers/observe.ts';
import { formatBytes, formatCount, formatDateTime, plural } from '../format.ts';
import { base, card, flow, pageColumn } from '../styles.ts';
import '../components/hf-diff-list.ts';
import '../components/hf-empty.ts';
import '../components/hf-problem.ts';

type Comparison =
  | { readonly kind: 'comparing' }
  | { readonly kind: 'failed'; readonly problem: EngineProblem }
  | { readonly kind: 'ready'; readonly diff: SnapshotDiff };

@customElement('hf-page-compare')
export class HfPageCompare extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @property({ attribute: false }) fromId!: SnapshotId;

  @property({ attribute: false }) toId!: SnapshotId;

  @state() private _comparison: Comparison = { kind: 'comparing' };

  @state() private _kinds: ReadonlySet<ChangeKind> = new Set(CHANGE_KINDS);

  @state() private _text = '';

  private readonly _list = new Observe(this, () => this.model.snapshots.list);

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('fromId') || changed.has('toId')) void this._compare(this.fromId, this.toId);
  }

  override render() {
    const before = this.model.snapshots.find(this.fromId);
    const after = this.model.snapshots.find(this.toId);
    return html`
      <header>
        <a class="back" href=${formatRoute({ page: 'snapshots' })}
          ><wa-icon name="chevron-left"></wa-icon>History</a
        >
        <h1 tabindex="-1">What changed</h1>
      </header>
      <div class="sides">
        ${this._renderSide('From', this.fromId, before)}
        <wa-button appearance="plain" size="s" data-testid="compare-swap" @click=${this._onSwap}>
          <wa-icon name="move" label="Swap the two"></wa-icon>
        </wa-button>
        ${this._renderSide('To', this.toId, after)}
      </div>
      ${this._renderComparison()}
    `;
  }

  private _renderSide(label: string, id: SnapshotId, snapshot: SnapshotInfo | undefined): TemplateResult {
    const offered = this._list.value.snapshots.filter(
      ({ sourceId, snapshotId }) => sourceId === snapshot?.sourceId || snapshotId === id,
    );
    return html`<wa-select
      size="s"
      label=${snapshot === undefined ? label : `${label}: ${snapshot.sourceName}`}
      data-testid=${`compare-${label.toLowerCase()}`}
      .value=${id}
      @change=${(event: Event) => {
        this._onSide(label, String((event.target as WaSelect).value) as SnapshotId);
      }}
    >
      ${offered.map(
        ({ snapshotId, takenAtMs }) =>
          html`<wa-option value=${snapshotId}>${formatDateTime(takenAtMs)}</wa-option>`,
      )}
    </wa-select>`;
  }

  private _renderComparison(): TemplateResult {
    const comparison = this._comparison;
    if (comparison.kind === 'comparing')
      return html`<p class="loading" role="status"><wa-spinner></wa-spinner> Comparing</p>`;
    if (comparison.kind === 'failed') return html`<hf-problem .problem=${comparison.problem}></hf-problem>`;
    return this._renderDiff(comparison.diff);
  }

  private _renderDiff(diff: SnapshotDiff): TemplateResult {
    const total = CHANGE_KINDS.reduce((sum, kind) => sum + diff.totals[kind].files, 0);
    if (total === 0) {
      return html`<hf-empty
        class="card"
        icon="success"
        heading="They are the same"
        text="Every file of one is in the other, with the same content and place."
      ></hf-empty>`;
    }
    const shown = filterChanges(diff.changes, this._kinds, this._text);
    return html`<div class="totals" role="group" aria-label="Kinds to show">
        ${CHANGE_KINDS.map((kind) => this._renderTotal(kind, diff.totals[kind]))}
      </div>
      <wa-input
        size="s"
        label="Filter by name or folder"
        type="search"
        with-clear
        data-testid="diff-filter"
        .value=${this._text}
        @input=${this._onText}
      >
        <wa-icon slot="start" name="search"></wa-icon>
      </wa-input>
      <hf-diff-list .changes=${shown} .fromId=${this.fromId} .toId=${this.toId}></hf-diff-list>
      <p class="quiet small" aria-live="polite" data-testid="diff-count">
        ${plural(shown.length, 'difference')}
        shown${
          total > diff.changes.length
            ? `, of the first ${formatCount(diff.changes.length)} of ${formatCount(total)}`
            : ''
        }
      </p>`;
  }

  private _renderTotal(
    kind: ChangeKind,
    { files, bytes }: { readonly files: number; readonly bytes: number },
  ): TemplateResult {
    const on = this._kinds.has(kind);
    return html`<button
      type="button"
      aria-pressed=${on ? 'true' : 'false'}
      data-testid="diff-kind"
      data-kind=${kind}
      @click=${() => {
        this._toggle(kind);
      }}
    >
      <wa-icon name=${CHANGE_WORDS[kind].icon}></wa-icon>
      <span class="word">${CHANGE_WORDS[kind].word}</span>
      <strong class="number" data-testid=${`diff-${kind}`}>${formatCount(files)}</strong>
      <span class="quiet small number">${formatBytes(bytes)}</span>
    </button>`;
  }

  private _toggle(kind: ChangeKind): void {
    const next = new Set(this._kinds);
    if (!next.delete(kind)) next.add(kind);
    this._kinds = next;
  }

  private async _compare(before: SnapshotId, after: SnapshotId): Promise<void> {
    this._comparison = { kind: 'comparing' };
    const comparison = await this._read(before, after);
    if (before === this.fromId && after === this.toId) this._comparison = comparison;
  }

  private async _read(before: SnapshotId, after: SnapshotId): Promise<Comparison> {
    try {
      return { kind: 'ready', diff: await this.model.history.diff(before, after) };
    } catch (error) {
      return { kind: 'failed', problem: problemOf(error) };
    }
  }

  private _onText(event: Event): void {
    this._text = (event.target as WaInput).value ?? '';
  }

  private _onSide(label: string, id: SnapshotId): void {
    const [before, after] = label === 'From' ? [id, this.toId] : [this.fromId, id];
    this.model.router.go({ page: 'compare', before, after }, { replace: true });
  }

  private _onSwap(): void {
    this.model.router.go({ page: 'compare', before: this.toId, after: this.fromId }, { replace: true });
  }

  static override styles = [
    base,
    card,
    flow,
    pageColumn,
    css`
      .sides {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto minmax(0, 1fr);
        align-items: end;
        gap: var(--hf-space-s);
      }

      .totals {
        display: grid;
        grid-template-columns: repeat(4, minmax(0, 1fr));
        gap: var(--hf-space-s);
      }

      button {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        align-items: center;
        gap: 0 var(--hf-space-xs);
        padding: var(--hf-space-s) var(--hf-space-m);
        font: inherit;
        color: inherit;
        text-align: start;
        background: var(--hf-surface);
        border: var(--hf-line);
        border-radius: var(--hf-radius-l);
        cursor: pointer;
      }

      button[aria-pressed='false'] {
        background: var(--hf-sunken);
        border-style: dashed;
        color: var(--hf-text-quiet);
      }

      button:hover {
        border-color: var(--hf-accent);
      }

      button wa-icon {
        color: var(--hf-accent);
      }

      button[data-kind='added'] wa-icon {
        color: var(--hf-good);
      }

      button[data-kind='removed'] wa-icon {
        color: var(--hf-bad);
      }

      button[data-kind='moved'] wa-icon {
        color: var(--hf-mark);
      }

      button strong {
        font-size: var(--hf-text-xl);
        line-height: var(--hf-leading-tight);
      }

      button .word,
      button strong,
      button .small {
        grid-column: 2;
      }

      @media (max-width: 40rem) {
        .totals {
          grid-template-columns: repeat(2, minmax(0, 1fr));
        }

        .sides {
          grid-template-columns: minmax(0, 1fr);
        }

        .sides wa-button {
          justify-self: center;
          rotate: 90deg;
        }
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-page-compare': HfPageCompare;
  }
}

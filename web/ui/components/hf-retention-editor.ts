/**
 * How long snapshots of a source are kept: a choice of policies or one's own numbers, with what it would move
 * to the trash now.
 */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import '@awesome.me/webawesome/dist/components/input/input.js';
import '@awesome.me/webawesome/dist/components/option/option.js';
import '@awesome.me/webawesome/dist/components/select/select.js';
import type WaInput from '@awesome.me/webawesome/dist/components/input/input.js';
import type WaSelect from '@awesome.me/webawesome/dist/components/select/select.js';
import {
  problemOf,
  type RetentionPolicy,
  type RetentionPreview,
  type SnapshotInfo,
} from '../../state/types.ts';
import { fire } from '../events.ts';
import { formatDateTime, plural } from '../format.ts';
import { COUNTED } from '../source-words.ts';
import { base, flow } from '../styles.ts';

const DAY_MS = 86_400_000;
const PREVIEW_AFTER_MS = 250;
const NAMED = 4;

type Choice = 'all' | 'year' | 'month' | 'own';

const POLICIES: Readonly<Record<Exclude<Choice, 'own'>, RetentionPolicy>> = {
  all: {},
  year: { withinMs: 2 * DAY_MS, daily: 14, weekly: 8, monthly: 24, yearly: 10 },
  month: { withinMs: 2 * DAY_MS, daily: 7, weekly: 4, monthly: 6 },
};

const CHOICES: readonly (readonly [Choice, string])[] = [
  ['all', 'Every snapshot'],
  ['year', 'Thinned out over ten years'],
  ['month', 'Thinned out over half a year'],
  ['own', 'My own numbers'],
];

@customElement('hf-retention-editor')
export class HfRetentionEditor extends LitElement {
  @property({ attribute: false }) policy: RetentionPolicy = {};

  /** What a policy would keep and remove; absent for a source that has no snapshot yet. */
  @property({ attribute: false }) preview:
    ((policy: RetentionPolicy) => Promise<RetentionPreview>) | undefined;

  /** For the words of what would go. */
  @property({ attribute: false }) snapshots: readonly SnapshotInfo[] = [];

  @state() private _own = false;

  @state() private _previewed: RetentionPreview | undefined;

  @state() private _problem = '';

  private _timer: ReturnType<typeof setTimeout> | undefined;

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('policy') || changed.has('preview')) this._previewSoon();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this._timer);
  }

  override render() {
    const choice = this._choice();
    return html`<div class="stack-s">
      <wa-select
        label="Keep"
        size="s"
        data-testid="retention-choice"
        .value=${choice}
        @change=${this._onChoice}
      >
        ${CHOICES.map(([value, words]) => html`<wa-option value=${value}>${words}</wa-option>`)}
      </wa-select>
      ${choice === 'own' ? this._renderNumbers() : nothing} ${this._renderPreview()}
    </div>`;
  }

  private _renderNumbers(): TemplateResult {
    return html`<div class="numbers">
        ${COUNTED.map(([kind, words]) => this._renderNumber(kind, words, this.policy[kind] ?? 0))}
        ${this._renderNumber('days', 'All of days', Math.round((this.policy.withinMs ?? 0) / DAY_MS))}
      </div>
      <p class="quiet small">
        A snapshot stays if any of these numbers keeps it. “7 daily” are the last snapshots of the last seven
        days that have one.
      </p>`;
  }

  private _renderNumber(kind: string, words: string, value: number): TemplateResult {
    return html`<wa-input
      type="number"
      size="s"
      label=${words}
      min="0"
      max="10000"
      without-spin-buttons
      data-testid=${`keep-${kind}`}
      .value=${String(value)}
      @input=${(event: Event) => {
        this._onNumber(kind, Number((event.target as WaInput).value));
      }}
    ></wa-input>`;
  }

  private _renderPreview(): TemplateResult | typeof nothing {
    if (this.preview === undefined) return nothing;
    const removes = this._previewed?.remove.length;
    return html`<p
      class="preview small"
      role="status"
      data-testid="retention-preview"
      data-removes=${removes ?? nothing}
    >
      <wa-icon name=${removes === 0 ? 'success' : 'info'}></wa-icon>
      <span>${this._problem === '' ? this._previewWords() : this._problem}</span>
    </p>`;
  }

  private _previewWords(): string {
    if (this._previewed === undefined) return 'Looking at the snapshots';
    const { keep, remove } = this._previewed;
    if (remove.length === 0) return `All ${plural(keep.length, 'snapshot')} stay.`;
    const known = this.snapshots.filter(({ snapshotId }) => remove.includes(snapshotId));
    const named = known.slice(0, NAMED).map(({ takenAtMs }) => formatDateTime(takenAtMs));
    const more = remove.length - named.length;
    const list = more > 0 ? `${named.join('; ')} and ${more} more` : named.join('; ');
    return `${plural(keep.length, 'snapshot')} stay, ${remove.length} would go to the trash: ${list}.`;
  }

  private _choice(): Choice {
    if (this._own) return 'own';
    const same = Object.entries(POLICIES).find(([, policy]) => isSamePolicy(policy, this.policy));
    return (same?.[0] as Choice | undefined) ?? 'own';
  }

  private _onChoice(event: Event): void {
    const choice = CHOICES.find(([value]) => value === (event.target as WaSelect).value)?.[0] ?? 'own';
    this._own = choice === 'own';
    if (choice !== 'own') this._change(POLICIES[choice]);
    else if (isSamePolicy(this.policy, {})) this._change({ last: 10 });
  }

  private _onNumber(kind: string, value: number): void {
    const count = Number.isFinite(value) ? Math.max(0, Math.floor(value)) : 0;
    const name = kind === 'days' ? 'withinMs' : kind;
    const rest = Object.fromEntries(Object.entries(this.policy).filter(([each]) => each !== name));
    this._own = true;
    this._change(count === 0 ? rest : { ...rest, [name]: kind === 'days' ? count * DAY_MS : count });
  }

  private _change(policy: RetentionPolicy): void {
    this.policy = policy;
    fire(this, 'hf-retention-changed', policy);
  }

  private _previewSoon(): void {
    clearTimeout(this._timer);
    const { preview, policy } = this;
    if (preview === undefined) return;
    this._timer = setTimeout(() => {
      void this._previewNow(preview, policy);
    }, PREVIEW_AFTER_MS);
  }

  private async _previewNow(
    preview: (policy: RetentionPolicy) => Promise<RetentionPreview>,
    policy: RetentionPolicy,
  ): Promise<void> {
    try {
      const previewed = await preview(policy);
      if (policy !== this.policy) return;
      this._problem = '';
      this._previewed = previewed;
    } catch (error) {
      this._problem = problemOf(error).words;
    }
  }

  static override styles = [
    base,
    flow,
    css`
      .numbers {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(6rem, 1fr));
        gap: var(--hf-space-xs);
      }

      .preview {
        display: flex;
        gap: var(--hf-space-xs);
        padding: var(--hf-space-xs) var(--hf-space-s);
        background: var(--hf-accent-soft);
        border: 1px solid var(--hf-accent-border);
        border-radius: var(--hf-radius-m);
      }

      .preview wa-icon {
        flex: none;
        margin-block-start: 0.2em;
        color: var(--hf-accent);
      }
    `,
  ];
}

function isSamePolicy(a: RetentionPolicy, b: RetentionPolicy): boolean {
  const entries = Object.entries(a);
  return (
    entries.length === Object.keys(b).length &&
    entries.every(([name, value]) => b[name as keyof RetentionPolicy] === value)
  );
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-retention-editor': HfRetentionEditor;
  }
}

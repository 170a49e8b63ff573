/**
 * What a source leaves out: rules as text, common ones to put in by a click, and a live count of what they
 * leave out of the source, where its files can be read.
 */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import '@awesome.me/webawesome/dist/components/spinner/spinner.js';
import '@awesome.me/webawesome/dist/components/textarea/textarea.js';
import type WaTextarea from '@awesome.me/webawesome/dist/components/textarea/textarea.js';
import { backupRules } from '../../state/backups.ts';
import { problemOf, type RulesCount } from '../../state/types.ts';
import { fire } from '../events.ts';
import { formatBytes, plural } from '../format.ts';
import { RULE_SETS, type RuleSet } from '../rule-sets.ts';
import { base, flow } from '../styles.ts';

/** Counts what rules leave out; rejects with `cancelled` when a newer count began. */
export type CountRules = (rules: readonly string[], onCount: (count: RulesCount) => void) => Promise<void>;

const COUNT_AFTER_MS = 350;

@customElement('hf-rules-editor')
export class HfRulesEditor extends LitElement {
  /** The rules to begin with; what is typed is told by `hf-rules-changed`. */
  @property({ attribute: false }) rules: readonly string[] = [];

  /** Absent where the files can't be read now. */
  @property({ attribute: false }) count: CountRules | undefined;

  @state() private _text = '';

  @state() private _counted: RulesCount | undefined;

  @state() private _problem = '';

  private _timer: ReturnType<typeof setTimeout> | undefined;

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('rules') && !sameRules(this.rules, backupRules(this._text))) {
      this._text = this.rules.join('\n');
    }
    if (changed.has('count') || changed.has('_text')) this._countSoon();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this._timer);
  }

  override render() {
    return html`<div class="stack-s">
      <div class="row" role="group" aria-label="Common things to leave out">
        ${RULE_SETS.map((set) => this._renderSet(set))}
      </div>
      <wa-textarea
        label="Leave out"
        hint="One rule a line, as in .gitignore: node_modules/, *.tmp, /Downloads, !keep.tmp"
        rows="4"
        resize="auto"
        spellcheck="false"
        autocapitalize="none"
        data-testid="backup-rules"
        .value=${this._text}
        @input=${this._onInput}
      ></wa-textarea>
      ${this._renderCount()}
    </div>`;
  }

  private _renderSet(set: RuleSet): TemplateResult {
    const on = this._has(set);
    return html`<wa-button
      size="xs"
      appearance=${on ? 'filled' : 'outlined'}
      variant=${on ? 'brand' : 'neutral'}
      aria-pressed=${on ? 'true' : 'false'}
      data-testid="rule-set"
      title=${set.rules.join('  ')}
      @click=${() => {
        this._toggle(set);
      }}
    >
      <wa-icon slot="start" name=${on ? 'check' : 'plus'}></wa-icon>${set.name}
    </wa-button>`;
  }

  private _renderCount(): TemplateResult | typeof nothing {
    if (this.count === undefined) return nothing;
    const done = this._counted?.done === true;
    return html`<p class="count small" role="status" data-testid="rules-count" ?data-done=${done}>
      ${done || this._problem !== '' ? nothing : html`<wa-spinner></wa-spinner>`}
      ${this._problem === '' ? countWords(this._counted) : this._problem}
    </p>`;
  }

  private _has(set: RuleSet): boolean {
    const rules = backupRules(this._text);
    return set.rules.every((rule) => rules.includes(rule));
  }

  private _toggle(set: RuleSet): void {
    const lines = this._text.split('\n').filter((line) => !set.rules.includes(line));
    const kept = lines.join('\n').trim();
    const next = this._has(set) ? [kept] : [kept, ...set.rules];
    this._change(next.filter((line) => line !== '').join('\n'));
  }

  private _onInput(event: Event): void {
    this._change((event.target as WaTextarea).value ?? '');
  }

  private _change(text: string): void {
    this._text = text;
    fire(this, 'hf-rules-changed', backupRules(text));
  }

  private _countSoon(): void {
    clearTimeout(this._timer);
    this._problem = '';
    const { count } = this;
    if (count === undefined) return;
    this._counted = undefined;
    this._timer = setTimeout(() => {
      void this._countNow(count, backupRules(this._text));
    }, COUNT_AFTER_MS);
  }

  private async _countNow(count: CountRules, rules: readonly string[]): Promise<void> {
    try {
      await count(rules, (counted) => {
        if (sameRules(rules, backupRules(this._text))) this._counted = counted;
      });
    } catch (error) {
      const problem = problemOf(error);
      if (problem.code !== 'cancelled') this._problem = problem.words;
    }
  }

  static override styles = [
    base,
    flow,
    css`
      .count {
        display: flex;
        align-items: center;
        gap: var(--hf-space-xs);
        min-block-size: 1.5em;
        color: var(--hf-text-quiet);
      }

      .count[data-done] {
        color: var(--hf-text);
      }
    `,
  ];
}

function sameRules(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((rule, index) => rule === b[index]);
}

function countWords(count: RulesCount | undefined): string {
  if (count === undefined) return 'Counting';
  const { files, bytes, leftOutFiles, leftOutFolders, leftOutBytes } = count;
  const left = [
    leftOutFolders === 0 ? '' : plural(leftOutFolders, 'folder'),
    leftOutFiles === 0 ? '' : `${plural(leftOutFiles, 'file')} (${formatBytes(leftOutBytes)})`,
  ].filter((words) => words !== '');
  const taken = `${plural(files, 'file')}, ${formatBytes(bytes)} in the backup`;
  return left.length === 0 ? `Nothing is left out: ${taken}` : `Leaves out ${left.join(' and ')}: ${taken}`;
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-rules-editor': HfRulesEditor;
  }
}

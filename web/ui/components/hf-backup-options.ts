/** How what is chosen or dropped is backed up: the mode, and for new sources what to leave out and compression. */
import { css, html, LitElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/details/details.js';
import '@awesome.me/webawesome/dist/components/option/option.js';
import '@awesome.me/webawesome/dist/components/select/select.js';
import '@awesome.me/webawesome/dist/components/switch/switch.js';
import type WaSelect from '@awesome.me/webawesome/dist/components/select/select.js';
import type WaSwitch from '@awesome.me/webawesome/dist/components/switch/switch.js';
import type { AppModel } from '../../state/app-model.ts';
import { backupRules } from '../../state/backups.ts';
import { DEFAULT_PREFERENCES, type Preferences } from '../../state/preferences.ts';
import { Observe } from '../controllers/observe.ts';
import { plural } from '../format.ts';
import { modeName, MODES } from '../source-words.ts';
import { base, flow } from '../styles.ts';
import './hf-rules-editor.ts';

@customElement('hf-backup-options')
export class HfBackupOptions extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  private readonly _preferences = new Observe(this, () => this.model.preferences.preferences);

  override render() {
    const { backupRulesText, backupMode, backupCompress } = this._preferences.value;
    const changed = changedWords(this._preferences.value);
    return html`<wa-details appearance="plain" data-testid="backup-options">
      <span slot="summary"
        >Options${changed === '' ? '' : html`<span class="quiet">: ${changed}</span>`}</span
      >
      <div class="stack">
        <wa-select
          label="What to read"
          size="s"
          hint=${MODES.find(({ mode }) => mode === backupMode)?.hint ?? ''}
          data-testid="backup-mode"
          .value=${backupMode}
          @change=${this._onMode}
        >
          ${MODES.map(({ mode, name }) => html`<wa-option value=${mode}>${name}</wa-option>`)}
        </wa-select>
        <h3>For new sources</h3>
        <hf-rules-editor
          .rules=${backupRules(backupRulesText)}
          @hf-rules-changed=${this._onRules}
        ></hf-rules-editor>
        <wa-switch
          hint="Where it makes files smaller. Off is a little faster for photos, videos and archives."
          data-testid="backup-compress"
          .checked=${backupCompress}
          @change=${this._onCompress}
          >Compress</wa-switch
        >
        <div>
          <wa-button
            size="s"
            appearance="outlined"
            data-testid="backup-options-reset"
            ?disabled=${changed === ''}
            @click=${this._onReset}
            >Back to the defaults</wa-button
          >
        </div>
      </div>
    </wa-details>`;
  }

  private _onMode(event: Event): void {
    const chosen = MODES.find(({ mode }) => mode === (event.target as WaSelect).value);
    if (chosen !== undefined) this.model.preferences.change({ backupMode: chosen.mode });
  }

  private _onRules(event: HTMLElementEventMap['hf-rules-changed']): void {
    this.model.preferences.change({ backupRulesText: event.detail.join('\n') });
  }

  private _onCompress(event: Event): void {
    this.model.preferences.change({ backupCompress: (event.target as WaSwitch).checked });
  }

  private _onReset(): void {
    const { backupRulesText, backupMode, backupCompress } = DEFAULT_PREFERENCES;
    this.model.preferences.change({ backupRulesText, backupMode, backupCompress });
  }

  static override styles = [
    base,
    flow,
    css`
      wa-details {
        --spacing: var(--hf-space-s);
        border: var(--hf-line);
        border-radius: var(--hf-radius-l);
        background: var(--hf-surface);
        padding-inline: var(--hf-space-s);
      }

      .stack {
        max-inline-size: 34rem;
        padding-block-end: var(--hf-space-xs);
      }

      .stack > h3 {
        margin-block-start: var(--hf-space-xs);
      }
    `,
  ];
}

/** What differs from the defaults, in a few words. */
function changedWords({ backupRulesText, backupMode, backupCompress }: Preferences): string {
  const rules = backupRules(backupRulesText).length;
  const words = [
    backupMode === 'incremental' ? '' : modeName(backupMode).toLowerCase(),
    rules === 0 ? '' : plural(rules, 'rule'),
    backupCompress ? '' : 'not compressed',
  ];
  return words.filter((each) => each !== '').join(', ');
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-backup-options': HfBackupOptions;
  }
}

/** How backups are made from this browser: what to leave out, whether to read everything, compression. */
import { css, html, LitElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/details/details.js';
import '@awesome.me/webawesome/dist/components/switch/switch.js';
import '@awesome.me/webawesome/dist/components/textarea/textarea.js';
import type WaSwitch from '@awesome.me/webawesome/dist/components/switch/switch.js';
import type WaTextarea from '@awesome.me/webawesome/dist/components/textarea/textarea.js';
import type { AppModel } from '../../state/app-model.ts';
import { backupRules } from '../../state/backups.ts';
import { DEFAULT_PREFERENCES, type Preferences } from '../../state/preferences.ts';
import { Observe } from '../controllers/observe.ts';
import { plural } from '../format.ts';
import { base, flow } from '../styles.ts';

@customElement('hf-backup-options')
export class HfBackupOptions extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  private readonly _preferences = new Observe(this, () => this.model.preferences.preferences);

  override render() {
    const { backupRulesText, backupFull, backupCompress } = this._preferences.value;
    const changed = changedWords(this._preferences.value);
    return html`<wa-details appearance="plain" data-testid="backup-options">
      <span slot="summary"
        >Options${changed === '' ? '' : html`<span class="quiet">: ${changed}</span>`}</span
      >
      <div class="stack">
        <wa-textarea
          label="Leave out"
          hint="One rule a line, as in .gitignore: node_modules/, *.tmp, /Downloads"
          rows="3"
          resize="auto"
          spellcheck="false"
          autocapitalize="none"
          data-testid="backup-rules"
          .value=${backupRulesText}
          @input=${this._onRules}
        ></wa-textarea>
        <wa-switch
          hint="Slower. For when you don’t trust a file’s size and date to tell whether it changed."
          data-testid="backup-full"
          .checked=${backupFull}
          @change=${this._onFull}
          >Read every file again</wa-switch
        >
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

  private _onRules(event: Event): void {
    this.model.preferences.change({ backupRulesText: (event.target as WaTextarea).value ?? '' });
  }

  private _onFull(event: Event): void {
    this.model.preferences.change({ backupFull: (event.target as WaSwitch).checked });
  }

  private _onCompress(event: Event): void {
    this.model.preferences.change({ backupCompress: (event.target as WaSwitch).checked });
  }

  private _onReset(): void {
    const { backupRulesText, backupFull, backupCompress } = DEFAULT_PREFERENCES;
    this.model.preferences.change({ backupRulesText, backupFull, backupCompress });
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
    `,
  ];
}

/** What differs from the defaults, in a few words. */
function changedWords({ backupRulesText, backupFull, backupCompress }: Preferences): string {
  const rules = backupRules(backupRulesText).length;
  const words = [
    rules === 0 ? '' : plural(rules, 'rule'),
    backupFull ? 'reads every file again' : '',
    backupCompress ? '' : 'not compressed',
  ];
  return words.filter((each) => each !== '').join(', ');
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-backup-options': HfBackupOptions;
  }
}

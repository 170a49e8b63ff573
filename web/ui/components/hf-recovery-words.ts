/**
 * Shows the 24 words of a recovery key, once: to copy, to save as a file, to print on paper. The
 * words are in this element alone and leave with it.
 */
import { css, html, LitElement } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import { saveText } from '../save.ts';
import { fire } from '../events.ts';
import { base, flow, primaryAction } from '../styles.ts';

@customElement('hf-recovery-words')
export class HfRecoveryWords extends LitElement {
  @property({ attribute: false }) words: readonly string[] = [];

  @property({ attribute: 'account-name' }) accountName = '';

  @state() private _copied = false;

  override render() {
    return html`
      <ol class="grid" data-testid="recovery-words" aria-label="Recovery words">
        ${this.words.map(
          (word, index) =>
            html`<li>
              <span class="position number" aria-hidden="true">${index + 1}</span>
              <span data-testid="recovery-word">${word}</span>
            </li>`,
        )}
      </ol>
      <p class="print-only">
        Recovery key of the Holdfast account “${this.accountName}”. Keep it where only you can get it.
      </p>
      <div class="row actions">
        <wa-button size="s" appearance="outlined" data-testid="copy-words" @click=${this._onCopy}>
          <wa-icon slot="start" name=${this._copied ? 'check' : 'copy'}></wa-icon
          >${this._copied ? 'Copied' : 'Copy'}
        </wa-button>
        <wa-button size="s" appearance="outlined" data-testid="save-words" @click=${this._onSave}>
          <wa-icon slot="start" name="download"></wa-icon>Save as file
        </wa-button>
        <wa-button size="s" appearance="outlined" data-testid="print-words" @click=${this._onPrint}>
          <wa-icon slot="start" name="print"></wa-icon>Print
        </wa-button>
      </div>
      <wa-button
        class="next"
        variant="brand"
        appearance="accent"
        data-testid="words-kept"
        @click=${this._onKept}
      >
        I have kept them safe
      </wa-button>
    `;
  }

  private readonly _onCopy = async (): Promise<void> => {
    await navigator.clipboard.writeText(this.words.join(' '));
    this._copied = true;
  };

  private _onSave(): void {
    const numbered = this.words.map((word, index) => `${String(index + 1).padStart(2)}. ${word}\n`);
    const head = `Holdfast recovery key of the account “${this.accountName}”\n\n`;
    const foot = `\nIn one line:\n${this.words.join(' ')}\n\nWhoever has these words can read the whole vault.\n`;
    saveText('holdfast-recovery-key.txt', head + numbered.join('') + foot);
  }

  private _onPrint(): void {
    globalThis.print();
  }

  private _onKept(): void {
    fire(this, 'hf-words-kept', undefined);
  }

  static override styles = [
    base,
    flow,
    primaryAction,
    css`
      .grid {
        display: grid;
        grid-template-columns: repeat(3, minmax(0, 1fr));
        gap: var(--hf-space-xs);
      }

      li {
        display: flex;
        align-items: baseline;
        gap: var(--hf-space-xs);
        padding: var(--hf-space-xs) var(--hf-space-s);
        background: var(--hf-sunken);
        border: var(--hf-line);
        border-radius: var(--hf-radius-s);
        font-family: var(--hf-font-mono);
        font-size: var(--hf-text-s);
        user-select: all;
      }

      .position {
        min-inline-size: 1.3em;
        color: var(--hf-text-faint);
        font-size: var(--hf-text-2xs);
        text-align: end;
        user-select: none;
      }

      .actions {
        margin-block: var(--hf-space-m) var(--hf-space-l);
      }

      .next {
        inline-size: 100%;
      }

      .print-only {
        display: none;
      }

      @media (max-width: 30rem) {
        .grid {
          grid-template-columns: repeat(2, minmax(0, 1fr));
        }
      }

      @media print {
        wa-button {
          display: none;
        }

        .print-only {
          display: block;
          margin-block-start: var(--hf-space-m);
        }
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-recovery-words': HfRecoveryWords;
  }
}

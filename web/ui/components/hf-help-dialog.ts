/** The list of keyboard shortcuts. */
import { css, html, LitElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/dialog/dialog.js';
import { fire } from '../events.ts';
import { LIST_KEYS, SHORTCUTS } from '../shortcuts.ts';
import { base } from '../styles.ts';

@customElement('hf-help-dialog')
export class HfHelpDialog extends LitElement {
  @property({ type: Boolean }) open = false;

  override render() {
    return html`<wa-dialog
      label="Keyboard shortcuts"
      ?open=${this.open}
      data-testid="help-dialog"
      @wa-hide=${this._onHide}
    >
      <h3>Anywhere</h3>
      ${renderKeys(SHORTCUTS.map(({ keys, words }) => [keys, words]))}
      <h3>In a list of files</h3>
      ${renderKeys(LIST_KEYS)}
      <p class="quiet small">They can be switched off in the settings.</p>
    </wa-dialog>`;
  }

  private _onHide(event: Event): void {
    if (event.target === event.currentTarget) fire(this, 'hf-closed', undefined);
  }

  static override styles = [
    base,
    css`
      dl {
        display: grid;
        grid-template-columns: minmax(7rem, auto) 1fr;
        gap: var(--hf-space-xs) var(--hf-space-m);
        margin-block: var(--hf-space-xs) var(--hf-space-l);
        font-size: var(--hf-text-s);
      }

      kbd {
        display: inline-block;
        min-inline-size: 1.6em;
        padding: 0.1em 0.45em;
        font-family: var(--hf-font-mono);
        font-size: var(--hf-text-xs);
        text-align: center;
        background: var(--hf-sunken);
        border: 1px solid var(--hf-border-strong);
        border-radius: var(--hf-radius-s);
      }
    `,
  ];
}

function renderKeys(rows: readonly (readonly [string, string])[]) {
  return html`<dl>
    ${rows.map(
      ([keys, words]) =>
        html`<dt>${keys.split(' ').map((key) => html`<kbd>${key}</kbd> `)}</dt>
          <dd>${words}</dd>`,
    )}
  </dl>`;
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-help-dialog': HfHelpDialog;
  }
}

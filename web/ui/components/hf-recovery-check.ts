/** Asks for some words of a new recovery key: proof that it was written down. */
import { css, html, LitElement } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/input/input.js';
import type WaInput from '@awesome.me/webawesome/dist/components/input/input.js';
import { fire } from '../events.ts';
import { base, flow, primaryAction } from '../styles.ts';

@customElement('hf-recovery-check')
export class HfRecoveryCheck extends LitElement {
  @property({ attribute: false }) positions: readonly number[] = [];

  @property({ attribute: 'confirm-label' }) confirmLabel = 'Create account';

  @property({ type: Boolean }) busy = false;

  @state() private _answers: ReadonlyMap<number, string> = new Map();

  override render() {
    return html`<form @submit=${this._onSubmit}>
      ${this.positions.map(
        (position) =>
          html`<wa-input
            label=${`Word ${position}`}
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
            required
            data-testid=${`recovery-answer-${position}`}
            data-position=${position}
            @input=${this._onInput}
          ></wa-input>`,
      )}
      <wa-button
        type="submit"
        variant="brand"
        appearance="accent"
        data-testid="confirm-words"
        ?loading=${this.busy}
      >
        ${this.confirmLabel}
      </wa-button>
      <slot></slot>
    </form>`;
  }

  private _onInput(event: Event): void {
    const input = event.target as WaInput;
    const position = Number(input.dataset.position);
    this._answers = new Map(this._answers).set(position, input.value ?? '');
  }

  private _onSubmit(event: Event): void {
    event.preventDefault();
    const answers = this.positions.map((position) => ({
      position,
      word: (this._answers.get(position) ?? '').trim().toLowerCase(),
    }));
    fire(this, 'hf-words-answered', answers);
  }

  static override styles = [
    base,
    flow,
    primaryAction,
    css`
      form {
        display: flex;
        flex-direction: column;
        gap: var(--hf-space-m);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-recovery-check': HfRecoveryCheck;
  }
}

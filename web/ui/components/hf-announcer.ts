/** Says things to screen readers that are seen elsewhere on the screen. */
import { html, LitElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { AppModel } from '../../state/app-model.ts';
import { Observe } from '../controllers/observe.ts';
import { base } from '../styles.ts';

@customElement('hf-announcer')
export class HfAnnouncer extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  private readonly _announcement = new Observe(this, () => this.model.notices.announcement);

  override render() {
    return html`<div class="unseen" role="status" aria-live="polite" data-testid="announcer">
      ${this._announcement.value.text}
    </div>`;
  }

  static override styles = base;
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-announcer': HfAnnouncer;
  }
}

/** Says things to screen readers that are seen elsewhere on the screen. */
import { html, LitElement } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { AppModel } from '../../state/app-model.ts';
import { Observe } from '../controllers/observe.ts';
import { base } from '../styles.ts';

@customElement('hf-announcer')
export class HfAnnouncer extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @state() private _turn = false;

  private readonly _announcement = new Observe(
    this,
    () => this.model.notices.announcement,
    () => {
      this._turn = !this._turn;
    },
  );

  override render() {
    const { text } = this._announcement.value;
    // Two regions in turns: the same words twice are a change, and are said twice.
    return html`<div class="unseen" data-testid="announcer">
      <div role="status">${this._turn ? text : ''}</div>
      <div role="status">${this._turn ? '' : text}</div>
    </div>`;
  }

  static override styles = base;
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-announcer': HfAnnouncer;
  }
}

/**
 * How far something is: a ring with the number in it, or a bar. Of our own, because Web Awesome's write
 * style attributes, which the content security policy refuses.
 */
import { css, html, LitElement, svg, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { cssProperties } from '../directives/css-properties.ts';
import { base } from '../styles.ts';

export type ProgressTone = 'running' | 'held';

@customElement('hf-progress')
export class HfProgress extends LitElement {
  @property({ type: Number }) percent = 0;

  @property() label = '';

  @property() shape: 'ring' | 'bar' = 'bar';

  /** `held`: paused or waiting, which does not glow. */
  @property({ reflect: true }) tone: ProgressTone = 'running';

  override render() {
    return html`<div
      class=${this.shape}
      role="progressbar"
      aria-label=${this.label}
      aria-valuemin="0"
      aria-valuemax="100"
      aria-valuenow=${this.percent}
      ${cssProperties({ '--percent': this.percent })}
    >
      ${this.shape === 'ring' ? this._renderRing() : html`<span class="fill"></span>`}
    </div>`;
  }

  private _renderRing(): TemplateResult {
    return html`<svg viewBox="0 0 100 100" aria-hidden="true">
        ${svg`<circle class="track" cx="50" cy="50" r="45"></circle>
        <circle class="arc" cx="50" cy="50" r="45" pathLength="100"></circle>`}
      </svg>
      <slot></slot>`;
  }

  static override styles = [
    base,
    css`
      :host {
        --color: var(--hf-accent);
        --glow: var(--hf-glow-color);
      }

      :host([tone='held']) {
        --color: var(--hf-warn);
        --glow: transparent;
      }

      .ring {
        position: relative;
        display: grid;
        place-items: center;
        inline-size: var(--hf-ring-size);
        block-size: var(--hf-ring-size);
        font-weight: var(--hf-weight-bold);
        font-variant-numeric: tabular-nums;
      }

      svg {
        position: absolute;
        inset: 0;
        rotate: -90deg;
        overflow: visible;
        filter: drop-shadow(0 0 0.5rem var(--glow));
      }

      circle {
        fill: none;
        stroke-width: 8;
      }

      .track {
        stroke: var(--hf-track);
      }

      .arc {
        stroke: var(--color);
        stroke-linecap: round;
        stroke-dasharray: calc(var(--percent) * 1px) 100px;
        transition: stroke-dasharray var(--hf-calm) var(--hf-ease);
      }

      .bar {
        block-size: 0.5rem;
        background: var(--hf-track);
        border-radius: var(--hf-radius-full);
      }

      .fill {
        display: block;
        block-size: 100%;
        inline-size: calc(var(--percent) * 1%);
        background: var(--color);
        border-radius: inherit;
        box-shadow: 0 0 0.75rem var(--glow);
        transition: inline-size var(--hf-calm) var(--hf-ease);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-progress': HfProgress;
  }
}

/** The speed of a job over its last minutes, as a small area chart. Says the same in words to those who can't see it. */
import { css, html, LitElement, svg } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { SpeedSample } from '../../state/jobs-store.ts';
import { formatBytes, formatDuration } from '../format.ts';
import { base } from '../styles.ts';

const WIDTH = 600;
const HEIGHT = 96;
const HEADROOM = 1.15;

@customElement('hf-speed-chart')
export class HfSpeedChart extends LitElement {
  @property({ attribute: false }) samples: readonly SpeedSample[] = [];

  override render() {
    const { samples } = this;
    const first = samples[0];
    const last = samples.at(-1);
    if (first === undefined || last === undefined || samples.length < 2) {
      return html`<p class="quiet small">The chart appears after a few seconds.</p>`;
    }
    const top = Math.max(...samples.map(({ bytesPerSecond }) => bytesPerSecond), 1);
    const seconds = (last.atMs - first.atMs) / 1000;
    const line = chartLine(samples, top * HEADROOM);
    const words = `Speed over the last ${formatDuration(seconds)}: now ${formatBytes(last.bytesPerSecond)}/s, at most ${formatBytes(top)}/s`;
    return html`<figure>
      <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label=${words}>
        ${svg`<path class="area" d="${line} L${WIDTH} ${HEIGHT} L0 ${HEIGHT} Z"></path>
        <path class="line" d=${line} vector-effect="non-scaling-stroke"></path>`}
      </svg>
      <figcaption class="number" aria-hidden="true">
        <span>${formatDuration(seconds)} ago</span><span>peak ${formatBytes(top)}/s</span><span>now</span>
      </figcaption>
    </figure>`;
  }

  static override styles = [
    base,
    css`
      svg {
        display: block;
        inline-size: 100%;
        block-size: 5rem;
        border-block-end: 1px solid var(--hf-border);
      }

      .area {
        fill: var(--hf-accent-soft);
      }

      .line {
        fill: none;
        stroke: var(--hf-accent);
        stroke-width: 1.75;
        stroke-linejoin: round;
      }

      figcaption {
        display: flex;
        justify-content: space-between;
        margin-block-start: var(--hf-space-2xs);
        font-size: var(--hf-text-2xs);
        color: var(--hf-text-quiet);
      }
    `,
  ];
}

/** The samples as an SVG path from left to right; `top` is the speed at the upper edge. */
export function chartLine(samples: readonly SpeedSample[], top: number): string {
  const startMs = samples[0]?.atMs ?? 0;
  const spanMs = Math.max(1, (samples.at(-1)?.atMs ?? 0) - startMs);
  return samples
    .map(({ atMs, bytesPerSecond }, index) => {
      const x = ((atMs - startMs) / spanMs) * WIDTH;
      const y = HEIGHT - (bytesPerSecond / top) * HEIGHT;
      return `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join(' ');
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-speed-chart': HfSpeedChart;
  }
}

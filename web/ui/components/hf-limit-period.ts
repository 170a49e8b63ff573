/** One period of the week in which other limits hold: its days, its times, its limits. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import '@awesome.me/webawesome/dist/components/input/input.js';
import type WaInput from '@awesome.me/webawesome/dist/components/input/input.js';
import {
  NEW_PERIOD,
  type PeriodDraft,
  type PeriodField,
  type RateUnit,
  type Wrongs,
} from '../../state/network-draft.ts';
import { parseMinute } from '../../state/minute-of-day.ts';
import { fire } from '../events.ts';
import { base, wrongField } from '../styles.ts';
import './hf-rate-fields.ts';

/** As network-api.ts counts them, from Monday on. */
const DAYS: readonly (readonly [number, string, string])[] = [
  [1, 'Mon', 'Monday'],
  [2, 'Tue', 'Tuesday'],
  [3, 'Wed', 'Wednesday'],
  [4, 'Thu', 'Thursday'],
  [5, 'Fri', 'Friday'],
  [6, 'Sat', 'Saturday'],
  [0, 'Sun', 'Sunday'],
];

@customElement('hf-limit-period')
export class HfLimitPeriod extends LitElement {
  @property({ attribute: false }) period: PeriodDraft = NEW_PERIOD;

  @property({ attribute: false }) wrongs: Wrongs<PeriodField> = {};

  @property({ attribute: false }) unit: RateUnit = 'MB/s';

  /** For its label: which one it is, from 1 on. */
  @property({ type: Number, attribute: false }) number = 1;

  override render() {
    return html`<fieldset data-testid="limit-period">
      <legend class="unseen">Period ${this.number}</legend>
      <div class="head">
        <span class="small" aria-hidden="true">Period ${this.number}</span>
        <wa-button size="xs" appearance="plain" data-testid="remove-period" @click=${this._onRemove}>
          <wa-icon name="xmark" label=${`Remove period ${this.number}`}></wa-icon>
        </wa-button>
      </div>
      <div class="days" role="group" aria-label="Days">
        ${DAYS.map(([day, short, long]) => this._renderDay(day, short, long))}
      </div>
      ${
        this.wrongs.weekdays === undefined
          ? nothing
          : html`<p class="wrong small" role="alert">${this.wrongs.weekdays}</p>`
      }
      <div class="times">${this._renderTime('from', 'From')} ${this._renderTime('to', this._toLabel())}</div>
      <hf-rate-fields
        .rates=${this.period.rates}
        .wrongs=${this.wrongs}
        .unit=${this.unit}
        @hf-rates-changed=${this._onRates}
      ></hf-rate-fields>
    </fieldset>`;
  }

  private _renderDay(day: number, short: string, long: string): TemplateResult {
    const on = this.period.weekdays.includes(day);
    return html`<button
      type="button"
      class="day"
      aria-pressed=${on ? 'true' : 'false'}
      aria-label=${long}
      data-testid=${`day-${day}`}
      @click=${() => {
        const others = this.period.weekdays.filter((each) => each !== day);
        this._change({ weekdays: on ? others : [...others, day].sort() });
      }}
    >
      ${short}
    </button>`;
  }

  private _renderTime(field: 'from' | 'to', label: string): TemplateResult {
    const words = this.wrongs[field] ?? '';
    return html`<wa-input
      label=${label}
      type="time"
      size="s"
      hint=${words}
      ?data-wrong=${words !== ''}
      data-testid=${`period-${field}`}
      .value=${this.period[field]}
      @change=${(event: Event) => {
        this._change({ [field]: (event.target as WaInput).value ?? '' });
      }}
    ></wa-input>`;
  }

  /** At or before its beginning it is the next day’s. */
  private _toLabel(): string {
    const [from, to] = [parseMinute(this.period.from), parseMinute(this.period.to)];
    return from !== undefined && to !== undefined && to <= from ? 'To, the next day' : 'To';
  }

  private _onRates(event: HTMLElementEventMap['hf-rates-changed']): void {
    event.stopPropagation();
    this._change({ rates: event.detail });
  }

  private _onRemove(): void {
    fire(this, 'hf-period-removed', undefined);
  }

  private _change(changes: Partial<PeriodDraft>): void {
    this.period = { ...this.period, ...changes };
    fire(this, 'hf-period-changed', this.period);
  }

  static override styles = [
    base,
    wrongField,
    css`
      fieldset {
        display: flex;
        flex-direction: column;
        gap: var(--hf-space-s);
        margin: 0;
        padding: var(--hf-space-s) var(--hf-space-m) var(--hf-space-m);
        border: var(--hf-line);
        border-radius: var(--hf-radius-m);
      }

      .head {
        display: flex;
        align-items: center;
        justify-content: space-between;
        margin-block-end: calc(-1 * var(--hf-space-2xs));
        font-weight: var(--hf-weight-medium);
        color: var(--hf-text-quiet);
      }

      .days {
        display: grid;
        grid-template-columns: repeat(7, minmax(0, 3.25rem));
        gap: var(--hf-space-2xs);
      }

      .day {
        min-block-size: 2rem;
        padding: 0;
        font: inherit;
        font-size: var(--hf-text-xs);
        color: var(--hf-text-quiet);
        background: none;
        border: 1px solid var(--hf-border-strong);
        border-radius: var(--hf-radius-full);
        cursor: pointer;
      }

      .day:hover {
        background: var(--hf-hover);
      }

      .day[aria-pressed='true'] {
        color: var(--hf-text-on-accent);
        background: var(--hf-accent);
        border-color: var(--hf-accent);
      }

      .wrong {
        color: var(--hf-bad);
      }

      .times {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr));
        align-items: start;
        gap: var(--hf-space-s) var(--hf-space-m);
      }

      @media (max-width: 40rem) {
        .times {
          grid-template-columns: repeat(2, minmax(0, 1fr));
        }
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-limit-period': HfLimitPeriod;
  }
}

/** When a source is backed up by itself. */
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/input/input.js';
import '@awesome.me/webawesome/dist/components/option/option.js';
import '@awesome.me/webawesome/dist/components/select/select.js';
import type WaInput from '@awesome.me/webawesome/dist/components/input/input.js';
import type WaSelect from '@awesome.me/webawesome/dist/components/select/select.js';
import { formatMinute, parseMinute } from '../../state/minute-of-day.ts';
import type { Schedule } from '../../state/types.ts';
import { fire } from '../events.ts';
import { base, flow } from '../styles.ts';

const EVENING = 20 * 60;

@customElement('hf-schedule-editor')
export class HfScheduleEditor extends LitElement {
  @property({ attribute: false }) schedule: Schedule = { kind: 'manual' };

  /** Whether the browser tells when something changes. */
  @property({ type: Boolean, attribute: false }) canWatch = false;

  override render() {
    const { schedule } = this;
    return html`<div class="stack-s">
      <wa-select
        label="Back up"
        size="s"
        hint="While Holdfast is open on this device."
        data-testid="schedule-kind"
        .value=${schedule.kind}
        @change=${this._onKind}
      >
        <wa-option value="manual">When I say so</wa-option>
        <wa-option value="hourly">Every hour</wa-option>
        <wa-option value="daily">Every day</wa-option>
        ${
          this.canWatch || schedule.kind === 'on-change'
            ? html`<wa-option value="on-change">When something changes</wa-option>`
            : nothing
        }
      </wa-select>
      ${schedule.kind === 'daily' ? this._renderTime(schedule.minuteOfDay) : nothing}
    </div>`;
  }

  private _renderTime(minuteOfDay: number): TemplateResult {
    return html`<wa-input
      label="At"
      type="time"
      size="s"
      data-testid="schedule-time"
      .value=${formatMinute(minuteOfDay)}
      @change=${this._onTime}
    ></wa-input>`;
  }

  private _onKind(event: Event): void {
    const kind = (event.target as WaSelect).value;
    if (kind === 'daily') this._change({ kind, minuteOfDay: EVENING });
    else if (kind === 'manual' || kind === 'hourly' || kind === 'on-change') this._change({ kind });
  }

  private _onTime(event: Event): void {
    const minuteOfDay = parseMinute((event.target as WaInput).value ?? '');
    if (minuteOfDay !== undefined) this._change({ kind: 'daily', minuteOfDay });
  }

  private _change(schedule: Schedule): void {
    this.schedule = schedule;
    fire(this, 'hf-schedule-changed', schedule);
  }

  static override styles = [base, flow];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-schedule-editor': HfScheduleEditor;
  }
}

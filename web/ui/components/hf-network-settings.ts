/**
 * How much of the network Holdfast may use: limits, periods of the week with other ones, and waiting while
 * it is metered. Each change holds at once, unless something is wrong with it; then nothing does, and each
 * field says what is.
 */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import '@awesome.me/webawesome/dist/components/radio-group/radio-group.js';
import '@awesome.me/webawesome/dist/components/radio/radio.js';
import '@awesome.me/webawesome/dist/components/switch/switch.js';
import type WaRadioGroup from '@awesome.me/webawesome/dist/components/radio-group/radio-group.js';
import type WaSwitch from '@awesome.me/webawesome/dist/components/switch/switch.js';
import type { AppModel } from '../../state/app-model.ts';
import {
  checkDraft,
  draftOf,
  NEW_PERIOD,
  RATE_UNITS,
  type CheckedDraft,
  type NetworkDraft,
  type PeriodDraft,
} from '../../state/network-draft.ts';
import { problemOf, type NetworkSettings } from '../../state/types.ts';
import { Observe } from '../controllers/observe.ts';
import { Task } from '../controllers/task.ts';
import { base, flow } from '../styles.ts';
import './hf-limit-period.ts';
import './hf-problem.ts';
import './hf-rate-fields.ts';

@customElement('hf-network-settings')
export class HfNetworkSettings extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  /** What the fields show; undefined until the engine has told what holds. */
  @state() private _draft: NetworkDraft | undefined;

  /** Whether the last change holds. */
  @state() private _saved = false;

  private _settings: NetworkSettings | undefined;

  private readonly _preferences = new Observe(this, () => this.model.preferences.preferences);

  private readonly _task = new Task(this);

  override connectedCallback(): void {
    super.connectedCallback();
    void this._task.run(async () => {
      this._settings = await this.model.network.settings();
      this._draft = draftOf(this._settings, this._unit);
    });
  }

  override render() {
    const draft = this._draft;
    return html`${draft === undefined ? nothing : this._renderDraft(draft, checkDraft(draft, this._unit))}
      <hf-problem .problem=${this._task.problem}></hf-problem>`;
  }

  private _renderDraft(draft: NetworkDraft, checked: CheckedDraft): TemplateResult {
    return html`<wa-radio-group
        label="Speeds are in"
        hint="A megabyte (MB) is 8 megabits (Mbit)."
        orientation="horizontal"
        size="s"
        data-testid="rate-unit"
        .value=${this._unit}
        @change=${this._onUnit}
      >
        ${RATE_UNITS.map((unit) => html`<wa-radio value=${unit}>${unit}</wa-radio>`)}
      </wa-radio-group>
      <hf-rate-fields
        data-testid="rates"
        .rates=${draft.rates}
        .wrongs=${checked.rates}
        .unit=${this._unit}
        @hf-rates-changed=${this._onRates}
      ></hf-rate-fields>
      ${this._renderPeriods(draft, checked)}
      <wa-switch
        .checked=${draft.pauseOnMetered}
        hint="Where the browser says what kind of network it is; one that says nothing counts as unmetered."
        data-testid="pause-on-metered"
        @change=${this._onMetered}
        >Wait while the network is metered or data is to be saved</wa-switch
      >
      <p class="small state" role="status" data-testid="network-state" data-state=${this._stateOf(checked)}>
        ${STATE_WORDS[this._stateOf(checked)]}
      </p>`;
  }

  private _renderPeriods({ periods }: NetworkDraft, checked: CheckedDraft): TemplateResult {
    return html`<div class="stack-s">
      <h3>At other times</h3>
      <p class="quiet small">
        ${
          periods.length === 0
            ? 'Add a period of the week in which other limits hold, or none: say, working hours.'
            : 'In these periods their own limits hold instead; where two overlap, the upper one.'
        }
      </p>
      ${periods.map(
        (period, index) =>
          html`<hf-limit-period
            .period=${period}
            .wrongs=${checked.periods[index] ?? {}}
            .unit=${this._unit}
            .number=${index + 1}
            @hf-period-changed=${(event: HTMLElementEventMap['hf-period-changed']) => {
              this._changePeriods((all) => all.with(index, event.detail));
            }}
            @hf-period-removed=${() => {
              this._changePeriods((all) => all.filter((_, other) => other !== index));
            }}
          ></hf-limit-period>`,
      )}
      <div>
        <wa-button size="s" appearance="outlined" data-testid="add-period" @click=${this._onAdd}>
          <wa-icon slot="start" name="plus"></wa-icon>Add a period
        </wa-button>
      </div>
    </div>`;
  }

  private get _unit() {
    return this._preferences.value.rateUnit;
  }

  private _stateOf({ settings }: CheckedDraft): keyof typeof STATE_WORDS {
    if (settings === undefined) return 'wrong';
    return this._saved ? 'saved' : 'unchanged';
  }

  private _onUnit(event: Event): void {
    const unit = RATE_UNITS.find((each) => each === (event.target as WaRadioGroup).value);
    if (unit === undefined || this._settings === undefined) return;
    this._draft = draftOf(this._settings, unit);
    this.model.preferences.change({ rateUnit: unit });
  }

  private _onRates(event: HTMLElementEventMap['hf-rates-changed']): void {
    this._change({ rates: event.detail });
  }

  private _onMetered(event: Event): void {
    this._change({ pauseOnMetered: (event.target as WaSwitch).checked });
  }

  private _onAdd(): void {
    this._changePeriods((all) => [...all, NEW_PERIOD]);
  }

  private _changePeriods(change: (periods: readonly PeriodDraft[]) => readonly PeriodDraft[]): void {
    this._change({ periods: change(this._draft?.periods ?? []) });
  }

  private _change(changes: Partial<NetworkDraft>): void {
    if (this._draft === undefined) return;
    this._draft = { ...this._draft, ...changes };
    this._saved = false;
    const { settings } = checkDraft(this._draft, this._unit);
    if (settings !== undefined) void this._save(settings);
  }

  /** The engine takes them in the order in which they are sent: the last change is the one that stays. */
  private async _save(settings: NetworkSettings): Promise<void> {
    this._settings = settings;
    try {
      await this.model.network.save(settings);
      this._task.show(undefined);
      this._saved = this._settings === settings;
    } catch (error) {
      this._task.show(problemOf(error));
    }
  }

  static override styles = [
    base,
    flow,
    css`
      :host {
        display: flex;
        flex-direction: column;
        gap: var(--hf-space-m);
      }

      .state {
        min-block-size: 1.5em;
      }

      [data-state='saved'] {
        color: var(--hf-good);
      }

      [data-state='wrong'] {
        color: var(--hf-bad);
      }
    `,
  ];
}

const STATE_WORDS = {
  unchanged: '',
  saved: 'Saved. It holds from now on.',
  wrong: 'Not saved yet: what held before still does. See what is marked above.',
} as const;

declare global {
  interface HTMLElementTagNameMap {
    'hf-network-settings': HfNetworkSettings;
  }
}

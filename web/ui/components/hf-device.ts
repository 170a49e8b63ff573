/** This device: what the browser stores for the app, whether it may drop it, and installing the app. */
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import '@awesome.me/webawesome/dist/components/switch/switch.js';
import type WaSwitch from '@awesome.me/webawesome/dist/components/switch/switch.js';
import type { AppModel } from '../../state/app-model.ts';
import type { DeviceStorage } from '../../state/device-store.ts';
import { Observe } from '../controllers/observe.ts';
import { Task } from '../controllers/task.ts';
import { formatBytes } from '../format.ts';
import { base, flow } from '../styles.ts';
import './hf-problem.ts';

@customElement('hf-device')
export class HfDevice extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  private readonly _storage = new Observe(this, () => this.model.device.storage);

  private readonly _installable = new Observe(this, () => this.model.device.installable);

  private readonly _reminder = new Observe(this, () => this.model.reminders.state);

  private readonly _task = new Task(this);

  override connectedCallback(): void {
    super.connectedCallback();
    void this._task.run(async () => {
      await Promise.all([this.model.device.refresh(), this.model.reminders.refresh()]);
    });
  }

  override render() {
    const storage = this._storage.value;
    return html`<p data-testid="device-storage">
        ${storage === undefined ? 'Asking the browser' : storageWords(storage)}
      </p>
      <hf-problem .problem=${this._task.problem}></hf-problem>
      <div class="row">
        ${
          storage?.persisted === false
            ? html`<wa-button appearance="outlined" data-testid="persist" @click=${this._onPersist}
                >Ask the browser to keep it</wa-button
              >`
            : nothing
        }
        ${
          this._installable.value
            ? html`<wa-button appearance="outlined" data-testid="install" @click=${this._onInstall}>
                <wa-icon slot="start" name="download"></wa-icon>Install as an app
              </wa-button>`
            : nothing
        }
      </div>
      ${this._renderReminder()}`;
  }

  private _renderReminder() {
    const state = this._reminder.value;
    if (state === 'unsupported') return nothing;
    return html`<wa-switch
      .checked=${state === 'on'}
      hint=${
        state === 'blocked'
          ? 'The browser does not allow it: install the app, and allow notifications in its settings.'
          : 'A notification when a backup is overdue, also while Holdfast is closed.'
      }
      data-testid="reminder"
      @change=${this._onReminder}
      >Remind me of overdue backups</wa-switch
    >`;
  }

  private _onReminder(event: Event): void {
    const { checked } = event.target as WaSwitch;
    void this._task.run(() => (checked ? this.model.reminders.turnOn() : this.model.reminders.turnOff()));
  }

  private _onPersist(): void {
    void this._task.run(async () => {
      if (await this.model.device.persist()) return;
      this.model.notices.toast(
        'info',
        'The browser declined. It may agree once you use Holdfast more often or install it.',
      );
    });
  }

  private _onInstall(): void {
    void this._task.run(() => this.model.device.install());
  }

  static override styles = [
    base,
    flow,
    css`
      :host {
        display: flex;
        flex-direction: column;
        gap: var(--hf-space-s);
      }
    `,
  ];
}

function storageWords({ usedBytes, quotaBytes, persisted }: DeviceStorage): string {
  const used = `${formatBytes(usedBytes)} of at most ${formatBytes(quotaBytes)} in use.`;
  return persisted
    ? `${used} The browser keeps it even when the device runs short of room.`
    : `${used} The browser may drop it when the device runs short of room; your backups are on the server and stay whole.`;
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-device': HfDevice;
  }
}

/** What a person must see on every page: alarms, that the app is offline, that a new version waits. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import type { AppModel } from '../../state/app-model.ts';
import { problemOf, type EngineProblem } from '../../state/types.ts';
import { Observe } from '../controllers/observe.ts';
import { base } from '../styles.ts';

@customElement('hf-banners')
export class HfBanners extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  private readonly _alarms = new Observe(this, () => this.model.notices.alarms);

  private readonly _offline = new Observe(this, () => this.model.connection.offline);

  private readonly _update = new Observe(this, () => this.model.updates.waiting);

  private readonly _session = new Observe(this, () => this.model.session.session);

  override render() {
    return html`${this._alarms.value.map((alarm) => this._renderAlarm(alarm))}
      <div role="status">${this._renderOffline()}</div>
      ${this._update.value ? this._renderUpdate() : nothing}`;
  }

  private _renderAlarm(alarm: EngineProblem): TemplateResult {
    return html`<div class="banner alarm" role="alert" data-testid="alarm" data-code=${alarm.code}>
      <wa-icon name="warning"></wa-icon>
      <p><strong>${alarm.words}</strong> ${alarm.detail ?? ''}</p>
      ${
        alarm.code === 'history-broken'
          ? html`<wa-button
              size="s"
              appearance="outlined"
              data-testid="accept-history"
              @click=${() => {
                void this._acceptHistory(alarm);
              }}
              >The server was restored</wa-button
            >`
          : nothing
      }
      <wa-button
        size="s"
        appearance="plain"
        data-testid="close-alarm"
        @click=${() => {
          this.model.notices.dismissAlarm(alarm);
        }}
        ><wa-icon name="xmark" label="Close the alarm"></wa-icon
      ></wa-button>
    </div>`;
  }

  private async _acceptHistory(alarm: EngineProblem): Promise<void> {
    const yes = await this.model.notices.ask({
      title: 'Was the server restored from an older copy?',
      text: 'Then this device forgets what it saw beyond that copy, and the next backup sends what the server lacks. If nobody restored it, the server may hide your newest snapshots: don’t agree, and ask whoever runs it.',
      confirmLabel: 'It was restored: go on',
      danger: true,
    });
    if (!yes) return;
    try {
      await this.model.acceptHistory();
      this.model.notices.dismissAlarm(alarm);
    } catch (error) {
      this.model.notices.problem(problemOf(error));
    }
  }

  private _renderOffline(): TemplateResult | typeof nothing {
    if (!this._offline.value) return nothing;
    return html`<div class="banner" data-testid="offline-banner">
      <wa-icon name="offline"></wa-icon>
      <p>
        <strong>You are offline.</strong>
        ${this._offlineWords()}
      </p>
    </div>`;
  }

  private _offlineWords(): string {
    if (this._session.value.kind === 'signed-in')
      return 'You can look through your snapshots and back up: what is sealed waits in the queue until the server is back.';
    return this.model.session.lockedName === undefined
      ? 'The server can’t be reached; signing in needs it.'
      : 'The server can’t be reached. What waits in the queue goes out when it is back.';
  }

  private _renderUpdate(): TemplateResult {
    return html`<div class="banner update" role="status" data-testid="update-banner">
      <wa-icon name="refresh"></wa-icon>
      <p>
        <strong>A new version is ready.</strong> Reload to use
        it${this.model.jobs.isBusy ? ', best once the running job is done' : ''}.
      </p>
      <wa-button size="s" variant="brand" data-testid="apply-update" @click=${this._onUpdate}
        >Reload</wa-button
      >
      <wa-button size="s" appearance="plain" @click=${this._onLater}>Later</wa-button>
    </div>`;
  }

  private readonly _onUpdate = async (): Promise<void> => {
    const busy = this.model.jobs.isBusy;
    const yes =
      !busy ||
      (await this.model.notices.ask({
        title: 'Reload while a job is running?',
        text: 'The running backup or restore stops. A backup goes on from where it was when you start it again.',
        confirmLabel: 'Reload',
        danger: true,
      }));
    if (yes) this.model.updates.apply();
  };

  private _onLater(): void {
    this.model.updates.postpone();
  }

  static override styles = [
    base,
    css`
      .banner {
        display: flex;
        align-items: center;
        gap: var(--hf-space-s);
        padding: var(--hf-space-xs) var(--hf-space-l);
        min-block-size: 2.75rem;
        font-size: var(--hf-text-s);
        background: var(--hf-warn-soft);
        border-block-end: 1px solid var(--hf-warn-border);
      }

      wa-icon {
        flex: none;
        font-size: 1.2rem;
        color: var(--hf-warn);
      }

      p {
        flex: 1;
      }

      .alarm {
        background: var(--hf-bad-soft);
        border-color: var(--hf-bad-border);
      }

      .alarm wa-icon {
        color: var(--hf-bad);
      }

      .update {
        background: var(--hf-accent-soft);
        border-color: var(--hf-accent-border);
      }

      .update > wa-icon {
        color: var(--hf-accent);
      }

      @media (max-width: 40rem) {
        .banner {
          flex-wrap: wrap;
          padding-inline: var(--hf-space-m);
        }

        /* Buttons that would squeeze the words go below them. */
        p {
          flex-basis: 15.5rem;
        }
      }

      @media print {
        :host {
          display: none;
        }
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-banners': HfBanners;
  }
}

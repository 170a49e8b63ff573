/** How the server is, and what it stores of this vault. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import type { AppModel } from '../../state/app-model.ts';
import type { ServerStatus } from '../../state/types.ts';
import { Observe } from '../controllers/observe.ts';
import { Task } from '../controllers/task.ts';
import { formatAgo, formatBytes, formatCount, formatDuration, percentOf, plural } from '../format.ts';
import { base, flow } from '../styles.ts';
import './hf-problem.ts';
import './hf-progress.ts';

const QUOTA_IS_SHORT_PERCENT = 90;

@customElement('hf-server-status')
export class HfServerStatus extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @state() private _status: ServerStatus | undefined;

  private readonly _session = new Observe(this, () => this.model.session.session);

  private readonly _task = new Task(this);

  override connectedCallback(): void {
    super.connectedCallback();
    this._onRefresh();
  }

  override render() {
    return html`<dl>
        ${statusFacts(this._status).map(
          ([label, value]) =>
            html`<div>
              <dt>${label}</dt>
              <dd>${value}</dd>
            </div>`,
        )}
      </dl>
      ${this._renderQuota()} ${this._renderCheck()}
      <hf-problem .problem=${this._task.problem}></hf-problem>
      <div class="row">
        ${this._renderStartCheck()}
        <wa-button
          size="s"
          appearance="outlined"
          data-testid="refresh-status"
          ?loading=${this._task.running}
          @click=${this._onRefresh}
        >
          <wa-icon slot="start" name="refresh"></wa-icon>Refresh
        </wa-button>
      </div>`;
  }

  private _renderQuota(): TemplateResult | typeof nothing {
    const status = this._status;
    if (status?.quotaBytes === undefined || status.quotaBytes === 0) return nothing;
    const { quotaBytes, vaultStoredBytes } = status;
    const percent = percentOf(vaultStoredBytes, quotaBytes);
    const isShort = percent >= QUOTA_IS_SHORT_PERCENT;
    const granted = `${formatBytes(vaultStoredBytes)} of the ${formatBytes(quotaBytes)} that this server grants your vault`;
    return html`<div class="quota" data-testid="quota" data-percent=${percent}>
      <p class="small">${isShort ? `${granted}: it is nearly used up.` : `${granted}.`}</p>
      <hf-progress
        percent=${percent}
        label="Used of what the server grants"
        tone=${isShort ? 'held' : 'running'}
      ></hf-progress>
    </div>`;
  }

  /** What the server's own check found, in a sentence. */
  private _renderCheck(): TemplateResult | typeof nothing {
    if (this._status === undefined) return nothing;
    const { scrubbedAtMs, damagedChunks } = this._status;
    const isSound = damagedChunks === 0;
    return html`<p class="check small" data-testid="scrub-result" data-damaged=${damagedChunks}>
      <wa-icon name=${isSound ? 'shield' : 'warning'} ?data-bad=${!isSound}></wa-icon>
      <span>${checkWords(scrubbedAtMs, damagedChunks, this.model.nowMs())}</span>
    </p>`;
  }

  private _renderStartCheck(): TemplateResult | typeof nothing {
    const session = this._session.value;
    if (session.kind !== 'signed-in' || session.role !== 'admin') return nothing;
    return html`<wa-button
      size="s"
      appearance="outlined"
      data-testid="start-scrub"
      ?disabled=${this._task.running}
      @click=${this._onStartCheck}
    >
      <wa-icon slot="start" name="shield"></wa-icon>Check all that is stored
    </wa-button>`;
  }

  private _onStartCheck(): void {
    void this._task.run(async () => {
      await this.model.connection.startScrub();
      this.model.notices.toast(
        'info',
        'The server reads and checks all that it stores. It goes on working meanwhile; the result is told here.',
      );
    });
  }

  private _onRefresh(): void {
    void this._task.run(async () => {
      this._status = await this.model.connection.serverStatus();
    });
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

      dl {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr));
        gap: var(--hf-space-m);
      }

      .quota {
        display: flex;
        flex-direction: column;
        gap: var(--hf-space-xs);
      }

      .check {
        display: flex;
        gap: var(--hf-space-xs);
      }

      .check wa-icon {
        flex: none;
        margin-block-start: 0.15em;
        font-size: 1.1rem;
        color: var(--hf-good);
      }

      .check wa-icon[data-bad] {
        color: var(--hf-bad);
      }

      dt {
        font-size: var(--hf-text-xs);
        color: var(--hf-text-quiet);
      }

      dd {
        font-weight: var(--hf-weight-medium);
        font-variant-numeric: tabular-nums;
      }
    `,
  ];
}

function checkWords(scrubbedAtMs: number, damagedChunks: number, nowMs: number): string {
  const damage =
    damagedChunks === 0
      ? 'Nothing is known to be damaged.'
      : `${plural(damagedChunks, 'chunk')} of your vault ${damagedChunks === 1 ? 'is' : 'are'} damaged: see “Verify and damage”.`;
  return scrubbedAtMs === 0
    ? `The server has not yet checked all that it stores. ${damage}`
    : `The server last checked all that it stores ${formatAgo(scrubbedAtMs, nowMs)}. ${damage}`;
}

function statusFacts(status: ServerStatus | undefined): readonly (readonly [string, string])[] {
  const tell = (words: (status: ServerStatus) => string): string =>
    status === undefined ? '–' : words(status);
  return [
    ['Stored for this vault', tell(({ vaultStoredBytes }) => formatBytes(vaultStoredBytes))],
    ['Chunks', tell(({ vaultChunks }) => formatCount(vaultChunks))],
    ['Snapshots', tell(({ vaultSnapshots }) => formatCount(vaultSnapshots))],
    ['In the trash', tell(({ trashedSnapshots }) => plural(trashedSnapshots, 'snapshot'))],
    ['Not needed any more', tell(({ garbageBytes }) => formatBytes(garbageBytes))],
    ['Server version', tell(({ serverVersion }) => serverVersion)],
    ['Server is up for', tell(({ uptimeMs }) => formatDuration(uptimeMs / 1000))],
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-server-status': HfServerStatus;
  }
}

/** How the server is, and what it stores of this vault. */
import { css, html, LitElement } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import type { AppModel } from '../../state/app-model.ts';
import type { ServerStatus } from '../../state/types.ts';
import { Task } from '../controllers/task.ts';
import { formatAgo, formatBytes, formatCount, formatDuration, plural } from '../format.ts';
import { base, flow } from '../styles.ts';
import './hf-problem.ts';

@customElement('hf-server-status')
export class HfServerStatus extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @state() private _status: ServerStatus | undefined;

  private readonly _task = new Task(this);

  override connectedCallback(): void {
    super.connectedCallback();
    this._onRefresh();
  }

  override render() {
    return html`<dl>
        ${statusFacts(this._status, this.model.nowMs()).map(
          ([label, value]) =>
            html`<div>
              <dt>${label}</dt>
              <dd>${value}</dd>
            </div>`,
        )}
      </dl>
      <hf-problem .problem=${this._task.problem}></hf-problem>
      <div>
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

function statusFacts(
  status: ServerStatus | undefined,
  nowMs: number,
): readonly (readonly [string, string])[] {
  const tell = (words: (status: ServerStatus) => string): string =>
    status === undefined ? '–' : words(status);
  return [
    ['Stored for this vault', tell(({ vaultStoredBytes }) => formatBytes(vaultStoredBytes))],
    ['Chunks', tell(({ vaultChunks }) => formatCount(vaultChunks))],
    ['Snapshots', tell(({ vaultSnapshots }) => formatCount(vaultSnapshots))],
    ['In the trash', tell(({ trashedSnapshots }) => plural(trashedSnapshots, 'snapshot'))],
    ['Not needed any more', tell(({ garbageBytes }) => formatBytes(garbageBytes))],
    [
      'Last checked by the server',
      tell(({ scrubbedAtMs }) => (scrubbedAtMs === 0 ? 'Never' : formatAgo(scrubbedAtMs, nowMs))),
    ],
    ['Damaged chunks', tell(({ damagedChunks }) => formatCount(damagedChunks))],
    ['Server version', tell(({ serverVersion }) => serverVersion)],
    ['Server is up for', tell(({ uptimeMs }) => formatDuration(uptimeMs / 1000))],
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-server-status': HfServerStatus;
  }
}

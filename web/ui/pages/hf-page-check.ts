/** Whether what is backed up is sound: verifications from this device, and the server's own checks. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import '@awesome.me/webawesome/dist/components/option/option.js';
import '@awesome.me/webawesome/dist/components/select/select.js';
import type WaSelect from '@awesome.me/webawesome/dist/components/select/select.js';
import type { AppModel } from '../../state/app-model.ts';
import { formatRoute } from '../../state/routes.ts';
import { keptOnes } from '../../state/snapshots-store.ts';
import type { SnapshotInfo } from '../../state/types.ts';
import { Observe } from '../controllers/observe.ts';
import { formatDateTime } from '../format.ts';
import { base, card, flow, pageColumn } from '../styles.ts';
import '../components/hf-damage.ts';
import '../components/hf-job-card.ts';
import '../components/hf-verify-dialog.ts';

/** More in a list than anyone looks through; the history reaches every other one. */
const OFFERED = 200;

@customElement('hf-page-check')
export class HfPageCheck extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @state() private _chosen = '';

  @state() private _verified: SnapshotInfo | undefined;

  private readonly _list = new Observe(this, () => this.model.snapshots.list);

  private readonly _jobs = new Observe(this, () => this.model.jobs.jobs);

  override render() {
    const jobs = this._jobs.value.filter(({ progress }) => progress.kind === 'verify');
    return html`
      <header>
        <a class="back" href=${formatRoute({ page: 'settings' })}
          ><wa-icon name="chevron-left"></wa-icon>Settings</a
        >
        <h1 tabindex="-1">Check</h1>
        <p class="quiet">That what is backed up can be read back, before you need it.</p>
      </header>
      ${repeat(
        jobs,
        ({ progress }) => progress.jobId,
        (job) => html`<hf-job-card .model=${this.model} .job=${job}></hf-job-card>`,
      )}
      ${this._renderStart(keptOnes(this._list.value.snapshots).slice(0, OFFERED))}
      <hf-damage .model=${this.model}></hf-damage>
      <hf-verify-dialog
        .model=${this.model}
        .snapshot=${this._verified}
        @hf-closed=${this._onClosed}
      ></hf-verify-dialog>
    `;
  }

  private _renderStart(snapshots: readonly SnapshotInfo[]): TemplateResult | typeof nothing {
    const [newest] = snapshots;
    if (newest === undefined) return nothing;
    const value = snapshots.some(({ snapshotId }) => snapshotId === this._chosen)
      ? this._chosen
      : newest.snapshotId;
    return html`<section class="card stack" aria-labelledby="verify">
      <h2 id="verify">Verify a snapshot</h2>
      <div class="start">
        <wa-select
          label="Snapshot"
          size="s"
          data-testid="verify-snapshot"
          .value=${value}
          @change=${this._onChosen}
        >
          ${snapshots.map(
            ({ snapshotId, sourceName, takenAtMs }) =>
              html`<wa-option value=${snapshotId}>${sourceName}, ${formatDateTime(takenAtMs)}</wa-option>`,
          )}
        </wa-select>
        <wa-button
          size="s"
          variant="brand"
          appearance="filled"
          data-testid="verify-open"
          @click=${() => {
            this._verified = snapshots.find(({ snapshotId }) => snapshotId === value);
          }}
        >
          <wa-icon slot="start" name="shield"></wa-icon>Verify
        </wa-button>
      </div>
    </section>`;
  }

  private _onChosen(event: Event): void {
    this._chosen = String((event.target as WaSelect).value);
  }

  private _onClosed(event: Event): void {
    event.stopPropagation();
    this._verified = undefined;
  }

  static override styles = [
    base,
    card,
    flow,
    pageColumn,
    css`
      .start {
        display: flex;
        flex-wrap: wrap;
        align-items: flex-end;
        gap: var(--hf-space-s);
      }

      .start wa-select {
        flex: 1 1 16rem;
        max-inline-size: 30rem;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-page-check': HfPageCheck;
  }
}
